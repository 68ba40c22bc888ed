package front

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// end is a connection whose other end is told nothing of a half-close, as of one that is lost.
type end struct{ net.Conn }

func (end) CloseWrite() error { return nil }

// Whoever is silent, takes nothing, or stays when the other side has left is let go in time.
func TestPassedOnEnds(t *testing.T) {
	for name, test := range map[string]struct {
		after time.Duration
		reads bool // the client
		far   func(net.Conn)
	}{
		"both are silent":                         {after: idleMost, reads: true},
		"the far side ends, the client is silent": {lingerMost, true, func(c net.Conn) { c.Close() }},
		"the client takes nothing":                {writeMost + lingerMost, false, func(c net.Conn) { c.Write([]byte("x")) }},
		"one speaks, the other does not": {idleMost + lingerMost, true, func(c net.Conn) {
			for range 1000 {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				<-time.After(time.Minute) // of the bubble's clock
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, from := net.Pipe()
				to, far := net.Pipe()
				var others sync.WaitGroup
				others.Go(func() { _, _ = io.Copy(io.Discard, far) })
				if test.reads {
					others.Go(func() { _, _ = io.Copy(io.Discard, client) })
				}
				if test.far != nil {
					others.Go(func() { test.far(far) })
				}
				began := time.Now()
				carry(end{from}, end{to})
				if took := time.Since(began); took != test.after {
					t.Errorf("it ended after %v, want %v", took, test.after)
				}
				for _, c := range []net.Conn{client, from, to, far} {
					c.Close()
				}
				others.Wait()
			})
		})
	}
}

// Who finds no place is hung up on, and whoever leaves makes room.
func TestPassedOnIsBounded(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	f := &Front{Log: slog.New(slog.DiscardHandler)}
	f.places.all = placesAll - 1
	come := func() (client net.Conn, done chan struct{}) {
		client, from := net.Pipe()
		done = make(chan struct{})
		go func() { f.pass(t.Context(), end{from}, far.Addr().String()); close(done) }()
		return client, done
	}
	first, ended := come()
	conn, err := far.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_, refused := come()
	<-refused
	first.Close()
	conn.Close()
	<-ended
	last, ended := come()
	if conn, err = far.Accept(); err != nil {
		t.Fatal(err)
	}
	last.Close()
	conn.Close()
	<-ended
}

func at(address string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address)) }

func TestPlaces(t *testing.T) {
	var p places
	fill := func(n int, address string) {
		t.Helper()
		for i := range n {
			if !p.take(at(address)) {
				t.Fatalf("%s is refused at %d", address, i)
			}
		}
	}
	fill(placesEach, "198.51.100.1:1")
	fill(placesEach, "[2001:db8::1]:1")
	for _, full := range []string{"198.51.100.1:2", "[::ffff:198.51.100.1]:3", "[2001:db8::2]:1"} {
		if p.take(at(full)) {
			t.Errorf("%s has more than its places", full)
		}
	}
	fill(1, "[2001:db8:0:1::1]:1")
	p.leave(at("198.51.100.1:1"))
	fill(1, "198.51.100.1:9")
	fill(placesAll-2*placesEach-1, "10.0.0.1:1") // a proxy's
	if p.take(at("203.0.113.1:1")) {
		t.Error("all are taken, and one more is given")
	}
	p.leave(at("10.0.0.1:1"))
	fill(1, "203.0.113.1:1")
}
