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

// Certificates are where a handshake finds its certificate.
type Certificates interface {
	// Certificate is asked at every handshake.
	Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	// Challenge answers a plain HTTP request of the ACME authority, and says whether it was one.
	Challenge(w http.ResponseWriter, r *http.Request) bool
	// Err is why the certificates are not as they should be, nil when all is well.
	Err() error
	// Reload looks again at once.
	Reload()
	// Run keeps them fresh until ctx ends.
	Run(ctx context.Context) error
}

// Front listens for TLS, and for plain HTTP to send it on. Its fields are set between Listen and Run.
type Front struct {
	Certificates Certificates
	// Routes are names whose connections are passed on in the clear, to "host:port" on this machine.
	Routes map[string]string
	// Origins are our public URLs; plain HTTP is sent to the one of its host, or to the first.
	Origins []string
	Log     *slog.Logger

	secure, plain net.Listener // plain is nil when there is none
	accepted      *queue
	conns         conns
	places        places
}

// Listen takes the addresses; redirect may be "". Whoever gets a Front must Run it or Close it.
func Listen(address, redirect string) (*Front, error) {
	secure, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("open NESTS_TLS_ADDR %s: %w%s", address, err, remedy(err))
	}
	f := &Front{secure: secure, accepted: newQueue(secure.Addr())}
	if redirect == "" {
		return f, nil
	}
	if f.plain, err = net.Listen("tcp", redirect); err != nil {
		secure.Close()
		return nil, fmt.Errorf("open NESTS_TLS_REDIRECT_ADDR %s: %w%s", redirect, err, remedy(err))
	}
	return f, nil
}

// Addr is where TLS is listened for.
func (f *Front) Addr() net.Addr { return f.secure.Addr() }

// RedirectAddr is where plain HTTP is listened for, nil when nowhere.
func (f *Front) RedirectAddr() net.Addr {
	if f.plain == nil {
		return nil
	}
	return f.plain.Addr()
}

// Listener has the connections that no route takes, for an http.Server. Closing it ends the Front's accepting too.
func (f *Front) Listener() net.Listener { return closer{f.accepted, f.secure} }

// Run accepts until ctx ends, then closes what was passed on.
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

// Close gives the addresses back and ends what was passed on. Closing twice is fine.
func (f *Front) Close() {
	f.secure.Close()
	f.accepted.Close()
	if f.plain != nil {
		f.plain.Close()
	}
	f.conns.close()
}

// config is one for every connection: HTTP for all names but those of the routes, which speak a protocol of their own.
func (f *Front) config(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	c := &tls.Config{GetCertificate: f.certificate, NextProtos: []string{"h2", "http/1.1", acmeProtocol}}
	if _, routed := f.Routes[name(hello.ServerName)]; routed {
		c.NextProtos = nil
		if len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == acmeProtocol {
			c.NextProtos = hello.SupportedProtos
		}
	}
	return c, nil
}

var errNoCertificate = errors.New("no certificate for what was asked")

// certificate does not pass on why there is none: the text has the name that the client sent.
func (f *Front) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert, err := f.Certificates.Certificate(hello)
	if err != nil {
		return nil, errNoCertificate
	}
	return cert, nil
}

// acmeProtocol is spoken by the authority alone (RFC 8737): all it wants is the certificate of the handshake.
const acmeProtocol = "acme-tls/1"

// closer closes the socket with the queue that is fed from it.
type closer struct {
	*queue
	socket net.Listener
}

func (c closer) Close() error { return errors.Join(c.socket.Close(), c.queue.Close()) }

// conns are the connections that somebody must close at the end. Its zero value is ready.
type conns struct {
	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

// add is false when it is too late, and closes c then.
func (s *conns) add(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.Close()
		return false
	}
	if s.open == nil {
		s.open = make(map[net.Conn]bool)
	}
	s.open[c] = true
	return true
}

func (s *conns) drop(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *conns) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.open {
		c.Close()
	}
}
