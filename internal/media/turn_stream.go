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
	firstFrameTimeout = 30 * time.Second
	nextFrameTimeout  = 11 * time.Minute // above the 10 minutes within which a client must refresh its relay
	frameWriteTimeout = 10 * time.Second // a client that does not read for so long is gone
	acceptBackoff     = 50 * time.Millisecond

	stunHeader        = 20         // bytes, not counted in the length of a STUN message
	channelDataHeader = 4          // bytes, not counted in the length of ChannelData
	shortestFrame     = 9          // pion waits for more when it gets less
	magicCookie       = 0x2112A442 // in every STUN message (RFC 8489 §5)
)

var errNoFrame = errors.New("neither a STUN message nor ChannelData, or too long")

// streamListener accepts the TCP connections of TURN.
type streamListener struct {
	net.Listener

	mediaIP netip.Addr // see stream
}

// Accept fails only when the listener is closed. Pion stops accepting after any error, also after too many open files.
func (l streamListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			return newStream(conn, l.mediaIP), nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		time.Sleep(acceptBackoff)
	}
}

// stream gives pion one whole frame with each Read. Pion's own search for the end of a frame loops for ever at a
// length near 64 KiB, and recurses deeper with each part that arrives. A stream also ends a connection that is
// silent for long.
//
// Concurrency: one goroutine of pion reads; others may write, and net.Conn orders their writes.
type stream struct {
	net.Conn

	in      *bufio.Reader
	timeout time.Duration // for the next frame as a whole
	mediaIP netip.Addr    // reported by LocalAddr
}

// newStream wraps an accepted TURN connection. mediaIP is this server's address for audio, which LocalAddr reports
// instead of the real one.
func newStream(conn net.Conn, mediaIP netip.Addr) *stream {
	return &stream{Conn: conn, in: bufio.NewReaderSize(conn, 2048), timeout: firstFrameTimeout, mediaIP: mediaIP}
}

// LocalAddr returns the IP address that this server advertises for audio. When a client requests no address family, as
// browsers do not, pion takes the family of this address for the relay. The real one is of no use: most connections
// come from the front or a proxy, on loopback.
func (s *stream) LocalAddr() net.Addr {
	local := s.Conn.LocalAddr()
	if tcp, ok := local.(*net.TCPAddr); ok {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.mediaIP, uint16(tcp.Port)))
	}
	return local
}

// Read returns one frame. It skips frames that are too short for pion; audio is never as short.
func (s *stream) Read(p []byte) (int, error) {
	for {
		if err := s.SetReadDeadline(time.Now().Add(s.timeout)); err != nil {
			return 0, err
		}
		size, err := s.nextFrameSize()
		if err != nil {
			return 0, err
		}
		if size > len(p) {
			return 0, errNoFrame
		}
		if _, err := io.ReadFull(s.in, p[:size]); err != nil {
			return 0, err
		}
		s.timeout = nextFrameTimeout
		if size >= shortestFrame {
			return size, nil
		}
	}
}

// nextFrameSize returns the size of the next frame with its header. Pion must compute the same, or it would continue in
// the middle of a frame with a length that the client made up. So a frame that looks like both kinds, or
// like neither, is an error.
func (s *stream) nextFrameSize() (int, error) {
	head, err := s.in.Peek(channelDataHeader)
	if err != nil {
		return 0, err
	}
	kind, length := head[0]>>6, int(binary.BigEndian.Uint16(head[2:]))
	if kind == 1 && length == 0 {
		return channelDataHeader, nil
	}
	if head, err = s.in.Peek(channelDataHeader + 4); err != nil {
		return 0, err
	}
	switch hasCookie := binary.BigEndian.Uint32(head[channelDataHeader:]) == magicCookie; {
	case kind == 0 && hasCookie:
		return stunHeader + length, nil
	case kind == 1 && !hasCookie:
		return channelDataHeader + (length+3)&^3, nil // padded over TCP (RFC 8656 §12.5)
	}
	return 0, errNoFrame
}

// Write closes the connection after an error, which may have cut a frame in the middle.
func (s *stream) Write(p []byte) (int, error) {
	if err := s.SetWriteDeadline(time.Now().Add(frameWriteTimeout)); err != nil {
		return 0, err
	}
	n, err := s.Conn.Write(p)
	if err != nil {
		_ = s.Close()
	}
	return n, err
}
