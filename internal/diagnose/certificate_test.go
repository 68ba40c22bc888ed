package diagnose

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"nests/internal/nesttest"
)

const day = 24 * time.Hour

func TestCertificateOverTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, test := range []struct {
		life, left time.Duration
		status     Status
		code       Code
	}{
		{365 * day, 60 * day, OK, ""}, {365 * day, 15 * day, OK, ""}, {365 * day, 13 * day, Warn, CertificateEnds},
		{90 * day, 29 * day, OK, ""}, {90 * day, 13 * day, Warn, CertificateEnds},
		{6 * day, 2 * day, OK, ""}, {6 * day, 23 * time.Hour, Warn, CertificateEnds}, // renewed when two days are left
		{90 * day, -time.Hour, Fail, CertificateWrong},
		{90 * day, 91 * day, Fail, CertificateWrong}, // begins tomorrow
	} {
		cert := &x509.Certificate{NotAfter: now.Add(test.left), NotBefore: now.Add(test.left - test.life)}
		for _, f := range []Finding{judgeCertificate(cert, nil, now), find(t, sight{health: answer{at: now, cert: cert}}.checks(origin))} {
			if f.Status != test.status || f.Code != test.code {
				t.Errorf("%v left of %v: %+v", test.left, test.life, f)
			}
		}
		left, life := (Report{Checks: sight{health: answer{at: now, cert: cert}}.checks(origin)}).Certificate()
		if left != int64(test.left.Seconds()) || life != int64(test.life.Seconds()) {
			t.Errorf("%v left of %v: told as %d of %d", test.left, test.life, left, life)
		}
	}
}

func find(t *testing.T, checks []Check) Finding {
	t.Helper()
	for _, c := range checks {
		if c.ID == "certificate" {
			return Finding{Status: c.Status, Code: c.Code}
		}
	}
	t.Error("the certificate is not looked at")
	return Finding{}
}

// Real handshakes: what is presented is judged by its name and its time, and the worst of several is told.
func TestCertificatesThatAreServed(t *testing.T) {
	t.Parallel()
	authority := nesttest.NewAuthority(t)
	serve := func(until time.Duration, name string) string {
		cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
		authority.Issue(t, cert, key, time.Now().Add(until), name)
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return listen(t, &tls.Config{Certificates: []tls.Certificate{pair}})
	}
	good, ended, other := serve(90*day, "nests.example"), serve(-time.Minute, "nests.example"), serve(90*day, "other.example")
	none := listen(t, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("not yet") }})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	nobody := free.Addr().String()
	for name, test := range map[string]struct {
		served  []TLSEndpoint
		trouble error
		status  Status
		code    Code
	}{
		"no TLS":            {nil, nil, Skipped, ""},
		"not known here":    {[]TLSEndpoint{{good, "nests.example", true}}, nil, Warn, ""}, // no machine knows the test's authority
		"ended":             {[]TLSEndpoint{{good, "nests.example", true}, {ended, "nests.example", true}}, nil, Fail, CertificateWrong},
		"another name":      {[]TLSEndpoint{{other, "nests.example", true}, {good, "nests.example", true}}, nil, Fail, CertificateWrong},
		"none":              {[]TLSEndpoint{{none, "nests.example", true}}, errors.New("authority away"), Fail, CertificateWrong},
		"nobody, a proxy":   {[]TLSEndpoint{{nobody, "nests.example", false}}, nil, Skipped, ""},
		"nobody, ourselves": {[]TLSEndpoint{{nobody, "nests.example", true}}, nil, Fail, ""},
	} {
		s := &Server{TLSEndpoints: test.served, Now: time.Now, RenewalError: func() error { return test.trouble }}
		f := s.certificates(t.Context())
		if f.Status != test.status || f.Code != test.code {
			t.Errorf("%s: %+v", name, f)
		}
		if test.trouble != nil && f.Evidence["error"] != test.trouble.Error() {
			t.Errorf("%s: the evidence does not say why: %+v", name, f)
		}
	}
}

func listen(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { conn.(*tls.Conn).HandshakeContext(t.Context()); conn.Close() }()
		}
	}()
	return l.Addr().String()
}

func TestServedAt(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]string{
		"http://nests.example": "", "https://nests.example": "nests.example:443 nests.example", "https://nests.example:8443": "nests.example:8443 nests.example",
		"https://[::1]": "[::1]:443 ::1",
	} {
		got := ""
		for _, s := range TLSEndpointsOf(origin, "") {
			got = s.Address + " " + s.Name
		}
		if got != want {
			t.Errorf("%s: %q, want %q", origin, got, want)
		}
	}
	if got := TLSEndpointsOf("https://nests.example", "127.0.0.1:8443"); len(got) != 1 || got[0] != (TLSEndpoint{"127.0.0.1:8443", "nests.example", true}) {
		t.Errorf("our own: %+v", got)
	}
}
