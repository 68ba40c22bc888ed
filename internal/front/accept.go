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

const handshakeMost = 10 * time.Second

// accept takes connections until the socket is closed. Each handshake is its own goroutine, so that a slow one keeps nobody.
func (f *Front) accept(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	shared := &tls.Config{GetConfigForClient: f.config, GetCertificate: f.certificate}
	for {
		conn, err := f.secure.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil { // too many open files, or a client that left already
			if !pause(ctx, 50*time.Millisecond) {
				return nil
			}
			continue
		}
		all.Go(func() { f.take(ctx, conn, shared) })
	}
}

// take does the handshake and decides whose the connection is.
func (f *Front) take(ctx context.Context, raw net.Conn, shared *tls.Config) {
	conn := tls.Server(raw, shared)
	ctx, cancel := context.WithTimeout(ctx, handshakeMost)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		conn.Close()
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err // without the addresses
		}
		f.Log.DebugContext(ctx, "tls handshake failed", "err", err)
		return
	}
	state := conn.ConnectionState()
	if state.NegotiatedProtocol == acmeProtocol {
		conn.Close()
		return
	}
	if to, routed := f.Routes[name(state.ServerName)]; routed {
		f.pass(ctx, conn, to)
		return
	}
	f.accepted.put(conn)
}

// name is how Routes are looked up: as written in a setting, lower case and without the last dot.
func name(sni string) string { return strings.TrimSuffix(strings.ToLower(sni), ".") }

// pause is false when ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// remedy adds what to do about a port that cannot be had.
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.EACCES):
		return " (ports below 1024 need CAP_NET_BIND_SERVICE, as AmbientCapabilities in a systemd unit gives it)"
	case errors.Is(err, syscall.EADDRINUSE):
		return " (another web server has it: put it before nests as a proxy, or stop it)"
	}
	return ""
}

// queue is a net.Listener of connections that somebody else accepted.
type queue struct {
	addr net.Addr
	come chan net.Conn
	done chan struct{}
	once sync.Once
}

func newQueue(addr net.Addr) *queue {
	return &queue{addr: addr, come: make(chan net.Conn), done: make(chan struct{})}
}

func (q *queue) put(c net.Conn) {
	select {
	case q.come <- c:
	case <-q.done:
		c.Close()
	}
}

// Accept says net.ErrClosed after Close.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.come:
		return c, nil
	case <-q.done:
		return nil, net.ErrClosed
	}
}

// Close lets waiting connections go.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.done) })
	return nil
}

// Addr is the socket's.
func (q *queue) Addr() net.Addr { return q.addr }
