package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nests/internal/diagnose"
	"nests/internal/nesttest"
)

// The server starts while the authority is down. It serves its plain port, reports what is wrong and retries by
// itself. The certificate survives a restart, also one without the authority.
func TestCertificateFromAnAuthority(t *testing.T) {
	t.Parallel()
	pebble := nesttest.NewPebble(t)
	port, plain := nesttest.FreePort(t, "tcp"), nesttest.FreePort(t, "tcp")
	pebble.HTTPPort, pebble.TLSPort = plain, 1 // nothing listens there, so the challenge must be http-01
	s := startServer(t, "NESTS_TLS_DOMAIN=nests.localhost,www.nests.localhost",
		"NESTS_TLS_ADDR=127.0.0.1:"+strconv.Itoa(port),
		"NESTS_TLS_REDIRECT_ADDR=127.0.0.1:"+strconv.Itoa(plain), "NESTS_ACME_URL="+pebble.URL(),
		"NESTS_ACME_EMAIL=ops@nests.localhost",
		"NESTS_ACME_ROOT="+pebble.Own.RootFile, "NESTS_RATE_LIMITS=off",
		// This machine resolves the name; otherwise each report waits for DNS.
		"NESTS_PUBLIC_URL=https://localhost:"+strconv.Itoa(port))
	nesttest.Eventually(t, 20*time.Second, func() string {
		if !strings.Contains(s.log.String(), "certificate not obtained") {
			return "the log does not have that there is no certificate"
		}
		return ""
	})
	host := s.user()
	host.create()
	nesttest.Eventually(t, 10*time.Second, func() string { // checks are cached for a moment
		if r := s.report("", s.operator()); r.Verdict.Code != diagnose.CertificateWrong ||
			!strings.Contains(checksOf(r), "connection refused") {
			return "the server reports " + checksOf(r)
		}
		return ""
	})

	pebble.Start()
	roots := pebble.Roots()
	var first *x509.Certificate
	for _, name := range []string{"www.nests.localhost", "nests.localhost"} {
		nesttest.Eventually(t, 30*time.Second, func() string {
			var err error
			if first, err = handshake(port, name, roots); err != nil {
				return err.Error()
			}
			return ""
		})
	}
	redirected(t, pair{redirect: "http://127.0.0.1:" + strconv.Itoa(plain), origin: "https://localhost:" +
		strconv.Itoa(port)})
	keys, err := filepath.Glob(filepath.Join(s.dir, "certificates", "certificates", "*", "*", "*.key"))
	if err != nil || len(keys) != 2 {
		t.Errorf("the data folder holds %d keys, %v", len(keys), err)
	}
	for _, key := range keys {
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("a key has the mode %v, %v", info.Mode(), err)
		}
	}

	pebble.Stop()
	s.stop()
	s.start()
	again, err := handshake(port, "nests.localhost", roots)
	if err != nil || !again.Equal(first) {
		t.Errorf("after a restart another certificate is served: %v", err)
	}
}

func handshake(port int, name string, roots *x509.CertPool) (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port), &tls.Config{ServerName: name, RootCAs: roots})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}
