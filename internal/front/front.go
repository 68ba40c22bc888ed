package front

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Certificates provides the certificates of handshakes. Its methods are safe for concurrent use.
type Certificates interface {
	// Certificate is called for every handshake, and may block until the handshake's context ends.
	Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	// Challenge answers r if it is a plain HTTP request of the ACME authority, and reports whether it was. It must
	// not block.
	Challenge(w http.ResponseWriter, r *http.Request) bool
	// Err is why a certificate is missing or cannot be renewed; nil when all is well.
	Err() error
	// Reload makes Run check the certificates at once. It must not block.
	Reload()
	// Run keeps the certificates up to date until ctx ends. It is called once.
	Run(ctx context.Context) error
}

// Front listens for TLS, and for plain HTTP that it redirects. Its fields are set between Listen and Run.
//
// Concurrency: Run starts one goroutine for the certificates, one that accepts TLS connections, one that serves
// plain HTTP, and one per connection that does the handshake and, for a routed name, proxies. A connection belongs
// to its goroutine until Listener hands it over. openConns and connLimit each have a lock of their own, held for
// map work only. A goroutine of a connection blocks while no one accepts from Listener, and no longer than until
// Close.
type Front struct {
	Certificates Certificates
	// Routes maps names to "host:port" on this machine; a connection for such a name is proxied there without TLS.
	Routes map[string]string
	// Origins are the server's public URLs, at least one. Plain HTTP is redirected to the one with the request's host,
	// else to the first.
	Origins []string
	Log     *slog.Logger

	secure    net.Listener
	plain     net.Listener // nil: no plain HTTP
	accepted  *connQueue
	proxied   openConns
	connLimit connLimit
}

// Listen opens the addresses; redirect may be "". The caller must Run the Front or Close it.
func Listen(address, redirect string) (*Front, error) {
	secure, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("open NESTS_TLS_ADDR %s: %w%s", address, err, listenHint(err))
	}
	f := &Front{secure: secure, accepted: newConnQueue(secure.Addr())}
	if redirect == "" {
		return f, nil
	}
	if f.plain, err = net.Listen("tcp", redirect); err != nil {
		secure.Close()
		return nil, fmt.Errorf("open NESTS_TLS_REDIRECT_ADDR %s: %w%s", redirect, err, listenHint(err))
	}
	return f, nil
}

// Addr is the address that accepts TLS.
func (f *Front) Addr() net.Addr { return f.secure.Addr() }

// RedirectAddr is the address that accepts plain HTTP; nil when there is none.
func (f *Front) RedirectAddr() net.Addr {
	if f.plain == nil {
		return nil
	}
	return f.plain.Addr()
}

// Listener returns the connections that no route takes, for an http.Server. Closing it also closes the TLS socket.
func (f *Front) Listener() net.Listener { return socketQueue{f.accepted, f.secure} }

// Run accepts connections until ctx ends, then closes the sockets and the proxied connections, and returns when all
// goroutines have ended. It is called once.
func (f *Front) Run(ctx context.Context) error {
	defer f.Close()
	group, ctx := errgroup.WithContext(ctx)
	stop := context.AfterFunc(ctx, f.Close)
	defer stop()
	group.Go(func() error { return f.Certificates.Run(ctx) })
	group.Go(func() error { return f.accept(ctx) })
	if f.plain != nil {
		group.Go(func() error { return f.redirect(ctx) })
	}
	return group.Wait()
}

// Close closes the sockets and the proxied connections. It may be called more than once.
func (f *Front) Close() {
	f.secure.Close()
	f.accepted.Close()
	if f.plain != nil {
		f.plain.Close()
	}
	f.proxied.close()
}

// config returns a connection's configuration. It negotiates HTTP, except for routed names, whose protocol is their
// own.
func (f *Front) config(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	c := &tls.Config{GetCertificate: f.certificate, NextProtos: []string{"h2", "http/1.1", acmeProtocol}}
	if _, routed := f.Routes[normalizeName(hello.ServerName)]; routed {
		c.NextProtos = nil
		if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acmeProtocol {
			c.NextProtos = hello.SupportedProtos
		}
	}
	return c, nil
}

var errNoCertificate = errors.New("no certificate for the requested name")

// certificate drops the cause of an error: its text contains the name that the client sent.
func (f *Front) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert, err := f.Certificates.Certificate(hello)
	if err != nil {
		return nil, errNoCertificate
	}
	return cert, nil
}

// acmeProtocol is used only by the ACME authority, which needs nothing but the certificate of the handshake (RFC 8737).
const acmeProtocol = "acme-tls/1"

// socketQueue closes the socket together with the queue of its connections.
type socketQueue struct {
	*connQueue

	socket net.Listener
}

func (q socketQueue) Close() error { return errors.Join(q.socket.Close(), q.connQueue.Close()) }

// openConns are connections that must be closed at the end. The zero value is ready; it is safe for concurrent use.
type openConns struct {
	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// add returns false after close, and then closes c.
func (o *openConns) add(c net.Conn) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		c.Close()
		return false
	}
	if o.conns == nil {
		o.conns = make(map[net.Conn]bool)
	}
	o.conns[c] = true
	return true
}

func (o *openConns) remove(c net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.conns, c)
}

func (o *openConns) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	for c := range o.conns {
		c.Close()
	}
}
