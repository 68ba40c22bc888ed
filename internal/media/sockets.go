package media

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"nests/internal/nest"
)

const hangUpTimeout = 2 * time.Second

var (
	errStopping = errors.New("server is stopping")
	errBlocked  = &nest.Error{
		Code:    nest.CodeBlocked,
		Message: "This address or key has just been blocked",
		Hint:    "Ask the server's operator to lift the block.",
	}
)

// CloseSockets closes every signalling connection and refuses new ones. Call it before LiveKit stops: a browser that
// loses its connection reconnects by itself, but one that receives LiveKit's SERVER_SHUTDOWN does not.
func (g *Gate) CloseSockets() { g.sockets.close() }

// Disconnect ends the connections from blocked addresses. It also removes the participants, so that their audio
// stops at once instead of when LiveKit gives up waiting for the socket to reconnect.
func (g *Gate) Disconnect(ctx context.Context, blocked nest.Blocked) {
	for _, s := range g.sockets.from(blocked.Address) {
		g.disconnect(ctx, s)
	}
}

func (g *Gate) disconnect(ctx context.Context, s *socket) {
	if err := g.Client.Remove(ctx, s.peer.room, s.peer.identity); err != nil {
		g.log(ctx, s.peer.room, s.peer.identity).Warn("blocked participant not removed", "err", err)
	}
	_ = s.Close()
}

// checkBlocked disconnects a socket whose client was blocked while it connected: Disconnect could not find it yet.
func (g *Gate) checkBlocked(ctx context.Context, s *socket) error {
	if g.Blocked == nil || !g.Blocked(s.peer.address, s.peer.identity) {
		return nil
	}
	g.disconnect(ctx, s)
	return errBlocked
}

// sockets are the open client connections of a gate.
//
// Concurrency: it is safe for concurrent use. The lock guards both fields and is held for map work and while from calls
// its function, never during network I/O.
type sockets struct {
	mu     sync.Mutex
	open   map[*socket]struct{}
	closed bool
}

// from returns the sockets whose client's address matches.
func (s *sockets) from(matches func(netip.Addr) bool) (matching []*socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for open := range s.open {
		if matches(open.peer.address) {
			matching = append(matching, open)
		}
	}
	return matching
}

// add fails after close.
func (s *sockets) add(conn net.Conn, peer peer) (*socket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errStopping
	}
	if s.open == nil {
		s.open = make(map[*socket]struct{})
	}
	added := &socket{Conn: conn, sockets: s, peer: peer}
	s.open[added] = struct{}{}
	return added, nil
}

func (s *sockets) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *sockets) remove(removed *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, removed)
}

// close closes the connections without a WebSocket close frame, as if the network were lost.
func (s *sockets) close() {
	s.mu.Lock()
	open := s.open
	s.open, s.closed = nil, true
	s.mu.Unlock()
	for closing := range open {
		_ = closing.Conn.Close()
	}
}

// peer is the participant that a socket signals for, and the address of its client.
type peer struct {
	room, identity string
	address        netip.Addr // the zero Addr when Gate.Address is nil
}

// socket is one client connection. The proxy's two goroutines read from it and write to it; any goroutine may close it.
type socket struct {
	net.Conn

	sockets *sockets
	peer    peer
}

// Read returns io.EOF for every error, also when the connection was cut, so that the proxy still delivers the client's
// last message.
func (s *socket) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

func (s *socket) Write(b []byte) (int, error) { return writeIgnoringErrors(s.Conn, b) }

func (s *socket) Close() error {
	s.sockets.remove(s)
	return s.Conn.Close()
}

// upstreamConn is the gate's WebSocket connection to LiveKit.
type upstreamConn struct{ io.ReadWriteCloser }

func (u upstreamConn) Write(b []byte) (int, error) { return writeIgnoringErrors(u.ReadWriteCloser, b) }

// CloseWrite is called when the client is gone. It gives LiveKit hangUpTimeout to close the connection, which
// LiveKit does after a leave message. If the connection ended right behind that message, LiveKit could miss it and
// keep the participant for another 21 s.
func (u upstreamConn) CloseWrite() error {
	time.AfterFunc(hangUpTimeout, func() { _ = u.Close() })
	return nil
}

// writeIgnoringErrors succeeds even if the other side is gone. The proxy ends both directions after any error, and
// would lose the last message of the side that left. Reading from that side returns the message, and then that it
// is gone.
func writeIgnoringErrors(to io.Writer, b []byte) (int, error) {
	_, _ = to.Write(b)
	return len(b), nil
}

// socketWriter adds a connection to sockets when the proxy takes it over for a WebSocket.
type socketWriter struct {
	http.ResponseWriter

	sockets  *sockets
	peer     peer
	onHijack func(*socket) error // an error ends the connection
}

// Unwrap is for http.ResponseController.
func (w *socketWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack implements http.Hijacker.
func (w *socketWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	added, err := w.sockets.add(conn, w.peer)
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	if err := w.onHijack(added); err != nil {
		return nil, nil, err
	}
	return added, buffered, nil
}
