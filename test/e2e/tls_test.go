package e2e

import (
	"crypto/tls"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"nests/internal/diagnose"
	"nests/internal/nesttest"
)

// authority is trusted by this process and by all that it starts.
var authority *nesttest.Authority

func trustAuthority() error {
	folder, err := os.MkdirTemp("", "nests-e2e-authority-")
	if err != nil {
		return err
	}
	if authority, err = nesttest.MakeAuthority(folder); err != nil {
		return err
	}
	return os.Setenv("SSL_CERT_FILE", authority.RootFile)
}

// pair is a certificate of the authority for localhost, and the addresses that serve it.
type pair struct {
	cert, key        string
	port, plain      int
	origin, redirect string
}

// withCertificate returns the environment of a server that terminates TLS with certificate files.
func withCertificate(t testing.TB) ([]string, pair) {
	t.Helper()
	dir := t.TempDir()
	p := pair{cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"),
		port: nesttest.FreePort(t, "tcp"), plain: nesttest.FreePort(t, "tcp")}
	authority.Issue(t, p.cert, p.key, time.Now().Add(24*time.Hour), "localhost")
	p.origin, p.redirect = "https://localhost:"+strconv.Itoa(p.port), "http://localhost:"+strconv.Itoa(p.plain)
	return []string{
		"NESTS_TLS_CERT=" + p.cert, "NESTS_TLS_KEY=" + p.key, "NESTS_TLS_ADDR=127.0.0.1:" + strconv.Itoa(p.port),
		"NESTS_TLS_REDIRECT_ADDR=127.0.0.1:" + strconv.Itoa(p.plain), "NESTS_PUBLIC_URL=" + p.origin,
	}, p
}

// Everything that a nest needs works over the server's own TLS. A new certificate is loaded without a lost
// connection. The server and both doctors report whatever is wrong with a certificate.
func TestNestOverTLS(t *testing.T) {
	t.Parallel()
	env, p := withCertificate(t)
	s := newServer(t, env...)
	s.via = p.origin
	s.start()
	host := s.user()
	id, token := host.create()
	nesttest.Speaker(t, s.ws(), token, nesttest.WithSinglePeer())
	guest := nesttest.Join(t, s.ws(), s.guest(id))
	nesttest.Eventually(t, 10*time.Second, guest.Hears(host.pubkey))
	s.mustPublish(host.sign(1311, time.Now(), "hello", []string{"a", "30312:" + host.pubkey + ":" + id, "", "root"}))
	redirected(t, p)

	said := func() [3]diagnose.Report {
		return [3]diagnose.Report{s.reportOverPlainPort(), s.doctor(s.environment()),
			s.doctor(s.environment(), "--url", s.base())}
	}
	wants := func(when string, code diagnose.Code) {
		t.Helper()
		for i, r := range said() {
			if r.Verdict.Code != code {
				t.Errorf("%s: report %d is %s", when, i, checksOf(r))
			}
		}
	}
	wants("at first", diagnose.Healthy)
	for _, test := range []struct {
		when  string
		until time.Duration
		name  string
		want  diagnose.Code
	}{
		{"ended", -time.Minute, "localhost", diagnose.CertificateWrong},
		{"another name", 24 * time.Hour, "other.example", diagnose.CertificateWrong},
		{"ends soon", 9 * time.Minute, "localhost", diagnose.CertificateEnds}, // of 69
		{"mended", 48 * time.Hour, "localhost", diagnose.Healthy},
	} {
		authority.Issue(t, p.cert, p.key, time.Now().Add(test.until), test.name)
		s.cmd.Process.Signal(syscall.SIGHUP)
		wanted, err := tls.LoadX509KeyPair(p.cert, p.key)
		if err != nil {
			t.Fatal(err)
		}
		nesttest.Eventually(t, 10*time.Second, func() string {
			if got := presented(p.port); string(got) != string(wanted.Certificate[0]) {
				return "the new certificate is not served: " + test.when
			}
			return ""
		})
		nesttest.Eventually(t, 5*time.Second, func() string { // checks are cached for a moment
			if r := s.reportOverPlainPort(); r.Verdict.Code != test.want {
				return test.when + ": " + checksOf(r)
			}
			return ""
		})
		wants(test.when, test.want)
	}
	nesttest.Eventually(t, time.Second, guest.Hears(host.pubkey))
	select {
	case <-guest.Gone():
		t.Error("a new certificate cut a connection")
	default:
	}
}

// reportOverPlainPort returns the server's report, fetched over its plain port.
func (s *server) reportOverPlainPort() diagnose.Report {
	s.t.Helper()
	via := s.via
	s.via = ""
	defer func() { s.via = via }()
	return s.report("", nil)
}

// presented returns the certificate of a port, valid or not, and nil when there is none.
func presented(port int) []byte {
	conn, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port), &tls.Config{ServerName: "localhost"})
	if err == nil {
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Raw
	}
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return refused.UnverifiedCertificates[0].Raw
	}
	return nil
}

// redirected checks that plain HTTP is redirected with its path and query, whatever the Host header.
func redirected(t testing.TB, p pair) {
	t.Helper()
	once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r, err := http.NewRequestWithContext(t.Context(), method, p.redirect+"/n/x%2Fy?a=b", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := once.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if got := answer.Header.Get("Location"); answer.StatusCode != 308 || got != p.origin+"/n/x%2Fy?a=b" {
			t.Errorf("plain %s answered %d %q", method, answer.StatusCode, got)
		}
	}
}
