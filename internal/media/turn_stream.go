package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"
)

const (
	firstFrameMost = 30 * time.Second
	nextFrameMost  = 11 * time.Minute // above the 10 minutes within which a client must refresh its relay
	writeMost      = 10 * time.Second // who does not take what it asked for is gone
	acceptPause    = 50 * time.Millisecond

	stunHead      = 20         // bytes, which the length of a STUN message leaves out
	channelHead   = 4          // likewise of ChannelData
	shortestFrame = 9          // for pion, which waits for more when it has less
	magicCookie   = 0x2112A442 // of every STUN message (RFC 8489 §5)
)

var errNoFrame = errors.New("neither a STUN message nor ChannelData, or too long")

// streams are what arrives at TURN over TCP.
type streams struct {
	net.Listener

	node netip.Addr
}

// Accept fails only when the listener is closed: pion takes any error for the end, also too many open files.
func (l streams) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			return newStream(conn, l.node), nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		time.Sleep(acceptPause)
	}
}

// stream hands pion one whole frame with each Read. Where pion looks for the end of a frame itself, a length near 64 KiB makes
// it go round for ever, and every part that arrives deepens its stack. Whoever says nothing for long is let go.
type stream struct {
	net.Conn

	in   *bufio.Reader
	wait time.Duration // for the next frame as a whole
	node netip.Addr
}

func newStream(conn net.Conn, node netip.Addr) *stream {
	return &stream{Conn: conn, in: bufio.NewReaderSize(conn, 2048), wait: firstFrameMost, node: node}
}

// LocalAddr has the address of the audio, since pion takes its family for that of a relay when the client asks for none, as
// browsers do. Where the connection arrived says nothing: most come from our own front or a proxy, on loopback.
func (s *stream) LocalAddr() net.Addr {
	local := s.Conn.LocalAddr()
	if tcp, ok := local.(*net.TCPAddr); ok {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.node, uint16(tcp.Port)))
	}
	return local
}

func (s *stream) Read(p []byte) (int, error) {
	for {
		if err := s.SetReadDeadline(time.Now().Add(s.wait)); err != nil {
			return 0, err
		}
		size, err := s.next()
		if err != nil {
			return 0, err
		}
		if size > len(p) {
			return 0, errNoFrame
		}
		if _, err := io.ReadFull(s.in, p[:size]); err != nil {
			return 0, err
		}
		s.wait = nextFrameMost
		if size >= shortestFrame { // audio is never as short
			return size, nil
		}
	}
}

// next is the length of the next frame. Pion must see the same, else it would go on in the middle of a frame, with a length
// that the client made up: so what looks like both kinds or like neither is no frame.
func (s *stream) next() (int, error) {
	head, err := s.in.Peek(channelHead)
	if err != nil {
		return 0, err
	}
	kind, length := head[0]>>6, int(binary.BigEndian.Uint16(head[2:]))
	if kind == 1 && length == 0 {
		return channelHead, nil
	}
	if head, err = s.in.Peek(channelHead + 4); err != nil {
		return 0, err
	}
	switch cookie := binary.BigEndian.Uint32(head[channelHead:]) == magicCookie; {
	case kind == 0 && cookie:
		return stunHead + length, nil
	case kind == 1 && !cookie:
		return channelHead + (length+3)&^3, nil // padded over TCP (RFC 8656 §12.5)
	}
	return 0, errNoFrame
}

func (s *stream) Write(p []byte) (int, error) {
	if err := s.SetWriteDeadline(time.Now().Add(writeMost)); err != nil {
		return 0, err
	}
	n, err := s.Conn.Write(p)
	if err != nil { // perhaps in the middle of a frame
		_ = s.Close()
	}
	return n, err
}
