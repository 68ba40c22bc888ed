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

// Files is the operator's own certificate. The files are read again when they change and when Reload is called. Files
// that cannot be used change nothing, so that a half-written copy takes no server down.
//
// Concurrency: Run is the one goroutine that reads the files. The lock guards the results, which any goroutine may
// read; it is held while a new pair is parsed, but not while files are read.
type Files struct {
	Cert, Key     string        // PEM files
	CheckInterval time.Duration // between two reads; 0: 5 s
	Log           *slog.Logger

	reload chan struct{} // holds at most one request

	mu          sync.Mutex
	current     *tls.Certificate
	fingerprint [sha256.Size]byte // of both files as last read, whether or not they could be used
	err         error
}

// OpenFiles reads the pair once, so that a server does not start with one that cannot be used.
func OpenFiles(cert, key string, log *slog.Logger) (*Files, error) {
	f := &Files{Cert: cert, Key: key, Log: log, reload: make(chan struct{}, 1)}
	if _, err := f.load(true); err != nil {
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

// Challenge returns false: no authority is involved.
func (f *Files) Challenge(http.ResponseWriter, *http.Request) bool { return false }

// Err is why the newest files cannot be used.
func (f *Files) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// Reload makes Run read the files at once and log the result, even if they did not change.
func (f *Files) Reload() {
	select {
	case f.reload <- struct{}{}:
	default:
	}
}

// Run reads the files at every CheckInterval. It compares their content, which also finds a symbolic link that now
// leads to another file.
func (f *Files) Run(ctx context.Context) error {
	interval := f.CheckInterval
	if interval == 0 {
		interval = 5 * time.Second
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		force := false
		select {
		case <-ctx.Done():
			return nil
		case <-f.reload:
			force = true
		case <-tick.C:
		}
		switch changed, err := f.load(force); {
		case !changed:
		case err != nil:
			f.Log.ErrorContext(ctx, "certificate refused", "err", err,
				"hint", "The previous certificate stays in use. Replace both files with a certificate and its key.")
		default:
			days := int(time.Until(f.current.Leaf.NotAfter).Hours() / 24)
			f.Log.InfoContext(ctx, "certificate loaded", "days_left", days)
		}
	}
}

// load reads the files. It returns changed as false, and does nothing else, if they are as before and force is false.
func (f *Files) load(force bool) (changed bool, err error) {
	cert, err := os.ReadFile(f.Cert)
	var key []byte
	if err == nil {
		key, err = os.ReadFile(f.Key)
	}
	fingerprint := fingerprintOf(cert, key, err)

	f.mu.Lock()
	defer f.mu.Unlock()
	if fingerprint == f.fingerprint && !force {
		return false, nil
	}
	f.fingerprint = fingerprint
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.X509KeyPair(cert, key)
	}
	if err != nil {
		f.err = fmt.Errorf("use NESTS_TLS_CERT and NESTS_TLS_KEY: %w", err)
		return true, f.err
	}
	f.current, f.err = &pair, nil
	return true, nil
}

// fingerprintOf hashes the length of cert too, so that bytes that move from one file to the other change the result.
func fingerprintOf(cert, key []byte, err error) (sum [sha256.Size]byte) {
	hash := sha256.New()
	fmt.Fprintf(hash, "%d %v ", len(cert), err)
	hash.Write(cert)
	hash.Write(key)
	hash.Sum(sum[:0])
	return sum
}
