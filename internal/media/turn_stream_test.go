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

// relaysOver wants a packet to come back by a connection.
func relaysOver(t *testing.T, s *TURN, conn net.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.CheckStream(ctx, conn); err != nil {
		t.Error(err)
	}
}

// Nobody needs credentials to send these. All are hung up on, and others are served on.
func TestTURNEndsWhatIsNoFrame(t *testing.T) {
	s, _ := openTURN(t, "127.0.0.1")
	for name, frame := range map[string]string{
		"ChannelData as long as 64 KiB":         "4000fffc0000000000",
		"a STUN message as long as 64 KiB":      "0001ffec2112a442000000000000000000000000",
		"a long STUN message":                   "000108002112a442000000000000000000000000",
		"HTTP":                                  "474554202f20485454502f312e310d0a0d0a0000",
		"DTLS":                                  "16fefd00000000000000000000000000000000000000",
		"no cookie":                             "0001000000000000000000000000000000000000",
		"ChannelData that looks like STUN":      "400000042112a442" + "40000018" + "000000000000000000000000" + "4000fffc0000000000000000",
		"longer ChannelData that looks like it": "4000000c2112a4420000000000000000" + "4000001000000000" + "4000fffc0000000000000000",
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
			t.Errorf("%s: the connection goes on", name)
		}
	}
	relaysOver(t, s, dialTURN(t, s))
}

// slow sends each byte by itself.
type slow struct {
	net.Conn

	whole sync.Mutex // a client writes from several goroutines
}

func (c *slow) Write(p []byte) (int, error) {
	c.whole.Lock()
	defer c.whole.Unlock()
	for i := range p {
		if _, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// short fails to accept at first.
type short struct {
	net.Listener

	fails atomic.Int32
}

func (l *short) Accept() (net.Conn, error) {
	if l.fails.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

func TestTURNOutlivesTooManyOpenFiles(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &short{Listener: listener}
	l.fails.Store(2)
	s := &TURN{Domain: "turn.example", Listener: l}
	if err := s.start("127.0.0.1", 1, "secret"); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	relaysOver(t, s, dialTURN(t, s))
}

func TestTURNPutsFramesTogether(t *testing.T) {
	s, _ := openTURN(t, "127.0.0.1")
	relaysOver(t, s, &slow{Conn: dialTURN(t, s)})
	conn := dialTURN(t, s)
	if _, err := conn.Write([]byte{0x40, 0, 0, 0, 0x40, 0, 0, 1, 0, 0, 0, 0}); err != nil { // too short to be of use, and no fault
		t.Fatal(err)
	}
	relaysOver(t, s, conn)
}

func TestStreamReadsOneFrame(t *testing.T) {
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

// tcpPair is a connection as TURN gets it. Unlike a net.Pipe it takes a deadline also when its other end is closed, and
// what was received before can still be read.
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

// Silence is borne for half a minute from a stranger, and later as long as a relay lives without its client; one byte now
// and then is silence too.
func TestSilentStreamEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer there.Close()
		s, p := newStream(here, netip.Addr{}), make([]byte, 1600)
		message := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42}, make([]byte, 12)...)
		go there.Write(message)
		if _, err := s.Read(p); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := s.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != nextFrameMost {
			t.Errorf("after a frame: %v after %v", err, time.Since(began))
		}
		here, there = net.Pipe()
		defer there.Close()
		s, began = newStream(here, netip.Addr{}), time.Now()
		go func() {
			for _, b := range message {
				if _, err := there.Write([]byte{b}); err != nil {
					return
				}
				<-time.After(2 * time.Second) // of the bubble's clock
			}
		}()
		if _, err := s.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != firstFrameMost {
			t.Errorf("byte by byte: %v after %v", err, time.Since(began))
		}
		began = time.Now()
		if _, err := s.Write(p); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != writeMost {
			t.Errorf("nobody takes it: %v after %v", err, time.Since(began))
		}
		if _, err := s.Read(p); err == nil {
			t.Error("half a frame was written, and the connection goes on")
		}
	})
}
