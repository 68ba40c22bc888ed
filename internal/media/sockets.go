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

// CloseSockets cuts every signalling connection and lets no new one through. It comes before LiveKit stops: a browser
// that loses its connection tries again by itself, one that hears LiveKit's SERVER_SHUTDOWN does not.
func (g *Gate) CloseSockets() { g.sockets.close() }

// sockets are the hijacked client connections of one gate.
type sockets struct {
	mu     sync.Mutex
	open   map[*socket]struct{}
	closed bool
}

var (
	errStopping = errors.New("server is stopping")
	errBlocked  = &nest.Error{Code: nest.CodeBlocked, Message: "This address or key was blocked on the way in", Hint: "Ask the server's operator to lift the block."}
)

// Disconnect ends the connections from blocked addresses. It also removes the participants, so that their audio stops at once instead of
// when LiveKit gives up waiting for the socket to reconnect.
func (g *Gate) Disconnect(ctx context.Context, blocked nest.Blocked) {
	for _, s := range g.sockets.from(blocked.Address) {
		g.cut(ctx, s)
	}
}

func (g *Gate) cut(ctx context.Context, s *socket) {
	if err := g.Client.Remove(ctx, s.who.room, s.who.identity); err != nil {
		g.log(ctx, s.who.room, s.who.identity).Warn("blocked participant not removed", "err", err)
	}
	_ = s.Close()
}

// look is Disconnect for one connection, as soon as Disconnect can find it: a block that came while it was being let in did not.
func (g *Gate) look(ctx context.Context, s *socket) error {
	if g.Blocked == nil || !g.Blocked(s.who.address, s.who.identity) {
		return nil
	}
	g.cut(ctx, s)
	return errBlocked
}

// whose says which participant a socket signals for, and from where.
type whose struct {
	room, identity string
	address        netip.Addr
}

func (s *sockets) from(address func(netip.Addr) bool) (found []*socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for tracked := range s.open {
		if address(tracked.who.address) {
			found = append(found, tracked)
		}
	}
	return found
}

func (s *sockets) add(conn net.Conn, who whose) (*socket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errStopping
	}
	if s.open == nil {
		s.open = make(map[*socket]struct{})
	}
	tracked := &socket{Conn: conn, of: s, who: who}
	s.open[tracked] = struct{}{}
	return tracked, nil
}

func (s *sockets) stopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *sockets) remove(tracked *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, tracked)
}

// close ends the connections without a WebSocket close frame, as a lost network does.
func (s *sockets) close() {
	s.mu.Lock()
	open := s.open
	s.open, s.closed = nil, true
	s.mu.Unlock()
	for tracked := range open {
		_ = tracked.Conn.Close()
	}
}

type socket struct {
	net.Conn
	of  *sockets
	who whose
}

// Read ends in peace, also when the connection was cut, so that what the client said last still goes its way.
func (s *socket) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

func (s *socket) Write(b []byte) (int, error) { return writeOn(s.Conn, b) }

func (s *socket) Close() error {
	s.of.remove(s)
	return s.Conn.Close()
}

// upstream is LiveKit's end of a WebSocket.
type upstream struct{ io.ReadWriteCloser }

func (u upstream) Write(b []byte) (int, error) { return writeOn(u.ReadWriteCloser, b) }

// CloseWrite is called when the client is gone. LiveKit may forget a leave whose connection ends right behind it, and keeps
// the person in the room for another 21 s then; after a leave it hangs up by itself, so it is given the time.
func (u upstream) CloseWrite() error {
	time.AfterFunc(hangUpTimeout, func() { _ = u.Close() })
	return nil
}

// writeOn writes and does not mind that nobody listens any more. The proxy ends both directions when one fails, and would
// lose what that end said last. Reading from the same end finds those words, and then that it is gone.
func writeOn(to io.Writer, b []byte) (int, error) {
	_, _ = to.Write(b)
	return len(b), nil
}

// socketWriter notes the connection that the proxy takes over for a WebSocket.
type socketWriter struct {
	http.ResponseWriter
	sockets *sockets
	who     whose
	look    func(*socket) error // says whether it may stay
}

func (w *socketWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *socketWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	tracked, err := w.sockets.add(conn, w.who)
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	if err := w.look(tracked); err != nil {
		return nil, nil, err
	}
	return tracked, buffered, nil
}
