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

// asked is a front whose certificates come from Pebble.
type asked struct {
	t      testing.TB
	acme   *front.ACME
	front  *front.Front
	folder string
	stop   func()
}

// ask starts a front; redirect "" leaves the question over TLS alone.
func ask(t testing.TB, pebble *nesttest.Pebble, folder, redirect string, names ...string) *asked {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	a := &asked{t: t, folder: folder}
	var err error
	if a.front, err = front.Listen("127.0.0.1:0", redirect); err != nil {
		t.Fatal(err)
	}
	authority := front.Authority{URL: pebble.URL(), Root: pebble.Own.RootFile, Folder: folder}
	if a.acme, err = front.NewACME(names, authority, a.front, log); err != nil {
		t.Fatal(err)
	}
	a.acme.Every = 100 * time.Millisecond
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

func (a *asked) tlsPort() int { return a.front.Addr().(*net.TCPAddr).Port }

// served is the certificate for a name, nil while there is none.
func (a *asked) served(name string, roots *x509.CertPool) *x509.Certificate {
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", a.front.Addr().String(), &tls.Config{ServerName: name, RootCAs: roots})
	if err != nil {
		return nil
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

func (a *asked) eventually(name string, roots *x509.CertPool, not *x509.Certificate) *x509.Certificate {
	a.t.Helper()
	var cert *x509.Certificate
	nesttest.Eventually(a.t, 20*time.Second, func() string {
		cert = a.served(name, roots)
		switch {
		case cert == nil && a.acme.Err() != nil:
			return a.acme.Err().Error()
		case cert == nil:
			return "no certificate for " + name
		case not != nil && cert.Equal(not):
			return "the same certificate for " + name
		}
		return ""
	})
	return cert
}

// Issued by each of the two questions, kept for the next start, and closed to others.
func TestAuthorityIsAnswered(t *testing.T) {
	for question, redirect := range map[string]string{"http-01": "127.0.0.1:0", "tls-alpn-01": ""} {
		t.Run(question, func(t *testing.T) {
			t.Parallel()
			pebble := nesttest.NewPebble(t)
			folder := filepath.Join(t.TempDir(), "certificates")
			names := []string{question + ".example", "turn." + question + ".example"} // certmagic knows challenges by name
			a := ask(t, pebble, folder, redirect, names...)
			if question == "http-01" {
				pebble.HTTPPort, pebble.TLSPort = a.front.RedirectAddr().(*net.TCPAddr).Port, 1
			} else {
				pebble.HTTPPort, pebble.TLSPort = 1, a.tlsPort()
			}
			pebble.Start()
			a.acme.Reload() // the first try was before Pebble ran
			roots := pebble.Roots()
			first := a.eventually(names[0], roots, nil)
			a.eventually(names[1], roots, nil)
			if err := a.acme.Err(); err != nil {
				t.Errorf("the trouble stays: %v", err)
			}
			closed(t, folder)
			a.stop()
			pebble.Stop()
			again := ask(t, pebble, folder, redirect, names...)
			defer again.stop()
			if cert := again.eventually(names[0], roots, nil); !cert.Equal(first) {
				t.Error("the certificate on disk is not the one that is served after a restart")
			}
		})
	}
}

// closed wants nothing that others may read, keys least of all.
func closed(t testing.TB, folder string) {
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
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		if strings.HasSuffix(path, ".key") {
			keys++
		}
		return nil
	})
	if err != nil || keys < 3 { // of the account and of two names
		t.Errorf("found %d keys, %v", keys, err)
	}
}

// A certificate of three seconds is followed by the next one before it ends; while the authority is away the last one is
// served on, and what is wrong is told.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	pebble := nesttest.NewPebble(t)
	pebble.Validity = 3 * time.Second
	a := ask(t, pebble, filepath.Join(t.TempDir(), "certificates"), "", "nests.example")
	defer a.stop()
	pebble.TLSPort = a.tlsPort()
	pebble.Start()
	a.acme.Reload()
	roots := pebble.Roots()
	first := a.eventually("nests.example", roots, nil)
	second := a.eventually("nests.example", roots, first)
	if second.NotBefore.After(first.NotAfter) {
		t.Error("the next certificate came after the end of the first")
	}
	pebble.Stop()
	nesttest.Eventually(t, 10*time.Second, func() string {
		if a.acme.Err() == nil {
			return "a renewal that fails is no trouble"
		}
		return ""
	})
}
