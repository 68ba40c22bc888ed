package media

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func dialTURN(t *testing.T, s *TURN) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// checkRelay fails unless a packet can be relayed through the connection.
func checkRelay(t *testing.T, s *TURN, conn net.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.CheckStream(ctx, conn); err != nil {
		t.Error(err)
	}
}

// Anyone can send these without credentials. TURN closes each connection, and still serves the next one.
func TestTURNClosesMalformedStreams(t *testing.T) {
	s, _ := startTURN(t, "127.0.0.1")
	for name, frame := range map[string]string{
		"ChannelData of 64 KiB":    "4000fffc0000000000",
		"a STUN message of 64 KiB": "0001ffec2112a442000000000000000000000000",
		"a long STUN message":      "000108002112a442000000000000000000000000",
		"HTTP":                     "474554202f20485454502f312e310d0a0d0a0000",
		"DTLS":                     "16fefd00000000000000000000000000000000000000",
		"STUN without the cookie":  "0001000000000000000000000000000000000000",
		"ChannelData with the cookie": "400000042112a442" +
			"40000018" + "000000000000000000000000" + "4000fffc0000000000000000",
		"longer ChannelData with the cookie": "4000000c2112a4420000000000000000" +
			"4000001000000000" + "4000fffc0000000000000000",
	} {
		conn := dialTURN(t, s)
		sent, err := hex.DecodeString(frame)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(sent); err != nil {
			t.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection stays open", name)
		}
	}
	checkRelay(t, s, dialTURN(t, s))
}

// byteWriter sends each byte in a packet of its own.
type byteWriter struct {
	net.Conn

	mu sync.Mutex // a client writes from several goroutines, and frames must not mix
}

func (c *byteWriter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range p {
		if _, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// failingListener fails to accept a number of times, as with too many open files.
type failingListener struct {
	net.Listener

	failures atomic.Int32
}

func (l *failingListener) Accept() (net.Conn, error) {
	if l.failures.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

func TestTURNSurvivesTooManyOpenFiles(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &failingListener{Listener: listener}
	l.failures.Store(2)
	s := &TURN{Domain: "turn.example", Listener: l}
	if err := s.start("127.0.0.1", 1, "secret"); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	checkRelay(t, s, dialTURN(t, s))
}

func TestTURNReassemblesFrames(t *testing.T) {
	s, _ := startTURN(t, "127.0.0.1")
	checkRelay(t, s, &byteWriter{Conn: dialTURN(t, s)})
	conn := dialTURN(t, s)
	tooShort := []byte{0x40, 0, 0, 0, 0x40, 0, 0, 1, 0, 0, 0, 0} // two valid frames that are skipped
	if _, err := conn.Write(tooShort); err != nil {
		t.Fatal(err)
	}
	checkRelay(t, s, conn)
}

func TestStreamReadsOneFrameAtATime(t *testing.T) {
	here, there := tcpPair(t)
	message := append([]byte{0, 1, 0, 4, 0x21, 0x12, 0xA4, 0x42}, make([]byte, 16)...)
	data := []byte{0x40, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0}
	go func() {
		there.Write(bytes.Join([][]byte{message, data, message[:10]}, nil))
		there.Close()
	}()
	s, p := newStream(here, netip.Addr{}), make([]byte, 1600)
	for _, want := range [][]byte{message, data} {
		if n, err := s.Read(p); err != nil || !bytes.Equal(p[:n], want) {
			t.Errorf("read %x, %v, want %x", p[:n], err, want)
		}
	}
	if n, err := s.Read(p); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a frame: %d bytes, %v", n, err)
	}
}

// tcpPair returns both ends of a TCP connection. Unlike a net.Pipe, an end still accepts deadlines, and returns what it
// received, after the other has closed.
func tcpPair(t *testing.T) (here, there net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if there, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { there.Close() })
	if here, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close() })
	return here, there
}

// A stream ends half a minute after it opens without a frame, and later after the time in which a client must
// refresh its relay. Single bytes do not prolong that.
func TestStreamTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		s, p := newStream(here, netip.Addr{}), make([]byte, 1600)
		message := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42}, make([]byte, 12)...)
		go there.Write(message)
		if _, err := s.Read(p); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := s.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != nextFrameTimeout {
			t.Errorf("after a frame: %v after %v", err, time.Since(start))
		}
		here, there = net.Pipe()
		defer there.Close()
		s, start = newStream(here, netip.Addr{}), time.Now()
		go func() {
			for _, b := range message {
				if _, err := there.Write([]byte{b}); err != nil {
					return
				}
				<-time.After(2 * time.Second) // of the bubble's clock
			}
		}()
		if _, err := s.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != firstFrameTimeout {
			t.Errorf("byte by byte: %v after %v", err, time.Since(start))
		}
		start = time.Now()
		if _, err := s.Write(p); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != frameWriteTimeout {
			t.Errorf("the client does not read: %v after %v", err, time.Since(start))
		}
		if _, err := s.Read(p); err == nil {
			t.Error("the connection stays open after half a frame was written")
		}
	})
}
