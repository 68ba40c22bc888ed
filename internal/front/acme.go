package front

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"
)

// Authority is whom certificates are asked of.
type Authority struct {
	URL    string // its directory
	Email  string // may be ""
	Root   string // file of a root by which it is known, "" for the system's
	Folder string // keeps account, keys and certificates, closed to others
}

// ACME are certificates that an authority gives for names which lead here. When a third of its life is left, the next one is
// asked for. What is on disk is served at once after a restart, and not asked for anew.
type ACME struct {
	Names []string
	Every time.Duration // between two looks at what must be renewed; 0: a minute
	Log   *slog.Logger

	issuer certmagic.ACMEIssuer // not valid by itself: the template of one
	folder string

	began  chan struct{} // closed when config is there
	config *certmagic.Config
	asker  *certmagic.ACMEIssuer

	mu      sync.Mutex
	trouble map[string]error // by name
	hasten  chan struct{}    // closed by Reload
}

// NewACME prepares; nothing is asked before Run. The authority's questions arrive at front's addresses.
func NewACME(names []string, authority Authority, front *Front, log *slog.Logger) (*ACME, error) {
	a := &ACME{Names: names, Log: log, folder: authority.Folder, began: make(chan struct{}), hasten: make(chan struct{}), trouble: map[string]error{}}
	// An empty address would be asked for on the terminal; a space is an address, and then none.
	a.issuer = certmagic.ACMEIssuer{CA: authority.URL, Email: cmp.Or(authority.Email, " "), Agreed: true, Logger: zap.NewNop()}
	a.issuer.ListenHost, a.issuer.AltTLSALPNPort = hostPort(front.Addr())
	if redirect := front.RedirectAddr(); redirect != nil {
		_, a.issuer.AltHTTPPort = hostPort(redirect)
	} else {
		a.issuer.DisableHTTPChallenge = true
	}
	if authority.Root == "" {
		return a, nil
	}
	pem, err := os.ReadFile(authority.Root)
	if err != nil {
		return nil, fmt.Errorf("read NESTS_ACME_ROOT: %w", err)
	}
	a.issuer.TrustedRoots = x509.NewCertPool()
	if !a.issuer.TrustedRoots.AppendCertsFromPEM(pem) {
		return nil, errors.New("NESTS_ACME_ROOT holds no certificate in PEM")
	}
	return a, nil
}

func hostPort(addr net.Addr) (string, int) {
	tcp := addr.(*net.TCPAddr) // Listen asked for no other
	if tcp.IP.IsUnspecified() {
		return "", tcp.Port
	}
	return tcp.IP.String(), tcp.Port
}

// Certificate is from memory, or the answer to the authority's question over TLS.
func (a *ACME) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	select {
	case <-a.began:
		return a.config.GetCertificate(hello)
	case <-hello.Context().Done():
		return nil, hello.Context().Err()
	}
}

// Challenge answers the authority's question over HTTP.
func (a *ACME) Challenge(w http.ResponseWriter, r *http.Request) bool {
	select {
	case <-a.began:
		return a.asker.HandleHTTPChallenge(w, r)
	default:
		return false
	}
}

// Err joins what was said when a name was last asked for in vain.
func (a *ACME) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []error
	for _, name := range slices.Sorted(maps.Keys(a.trouble)) {
		all = append(all, fmt.Errorf("certificate of %s: %w", name, a.trouble[name]))
	}
	return errors.Join(all...)
}

// Reload asks for what is missing without waiting for the next try.
func (a *ACME) Reload() {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.hasten)
	a.hasten = make(chan struct{})
}

func (a *ACME) hastened() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.hasten
}

// Run asks for what is missing, each name for itself, and renews until ctx ends.
func (a *ACME) Run(ctx context.Context) error {
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return a.config, nil },
		RenewCheckInterval: cmp.Or(a.Every, time.Minute), Logger: zap.NewNop(),
	})
	defer cache.Stop()
	a.config = certmagic.New(cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: a.folder}, DefaultServerName: a.Names[0], OnEvent: a.heard, Logger: zap.NewNop(),
	})
	a.asker = certmagic.NewACMEIssuer(a.config, a.issuer)
	a.config.Issuers = []certmagic.Issuer{a.asker}
	for _, name := range a.Names { // handshakes wait for what is on disk; that some is missing, obtain finds out
		_, _ = a.config.CacheManagedCertificate(ctx, name)
	}
	close(a.began)
	if err := cache.RenewManagedCertificates(ctx); err != nil { // what fell due while nobody ran
		return fmt.Errorf("renew certificates: %w", err)
	}
	var all sync.WaitGroup
	for _, name := range a.Names {
		all.Go(func() { a.obtain(ctx, name) })
	}
	<-ctx.Done()
	all.Wait()
	return nil
}

// A refused try counts against the limits of a public authority; one that did not reach it costs nothing.
const (
	waitUnreached = 5 * time.Second
	waitRefused   = time.Minute
	waitMost      = time.Hour
)

// obtain tries until there is a certificate; from then on certmagic renews it. Tries after the first go to the test
// authority of Let's Encrypt before the real one, as certmagic does it by itself.
func (a *ACME) obtain(ctx context.Context, name string) {
	tries, wait := 0, time.Duration(0)
	ctx = context.WithValue(ctx, certmagic.AttemptsCtxKey, &tries)
	for {
		hastened := a.hastened() // also while it is asked
		err := a.config.ManageSync(ctx, []string{name})
		if err == nil || ctx.Err() != nil {
			a.settle(name, nil)
			return
		}
		a.settle(name, err)
		hint := "Check the network and NESTS_ACME_URL; it is tried again by itself."
		wait = min(max(2*wait, waitUnreached), waitMost)
		if problem, refused := errors.AsType[acme.Problem](err); refused {
			hint = "The name must lead to this machine, and the internet must reach its ports 80 and 443; it is tried again by itself."
			wait = min(max(wait, waitRefused), waitMost)
			err = problem
		}
		a.Log.ErrorContext(ctx, "certificate not obtained", "name", name, "err", err, "hint", hint, "again_in", wait.String())
		tries++
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-hastened:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// heard is told by certmagic, also of what it does by itself.
func (a *ACME) heard(ctx context.Context, event string, data map[string]any) error {
	name, _ := data["identifier"].(string)
	switch event {
	case "cert_obtained":
		a.settle(name, nil)
		a.Log.InfoContext(ctx, "certificate obtained", "name", name, "renewal", data["renewal"])
	case "cert_failed":
		if ctx.Value(certmagic.AttemptsCtxKey) != nil { // obtain says it
			return nil
		}
		err, _ := data["error"].(error)
		a.settle(name, err)
		a.Log.ErrorContext(ctx, "certificate not renewed", "name", name, "err", err,
			"hint", "The name must lead to this machine, and the internet must reach its ports 80 and 443; it is tried again by itself.")
	}
	return nil
}

func (a *ACME) settle(name string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		delete(a.trouble, name)
		return
	}
	a.trouble[name] = err
}
