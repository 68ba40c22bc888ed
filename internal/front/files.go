package front

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"
)

// Files are the operator's own certificate. They are read again when they change and when Reload is called; what cannot be
// used changes nothing, so that a copy that failed halfway takes nobody off.
type Files struct {
	Cert, Key string        // PEM
	Every     time.Duration // between two looks; 0: 5 s
	Log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	read    [sha256.Size]byte // of both files as last seen, whether or not they could be used
	trouble error
	now     chan struct{}
}

// OpenFiles reads the pair once, so that a server does not start with one that cannot be used.
func OpenFiles(cert, key string, log *slog.Logger) (*Files, error) {
	f := &Files{Cert: cert, Key: key, Log: log, now: make(chan struct{}, 1)}
	if _, err := f.look(true); err != nil {
		return nil, err
	}
	return f, nil
}

// Certificate is the same for every name.
func (f *Files) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current, nil
}

// Challenge is never: nobody asked an authority.
func (f *Files) Challenge(http.ResponseWriter, *http.Request) bool { return false }

// Err is what keeps the newest files from being used.
func (f *Files) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.trouble
}

// Reload reads the files whether or not they changed, and says in the log what came of it.
func (f *Files) Reload() {
	select {
	case f.now <- struct{}{}:
	default:
	}
}

// Run looks at the files again and again. Asking for their content is cheap, and sees links that were turned, too.
func (f *Files) Run(ctx context.Context) error {
	every := f.Every
	if every == 0 {
		every = 5 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return nil
		case <-f.now:
			asked = true
		case <-tick.C:
		}
		switch changed, err := f.look(asked); {
		case !changed:
		case err != nil:
			f.Log.ErrorContext(ctx, "certificate refused", "err", err, "hint", "The one from before is served on. Put a certificate and its key there that belong together.")
		default:
			f.Log.InfoContext(ctx, "certificate loaded", "days_left", int(time.Until(f.current.Leaf.NotAfter).Hours()/24))
		}
	}
}

// look reads the files; changed is false when they are as before and force is not set.
func (f *Files) look(force bool) (changed bool, err error) {
	cert, err := os.ReadFile(f.Cert)
	var key []byte
	if err == nil {
		key, err = os.ReadFile(f.Key)
	}
	read := sha256.Sum256(fmt.Appendf(nil, "%d %v ", len(cert), err)) // a length apart, else bytes could move from file to file
	sum := sha256.New()
	sum.Write(read[:])
	sum.Write(cert)
	sum.Write(key)
	sum.Sum(read[:0])

	f.mu.Lock()
	defer f.mu.Unlock()
	if read == f.read && !force {
		return false, nil
	}
	f.read = read
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.X509KeyPair(cert, key)
	}
	if err != nil {
		f.trouble = fmt.Errorf("use NESTS_TLS_CERT and NESTS_TLS_KEY: %w", err)
		return true, f.trouble
	}
	f.current, f.trouble = &pair, nil
	return true, nil
}
