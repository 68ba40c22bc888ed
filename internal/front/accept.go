package front

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"
)

const handshakeTimeout = 10 * time.Second

// accept accepts connections until the socket is closed, and then waits for those it still handles. Each connection has
// a goroutine of its own, so that a slow handshake delays no other.
func (f *Front) accept(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	shared := &tls.Config{GetConfigForClient: f.config, GetCertificate: f.certificate}
	for {
		conn, err := f.secure.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil { // too many open files, or the client left already
			if !sleep(ctx, 50*time.Millisecond) {
				return nil
			}
			continue
		}
		all.Go(func() { f.handle(ctx, conn, shared) })
	}
}

// handle does the handshake, then proxies the connection by its name or passes it to Listener.
func (f *Front) handle(ctx context.Context, raw net.Conn, shared *tls.Config) {
	conn := tls.Server(raw, shared)
	handshake, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(handshake); err != nil {
		conn.Close()
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err // without the addresses
		}
		f.Log.DebugContext(ctx, "tls handshake failed", "err", err)
		return
	}
	state := conn.ConnectionState()
	if state.NegotiatedProtocol == acmeProtocol { // the handshake itself answered the challenge (RFC 8737)
		conn.Close()
		return
	}
	if to, routed := f.Routes[normalizeName(state.ServerName)]; routed {
		f.proxy(ctx, conn, to)
		return
	}
	f.accepted.put(conn)
}

// normalizeName returns an SNI name in the form that the keys of Routes have: lower case, without the last dot.
func normalizeName(sni string) string { return strings.TrimSuffix(strings.ToLower(sni), ".") }

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// listenHint is appended to the error of a port that cannot be opened: what to do about it.
func listenHint(err error) string {
	switch {
	case errors.Is(err, syscall.EACCES):
		return " (ports below 1024 need CAP_NET_BIND_SERVICE; AmbientCapabilities in a systemd unit grants it)"
	case errors.Is(err, syscall.EADDRINUSE):
		return " (another program uses it: stop that program, or make it a proxy in front of nests)"
	}
	return ""
}

// connQueue is a net.Listener for connections that were accepted elsewhere. It is safe for concurrent use.
type connQueue struct {
	addr      net.Addr
	conns     chan net.Conn // unbuffered: put blocks until Accept takes the connection
	closed    chan struct{}
	closeOnce sync.Once
}

func newConnQueue(addr net.Addr) *connQueue {
	return &connQueue{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// put blocks until the connection is accepted. After Close it closes the connection.
func (q *connQueue) put(c net.Conn) {
	select {
	case q.conns <- c:
	case <-q.closed:
		c.Close()
	}
}

// Accept returns net.ErrClosed after Close.
func (q *connQueue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

// Close also closes the connections that wait to be accepted.
func (q *connQueue) Close() error {
	q.closeOnce.Do(func() { close(q.closed) })
	return nil
}

// Addr is the address of the socket that the connections came from.
func (q *connQueue) Addr() net.Addr { return q.addr }
