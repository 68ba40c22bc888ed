package front

import (
	"context"
	"io"
	"net"
	"time"
)

const (
	dialMost   = 5 * time.Second
	idleMost   = 15 * time.Minute // of one direction: a client of TURN must say something every ten
	writeMost  = 30 * time.Second
	lingerMost = 5 * time.Second // for what one side has still to say when the other has ended
	passBuffer = 4 << 10         // of each direction; what comes in TURN's frames is at most 1.6 kB
)

// pass dials address and carries bytes both ways until one side ends.
func (f *Front) pass(ctx context.Context, from halfCloser, address string) {
	defer from.Close()
	if !f.places.take(from.RemoteAddr()) {
		f.Log.DebugContext(ctx, "passing on refused", "err", "too many connections")
		return
	}
	defer f.places.leave(from.RemoteAddr())
	to, err := (&net.Dialer{Timeout: dialMost}).DialContext(ctx, "tcp", address)
	if err != nil {
		f.Log.WarnContext(ctx, "passing on failed", "err", err)
		return
	}
	defer to.Close()
	for _, c := range []net.Conn{from, to} {
		if !f.conns.add(c) {
			return
		}
		defer f.conns.drop(c)
	}
	carry(from, to.(*net.TCPConn))
}

type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// carry returns when both directions have ended, and closes what one that has ended leaves open.
func carry(a, b halfCloser) {
	ended := make(chan struct{}, 2)
	oneWay := func(to, from halfCloser) {
		_, _ = io.CopyBuffer(patient{to}, patient{from}, make([]byte, passBuffer))
		_ = to.CloseWrite()
		ended <- struct{}{}
	}
	go oneWay(a, b)
	go oneWay(b, a)
	<-ended
	linger := time.NewTimer(lingerMost)
	defer linger.Stop()
	select {
	case <-ended:
	case <-linger.C:
		a.Close()
		b.Close()
		<-ended
	}
}

// patient waits for the other side, but not for ever.
type patient struct{ conn net.Conn }

func (p patient) Read(b []byte) (int, error) {
	if err := p.conn.SetReadDeadline(time.Now().Add(idleMost)); err != nil {
		return 0, err
	}
	return p.conn.Read(b)
}

func (p patient) Write(b []byte) (int, error) {
	if err := p.conn.SetWriteDeadline(time.Now().Add(writeMost)); err != nil {
		return 0, err
	}
	return p.conn.Write(b)
}
