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

// lostConn is a connection whose CloseWrite does not reach the other side, as if the network were lost.
type lostConn struct{ net.Conn }

func (lostConn) CloseWrite() error { return nil }

// A proxied connection ends in time when a side is silent, does not read, or stays after the other side has left.
func TestProxyTimeouts(t *testing.T) {
	for name, test := range map[string]struct {
		after       time.Duration
		clientReads bool
		server      func(net.Conn)
	}{
		"both sides are silent": {after: idleTimeout, clientReads: true},
		"the server closes, the client is silent": {
			after:       lingerTimeout,
			clientReads: true,
			server:      func(c net.Conn) { c.Close() },
		},
		"the client does not read": {
			after:  writeTimeout + lingerTimeout,
			server: func(c net.Conn) { c.Write([]byte("x")) },
		},
		"only the server sends": {
			after:       idleTimeout + lingerTimeout,
			clientReads: true,
			server: func(c net.Conn) {
				for range 1000 {
					if _, err := c.Write([]byte("x")); err != nil {
						return
					}
					<-time.After(time.Minute) // of the bubble's clock
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, fromClient := net.Pipe()
				toServer, server := net.Pipe()
				var others sync.WaitGroup
				others.Go(func() { _, _ = io.Copy(io.Discard, server) })
				if test.clientReads {
					others.Go(func() { _, _ = io.Copy(io.Discard, client) })
				}
				if test.server != nil {
					others.Go(func() { test.server(server) })
				}
				start := time.Now()
				copyBothWays(lostConn{fromClient}, lostConn{toServer})
				if took := time.Since(start); took != test.after {
					t.Errorf("the connection ended after %v, want %v", took, test.after)
				}
				for _, c := range []net.Conn{client, fromClient, toServer, server} {
					c.Close()
				}
				others.Wait()
			})
		})
	}
}

// A connection over the limit is closed, and a connection that ends frees its slot.
func TestProxyIsBounded(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	f := &Front{Log: slog.New(slog.DiscardHandler)}
	f.connLimit.total = connsTotal - 1
	connect := func() (client net.Conn, done chan struct{}) {
		client, from := net.Pipe()
		done = make(chan struct{})
		go func() { f.proxy(t.Context(), lostConn{from}, server.Addr().String()); close(done) }()
		return client, done
	}
	first, ended := connect()
	conn, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_, refused := connect()
	<-refused
	first.Close()
	conn.Close()
	<-ended
	last, ended := connect()
	if conn, err = server.Accept(); err != nil {
		t.Fatal(err)
	}
	last.Close()
	conn.Close()
	<-ended
}

func tcpAddr(address string) net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))
}

func TestConnLimit(t *testing.T) {
	var l connLimit
	acquire := func(n int, address string) {
		t.Helper()
		for i := range n {
			if !l.acquire(tcpAddr(address)) {
				t.Fatalf("connection %d from %s is refused", i+1, address)
			}
		}
	}
	acquire(connsPerSubscriber, "198.51.100.1:1")
	acquire(connsPerSubscriber, "[2001:db8::1]:1")
	for _, full := range []string{"198.51.100.1:2", "[::ffff:198.51.100.1]:3", "[2001:db8::2]:1"} {
		if l.acquire(tcpAddr(full)) {
			t.Errorf("%s gets more than connsPerSubscriber slots", full)
		}
	}
	acquire(1, "[2001:db8:0:1::1]:1")
	l.release(tcpAddr("198.51.100.1:1"))
	acquire(1, "198.51.100.1:9")
	acquire(connsTotal-2*connsPerSubscriber-1, "10.0.0.1:1") // a proxy
	if l.acquire(tcpAddr("203.0.113.1:1")) {
		t.Error("a connection over connsTotal is admitted")
	}
	l.release(tcpAddr("10.0.0.1:1"))
	acquire(1, "203.0.113.1:1")
}
