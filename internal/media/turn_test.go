package media

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// openTURN relays between loopback and a socket that stands for the audio.
func openTURN(t *testing.T, node string) (*TURN, *net.UDPConn) {
	t.Helper()
	return openTURNFor(t, node, 0)
}

// openTURNFor lets relays be idle for so long.
func openTURNFor(t *testing.T, node string, idle time.Duration) (*TURN, *net.UDPConn) {
	t.Helper()
	audio, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { audio.Close() })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	s := &TURN{Domain: "turn.example", UDPPort: free.LocalAddr().(*net.UDPAddr).Port, TLSPort: 443, Listener: listener, idle: idle}
	if err := s.start(node, audio.LocalAddr().(*net.UDPAddr).Port, "secret"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s, audio
}

// A packet comes back both ways, from an address of either family, also under an address that is not this machine's: a NAT gives it.
func TestTURNRelaysToItself(t *testing.T) {
	for _, node := range []string{"127.0.0.1", "203.0.113.7", "::1", "2001:db8::7"} {
		s, _ := openTURN(t, node)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := s.CheckUDP(ctx); err != nil {
			t.Errorf("over UDP as %s: %v", node, err)
		}
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := s.CheckStream(ctx, conn); err != nil {
			t.Errorf("over a stream as %s: %v", node, err)
		}
	}
}

// client is one of a participant, by credentials as LiveKit makes them.
func client(t *testing.T, s *TURN, username, secret string) *turn.Client {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := turn.NewClient(&turn.ClientConfig{TURNServerAddr: net.JoinHostPort(s.local.String(), strconv.Itoa(s.UDPPort)), Conn: conn,
		Username: username, Password: turnPassword(username, secret), LoggerFactory: &logging.DefaultLoggerFactory{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		conn.Close()
	})
	return c
}

func until(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }

// What a relay carries goes to the audio and nowhere else: not to other ports of this machine, nor to the internet.
func TestTURNReachesOnlyTheAudio(t *testing.T) {
	s, audio := openTURN(t, "127.0.0.1")
	relay, err := client(t, s, until(time.Minute)+":PA_ann", "secret").Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	other, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, foreign := range []string{"198.51.100.1", "10.0.0.1", "169.254.169.254", "127.0.0.2"} {
		if _, err := relay.WriteTo([]byte("x"), &net.UDPAddr{IP: net.ParseIP(foreign), Port: 53}); err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("a relay to %s is not refused: %v", foreign, err)
		}
	}
	for range 3 { // in order: when the last arrived, the others would have
		for _, to := range []*net.UDPConn{other, audio} {
			if _, err := relay.WriteTo([]byte("x"), to.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		audio.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, from, err := audio.ReadFromUDP(make([]byte, 9))
		if err != nil || from.String() != relay.LocalAddr().String() {
			t.Fatalf("the audio got it from %v, %v; the relay is %v", from, err, relay.LocalAddr())
		}
	}
	other.SetReadDeadline(time.Now())
	if n, _, err := other.ReadFromUDP(make([]byte, 9)); err == nil {
		t.Errorf("another port of this machine got %d bytes", n)
	}
}

// On a machine with several addresses only the one that browsers are told answers: from a socket on all, an answer leaves by
// whatever address the way back has, and browsers drop it.
func TestTURNListensWhereBrowsersAreTold(t *testing.T) {
	own, err := localOf(netip.MustParseAddr("203.0.113.7"))
	if err != nil || own.IsLoopback() {
		t.Skip("needs an address beside loopback")
	}
	for node, alone := range map[string]bool{own.String(): true, "203.0.113.7": false} {
		s, _ := openTURN(t, node)
		other, err := net.ListenPacket("udp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.UDPPort)))
		if (err == nil) != alone {
			t.Errorf("told %s: the port on another address: %v", node, err)
		}
		if err == nil {
			other.Close()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := s.CheckUDP(ctx); err != nil {
			t.Errorf("told %s: %v", node, err)
		}
	}
}

func TestTURNCredentials(t *testing.T) {
	s, _ := openTURN(t, "127.0.0.1")
	for name, c := range map[string]*turn.Client{
		"made with another secret": client(t, s, until(time.Minute)+":PA_ann", "guessed"),
		"out of date":              client(t, s, until(-2*time.Second)+":PA_ann", "secret"),
		"of nobody":                client(t, s, until(time.Minute), "secret"),
	} {
		if _, err := c.Allocate(); err == nil {
			t.Errorf("a credential %s gives a relay", name)
		}
	}
	for i := range relaysEach + 1 {
		_, err := client(t, s, until(time.Minute)+":PA_bob", "secret").Allocate()
		if (err != nil) != (i == relaysEach) {
			t.Errorf("relay %d of one participant: %v", i+1, err)
		}
	}
	if _, err := client(t, s, until(time.Minute)+":PA_eve", "secret").Allocate(); err != nil {
		t.Errorf("another's: %v", err)
	}
}

// LiveKit tells browsers the front's port and not the one behind it, and no STUN server of others.
func TestTURNIsAdvertised(t *testing.T) {
	e := Embedded{HTTPPort: 1, UDPPort: 2, Key: "k", Secret: "s", NodeIP: "203.0.113.7", TURN: &TURN{Domain: "turn.example", UDPPort: 3478, TLSPort: 8443, Listener: &net.TCPListener{}}}
	conf, err := e.config()
	if err != nil {
		t.Fatal(err)
	}
	secret := turnSecret("s")
	want := []config.TURNServer{{Host: "203.0.113.7", Port: 3478, Protocol: "udp", Secret: secret, TTL: 300},
		{Host: "turn.example", Port: 8443, Protocol: "tls", Secret: secret, TTL: 300}}
	if got := conf.RTC.TURNServers; len(got) != 2 || got[0] != want[0] || got[1] != want[1] || len(conf.RTC.STUNServers) != 0 {
		t.Errorf("advertised are %+v and %v", got, conf.RTC.STUNServers)
	}
}
