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

func TestCertificateByTimeLeft(t *testing.T) {
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
		checks := observation{health: answer{at: now, cert: cert}}.checks(origin)
		for _, f := range []Finding{judgeCertificate(cert, nil, now), certificateFinding(t, checks)} {
			if f.Status != test.status || f.Code != test.code {
				t.Errorf("%v left of %v: %+v", test.left, test.life, f)
			}
		}
		left, life := (Report{Checks: checks}).Certificate()
		if left != int64(test.left.Seconds()) || life != int64(test.life.Seconds()) {
			t.Errorf("%v left of %v: reported as %d of %d", test.left, test.life, left, life)
		}
	}
}

func certificateFinding(t *testing.T, checks []Check) Finding {
	t.Helper()
	for _, c := range checks {
		if c.ID == "certificate" {
			return Finding{Status: c.Status, Code: c.Code}
		}
	}
	t.Error("no check of the certificate")
	return Finding{}
}

// The certificates of real handshakes are judged by name and time; the worst of several counts.
func TestServedCertificates(t *testing.T) {
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
	good, other := serve(90*day, "nests.example"), serve(90*day, "other.example")
	expired := serve(-time.Minute, "nests.example")
	none := listen(t, &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("not yet") },
	})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	closed := free.Addr().String()
	at := func(address string) TLSEndpoint {
		return TLSEndpoint{Address: address, Name: "nests.example", Own: true}
	}
	behindProxy := TLSEndpoint{Address: closed, Name: "nests.example"}
	for name, test := range map[string]struct {
		endpoints  []TLSEndpoint
		renewalErr error
		status     Status
		code       Code
	}{
		"no TLS":                   {nil, nil, Skipped, ""},
		"an unknown authority":     {[]TLSEndpoint{at(good)}, nil, Warn, ""}, // no machine trusts the test's authority
		"expired":                  {[]TLSEndpoint{at(good), at(expired)}, nil, Fail, CertificateWrong},
		"another name":             {[]TLSEndpoint{at(other), at(good)}, nil, Fail, CertificateWrong},
		"none":                     {[]TLSEndpoint{at(none)}, errors.New("authority away"), Fail, CertificateWrong},
		"nothing listens, a proxy": {[]TLSEndpoint{behindProxy}, nil, Skipped, ""},
		"nothing listens, itself":  {[]TLSEndpoint{at(closed)}, nil, Fail, ""},
	} {
		s := &Server{TLSEndpoints: test.endpoints, Now: time.Now, RenewalError: func() error { return test.renewalErr }}
		f := s.certificates(t.Context())
		if f.Status != test.status || f.Code != test.code {
			t.Errorf("%s: %+v", name, f)
		}
		if test.renewalErr != nil && f.Evidence["error"] != test.renewalErr.Error() {
			t.Errorf("%s: the evidence lacks the error: %+v", name, f)
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

func TestTLSEndpointsOf(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]string{
		"http://nests.example":       "",
		"https://nests.example":      "nests.example:443 nests.example",
		"https://nests.example:8443": "nests.example:8443 nests.example",
		"https://[::1]":              "[::1]:443 ::1",
	} {
		got := ""
		for _, s := range TLSEndpointsOf(origin, "") {
			got = s.Address + " " + s.Name
		}
		if got != want {
			t.Errorf("%s: %q, want %q", origin, got, want)
		}
	}
	own := TLSEndpoint{Address: "127.0.0.1:8443", Name: "nests.example", Own: true}
	if got := TLSEndpointsOf("https://nests.example", own.Address); len(got) != 1 || got[0] != own {
		t.Errorf("the server's own endpoint: %+v", got)
	}
}
