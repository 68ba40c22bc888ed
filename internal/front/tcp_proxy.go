package front

import (
	"context"
	"io"
	"net"
	"time"
)

const (
	dialTimeout     = 5 * time.Second
	idleTimeout     = 15 * time.Minute // of one direction; a TURN client sends something every 10 minutes
	writeTimeout    = 30 * time.Second
	lingerTimeout   = 5 * time.Second // for the rest of one direction after the other has ended
	proxyBufferSize = 4 << 10         // of each direction; TURN's frames are at most 1.6 kB
)

// proxy connects to address and copies bytes both ways until one side ends. It blocks until both connections are
// closed.
func (f *Front) proxy(ctx context.Context, client halfCloser, address string) {
	defer client.Close()
	if !f.connLimit.acquire(client.RemoteAddr()) {
		f.Log.DebugContext(ctx, "connection not proxied", "err", "too many connections")
		return
	}
	defer f.connLimit.release(client.RemoteAddr())
	server, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		f.Log.WarnContext(ctx, "connection not proxied", "err", err)
		return
	}
	defer server.Close()
	for _, c := range []net.Conn{client, server} {
		if !f.proxied.add(c) {
			return
		}
		defer f.proxied.remove(c)
	}
	copyBothWays(client, server.(*net.TCPConn))
}

type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// copyBothWays returns when both directions have ended. When one has ended, it closes both connections after
// lingerTimeout.
func copyBothWays(a, b halfCloser) {
	ended := make(chan struct{}, 2)
	oneWay := func(to, from halfCloser) {
		_, _ = io.CopyBuffer(deadlineConn{to}, deadlineConn{from}, make([]byte, proxyBufferSize))
		_ = to.CloseWrite()
		ended <- struct{}{}
	}
	go oneWay(a, b)
	go oneWay(b, a)
	<-ended
	linger := time.NewTimer(lingerTimeout)
	defer linger.Stop()
	select {
	case <-ended:
	case <-linger.C:
		a.Close()
		b.Close()
		<-ended
	}
}

// deadlineConn gives each read and each write a time limit.
type deadlineConn struct{ conn net.Conn }

func (d deadlineConn) Read(b []byte) (int, error) {
	if err := d.conn.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
		return 0, err
	}
	return d.conn.Read(b)
}

func (d deadlineConn) Write(b []byte) (int, error) {
	if err := d.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return d.conn.Write(b)
}
