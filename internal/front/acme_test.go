package front_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nests/internal/front"
	"nests/internal/nesttest"
)

// acmeFront is a running front whose certificates come from Pebble.
type acmeFront struct {
	t      testing.TB
	acme   *front.ACME
	front  *front.Front
	folder string
	stop   func() // blocks until the front has stopped
}

// startACMEFront starts a front. With redirect "" the authority can use only its TLS challenge.
func startACMEFront(t testing.TB, pebble *nesttest.Pebble, folder, redirect string, names ...string) *acmeFront {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	a := &acmeFront{t: t, folder: folder}
	var err error
	if a.front, err = front.Listen("127.0.0.1:0", redirect); err != nil {
		t.Fatal(err)
	}
	authority := front.Authority{URL: pebble.URL(), Root: pebble.Own.RootFile, Folder: folder}
	if a.acme, err = front.NewACME(names, authority, a.front, log); err != nil {
		t.Fatal(err)
	}
	a.acme.CheckInterval = 100 * time.Millisecond
	a.front.Log, a.front.Certificates, a.front.Origins = log, a.acme, []string{"https://" + names[0]}
	server := &http.Server{Handler: http.NotFoundHandler()}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- server.Serve(a.front.Listener()) }()
	go func() { done <- a.front.Run(ctx) }()
	a.stop = func() {
		cancel()
		server.Close()
		<-done
		<-done
	}
	return a
}

func (a *acmeFront) tlsPort() int { return a.front.Addr().(*net.TCPAddr).Port }

// served returns the certificate that is served for a name, nil while there is none.
func (a *acmeFront) served(name string, roots *x509.CertPool) *x509.Certificate {
	dialer, config := &net.Dialer{Timeout: 5 * time.Second}, &tls.Config{ServerName: name, RootCAs: roots}
	conn, err := tls.DialWithDialer(dialer, "tcp", a.front.Addr().String(), config)
	if err != nil {
		return nil
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

// awaitCertificate waits until a certificate other than previous is served for a name. previous may be nil.
func (a *acmeFront) awaitCertificate(name string, roots *x509.CertPool, previous *x509.Certificate) *x509.Certificate {
	a.t.Helper()
	var cert *x509.Certificate
	nesttest.Eventually(a.t, 20*time.Second, func() string {
		cert = a.served(name, roots)
		switch {
		case cert == nil && a.acme.Err() != nil:
			return a.acme.Err().Error()
		case cert == nil:
			return "no certificate for " + name
		case previous != nil && cert.Equal(previous):
			return "the same certificate for " + name
		}
		return ""
	})
	return cert
}

// A certificate is issued by either challenge, kept for the next start, and readable by no other user.
func TestACMEChallenges(t *testing.T) {
	for challenge, redirect := range map[string]string{"http-01": "127.0.0.1:0", "tls-alpn-01": ""} {
		t.Run(challenge, func(t *testing.T) {
			t.Parallel()
			pebble := nesttest.NewPebble(t)
			folder := filepath.Join(t.TempDir(), "certificates")
			// Names of their own, because certmagic keeps challenges by name in a global.
			names := []string{challenge + ".example", "turn." + challenge + ".example"}
			a := startACMEFront(t, pebble, folder, redirect, names...)
			if challenge == "http-01" {
				pebble.HTTPPort, pebble.TLSPort = a.front.RedirectAddr().(*net.TCPAddr).Port, 1
			} else {
				pebble.HTTPPort, pebble.TLSPort = 1, a.tlsPort()
			}
			pebble.Start()
			a.acme.Reload() // the first attempt was before Pebble ran
			roots := pebble.Roots()
			first := a.awaitCertificate(names[0], roots, nil)
			a.awaitCertificate(names[1], roots, nil)
			if err := a.acme.Err(); err != nil {
				t.Errorf("Err after success: %v", err)
			}
			checkPrivate(t, folder)
			a.stop()
			pebble.Stop()
			again := startACMEFront(t, pebble, folder, redirect, names...)
			defer again.stop()
			if cert := again.awaitCertificate(names[0], roots, nil); !cert.Equal(first) {
				t.Error("a restart does not serve the certificate on disk")
			}
		})
	}
}

// checkPrivate fails if another user can access any file of a folder, or if keys are missing.
func checkPrivate(t testing.TB, folder string) {
	t.Helper()
	keys := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be accessed by others: %v", path, info.Mode())
		}
		if strings.HasSuffix(path, ".key") {
			keys++
		}
		return nil
	})
	if err != nil || keys < 3 { // of the account and of two certificates
		t.Errorf("found %d keys, %v", keys, err)
	}
}

// A certificate with a life of three seconds is renewed before it expires. When the authority is down, Err reports the
// failed renewal.
func TestACMERenewal(t *testing.T) {
	t.Parallel()
	pebble := nesttest.NewPebble(t)
	pebble.Validity = 3 * time.Second
	a := startACMEFront(t, pebble, filepath.Join(t.TempDir(), "certificates"), "", "nests.example")
	defer a.stop()
	pebble.TLSPort = a.tlsPort()
	pebble.Start()
	a.acme.Reload()
	roots := pebble.Roots()
	first := a.awaitCertificate("nests.example", roots, nil)
	second := a.awaitCertificate("nests.example", roots, first)
	if second.NotBefore.After(first.NotAfter) {
		t.Error("the certificate was renewed only after it expired")
	}
	pebble.Stop()
	nesttest.Eventually(t, 10*time.Second, func() string {
		if a.acme.Err() == nil {
			return "Err is nil though renewals fail"
		}
		return ""
	})
}
