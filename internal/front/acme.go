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

// Authority is an ACME certificate authority.
type Authority struct {
	URL    string // of its directory
	Email  string // for the account; may be ""
	Root   string // file of the root certificate that its server is verified by; "": the system's roots
	Folder string // where account, keys and certificates are kept, readable by this user only
}

// ACME is certificates that an authority issues for names which lead to this server. It renews each when a third of its
// life is left. After a restart, it serves those on disk at once and does not request them again.
//
// Concurrency: Run sets config and issuer and then closes started; they do not change after that, and other
// goroutines read them only then. Run starts one goroutine per name that lacks a certificate, and certmagic renews
// in goroutines of its own; both report through record. The lock guards failures and reload, and is never held
// during a request.
type ACME struct {
	Names         []string
	CheckInterval time.Duration // between two checks for certificates to renew; 0: a minute
	Log           *slog.Logger

	template certmagic.ACMEIssuer // certmagic.NewACMEIssuer makes the issuer from it
	folder   string

	started chan struct{}
	config  *certmagic.Config
	issuer  *certmagic.ACMEIssuer

	mu       sync.Mutex
	failures map[string]error // why the last attempt failed, by name
	reload   chan struct{}    // closed and replaced by Reload
}

// NewACME requests nothing; Run does. The authority sends its challenges to the addresses of front.
func NewACME(names []string, authority Authority, front *Front, log *slog.Logger) (*ACME, error) {
	a := &ACME{
		Names:    names,
		Log:      log,
		folder:   authority.Folder,
		started:  make(chan struct{}),
		reload:   make(chan struct{}),
		failures: map[string]error{},
	}
	a.template = certmagic.ACMEIssuer{
		CA: authority.URL,
		// For an empty address, certmagic would ask on the terminal; it removes a space and then uses none.
		Email:  cmp.Or(authority.Email, " "),
		Agreed: true,
		Logger: zap.NewNop(),
	}
	a.template.ListenHost, a.template.AltTLSALPNPort = hostPort(front.Addr())
	if redirect := front.RedirectAddr(); redirect != nil {
		_, a.template.AltHTTPPort = hostPort(redirect)
	} else {
		a.template.DisableHTTPChallenge = true
	}
	if authority.Root == "" {
		return a, nil
	}
	pem, err := os.ReadFile(authority.Root)
	if err != nil {
		return nil, fmt.Errorf("read NESTS_ACME_ROOT: %w", err)
	}
	a.template.TrustedRoots = x509.NewCertPool()
	if !a.template.TrustedRoots.AppendCertsFromPEM(pem) {
		return nil, errors.New("NESTS_ACME_ROOT contains no certificate in PEM")
	}
	return a, nil
}

func hostPort(addr net.Addr) (string, int) {
	tcp := addr.(*net.TCPAddr) // Listen opens only TCP sockets
	if tcp.IP.IsUnspecified() {
		return "", tcp.Port
	}
	return tcp.IP.String(), tcp.Port
}

// Certificate returns a certificate from memory, or the one that answers the authority's TLS challenge. It blocks until
// Run has loaded the certificates on disk.
func (a *ACME) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	select {
	case <-a.started:
		return a.config.GetCertificate(hello)
	case <-hello.Context().Done():
		return nil, hello.Context().Err()
	}
}

// Challenge answers the authority's HTTP challenge.
func (a *ACME) Challenge(w http.ResponseWriter, r *http.Request) bool {
	select {
	case <-a.started:
		return a.issuer.HandleHTTPChallenge(w, r)
	default:
		return false
	}
}

// Err joins the errors of all names whose last attempt failed.
func (a *ACME) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []error
	for _, name := range slices.Sorted(maps.Keys(a.failures)) {
		all = append(all, fmt.Errorf("certificate of %s: %w", name, a.failures[name]))
	}
	return errors.Join(all...)
}

// Reload retries at once for the names that lack a certificate.
func (a *ACME) Reload() {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.reload)
	a.reload = make(chan struct{})
}

// reloaded returns a channel that the next Reload closes.
func (a *ACME) reloaded() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.reload
}

// Run requests the certificates that are missing, each name independently, and renews all until ctx ends.
func (a *ACME) Run(ctx context.Context) error {
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return a.config, nil },
		RenewCheckInterval: cmp.Or(a.CheckInterval, time.Minute),
		Logger:             zap.NewNop(),
	})
	defer cache.Stop()
	a.config = certmagic.New(cache, certmagic.Config{
		Storage:           &certmagic.FileStorage{Path: a.folder},
		DefaultServerName: a.Names[0],
		OnEvent:           a.onEvent,
		Logger:            zap.NewNop(),
	})
	a.issuer = certmagic.NewACMEIssuer(a.config, a.template)
	a.config.Issuers = []certmagic.Issuer{a.issuer}
	for _, name := range a.Names { // an error means that none is on disk: obtain requests it
		_, _ = a.config.CacheManagedCertificate(ctx, name)
	}
	close(a.started)
	if err := cache.RenewManagedCertificates(ctx); err != nil { // those that became due while the server was down
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

// How long obtain waits before it retries. A refusal counts against the rate limits of a public authority; an attempt
// that did not reach the authority does not.
const (
	backoffUnreached = 5 * time.Second
	backoffRefused   = time.Minute
	backoffMax       = time.Hour
)

const hintRefused = "The name must lead to this machine, and its ports 80 and 443 must be reachable from the " +
	"internet. The server retries by itself."

// obtain retries until there is a certificate; from then on certmagic renews it. Certmagic sends each retry to the test
// authority of Let's Encrypt before the real one.
func (a *ACME) obtain(ctx context.Context, name string) {
	attempts, wait := 0, time.Duration(0)
	ctx = context.WithValue(ctx, certmagic.AttemptsCtxKey, &attempts)
	for {
		reloaded := a.reloaded() // before the attempt, so that a Reload during it counts
		err := a.config.ManageSync(ctx, []string{name})
		if err == nil || ctx.Err() != nil {
			a.record(name, nil)
			return
		}
		a.record(name, err)
		hint := "Check the network and NESTS_ACME_URL. The server retries by itself."
		wait = min(max(2*wait, backoffUnreached), backoffMax)
		if problem, refused := errors.AsType[acme.Problem](err); refused {
			hint = hintRefused
			wait = min(max(wait, backoffRefused), backoffMax)
			err = problem
		}
		a.Log.ErrorContext(ctx, "certificate not obtained",
			"name", name, "err", err, "hint", hint, "again_in", wait.String())
		attempts++
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-reloaded:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// onEvent is called by certmagic, for attempts of obtain and for renewals.
func (a *ACME) onEvent(ctx context.Context, event string, data map[string]any) error {
	name, _ := data["identifier"].(string)
	switch event {
	case "cert_obtained":
		a.record(name, nil)
		a.Log.InfoContext(ctx, "certificate obtained", "name", name, "renewal", data["renewal"])
	case "cert_failed":
		if ctx.Value(certmagic.AttemptsCtxKey) != nil { // obtain logs it
			return nil
		}
		err, _ := data["error"].(error)
		a.record(name, err)
		a.Log.ErrorContext(ctx, "certificate not renewed", "name", name, "err", err, "hint", hintRefused)
	}
	return nil
}

// record keeps the result of the last attempt for a name.
func (a *ACME) record(name string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		delete(a.failures, name)
		return
	}
	a.failures[name] = err
}
