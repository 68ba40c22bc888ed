package media

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// startTURN starts a TURN server on loopback, and returns it with the socket that stands for LiveKit's audio.
func startTURN(t *testing.T, node string) (*TURN, *net.UDPConn) {
	t.Helper()
	return startTURNWithIdleTimeout(t, node, 0)
}

func startTURNWithIdleTimeout(t *testing.T, node string, idle time.Duration) (*TURN, *net.UDPConn) {
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
	s := &TURN{
		Domain:           "turn.example",
		UDPPort:          free.LocalAddr().(*net.UDPAddr).Port,
		TLSPort:          443,
		Listener:         listener,
		relayIdleTimeout: idle,
	}
	if err := s.start(node, audio.LocalAddr().(*net.UDPAddr).Port, "secret"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s, audio
}

// The self-test succeeds over UDP and over a stream, for addresses of either family, and for one that is not this
// machine's, as behind a NAT.
func TestTURNSelfTest(t *testing.T) {
	for _, node := range []string{"127.0.0.1", "203.0.113.7", "::1", "2001:db8::7"} {
		s, _ := startTURN(t, node)
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

// newClient returns a client with credentials as LiveKit makes them. secret may be a wrong one.
func newClient(t *testing.T, s *TURN, username, secret string) *turn.Client {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: net.JoinHostPort(s.local.String(), strconv.Itoa(s.UDPPort)),
		Conn:           conn,
		Username:       username,
		Password:       turnPassword(username, secret),
		LoggerFactory:  &logging.DefaultLoggerFactory{},
	})
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

// expiry is the first part of a username, for credentials that expire after d.
func expiry(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }

// A relay sends to LiveKit's audio port only, not to other ports of this machine, nor to the internet.
func TestTURNRelaysOnlyToAudio(t *testing.T) {
	s, audio := startTURN(t, "127.0.0.1")
	relay, err := newClient(t, s, expiry(time.Minute)+":PA_ann", "secret").Allocate()
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
		_, err := relay.WriteTo([]byte("x"), &net.UDPAddr{IP: net.ParseIP(foreign), Port: 53})
		if err == nil || !strings.Contains(err.Error(), "403") {
			t.Errorf("a relay to %s is not refused: %v", foreign, err)
		}
	}
	for range 3 { // UDP keeps the order here: when the last packet has arrived, the others would have
		for _, to := range []*net.UDPConn{other, audio} {
			if _, err := relay.WriteTo([]byte("x"), to.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		audio.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, from, err := audio.ReadFromUDP(make([]byte, 9))
		if err != nil || from.String() != relay.LocalAddr().String() {
			t.Fatalf("the audio port received from %v, %v; the relay is %v", from, err, relay.LocalAddr())
		}
	}
	other.SetReadDeadline(time.Now())
	if n, _, err := other.ReadFromUDP(make([]byte, 9)); err == nil {
		t.Errorf("another port of this machine received %d bytes", n)
	}
}

// On a machine with several addresses, TURN listens only on the advertised one. From a socket on all of
// them, an answer can leave from another address, and clients drop it.
func TestTURNListensOnAdvertisedAddress(t *testing.T) {
	own, err := localOf(netip.MustParseAddr("203.0.113.7"))
	if err != nil || own.IsLoopback() {
		t.Skip("needs an address other than loopback")
	}
	for node, onlyThere := range map[string]bool{own.String(): true, "203.0.113.7": false} {
		s, _ := startTURN(t, node)
		other, err := net.ListenPacket("udp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.UDPPort)))
		if (err == nil) != onlyThere {
			t.Errorf("advertised %s: opening the port on another address: %v", node, err)
		}
		if err == nil {
			other.Close()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := s.CheckUDP(ctx); err != nil {
			t.Errorf("advertised %s: %v", node, err)
		}
	}
}

func TestTURNCredentials(t *testing.T) {
	s, _ := startTURN(t, "127.0.0.1")
	for name, c := range map[string]*turn.Client{
		"made with another secret": newClient(t, s, expiry(time.Minute)+":PA_ann", "guessed"),
		"that expired":             newClient(t, s, expiry(-2*time.Second)+":PA_ann", "secret"),
		"without a participant":    newClient(t, s, expiry(time.Minute), "secret"),
	} {
		if _, err := c.Allocate(); err == nil {
			t.Errorf("a credential %s opens a relay", name)
		}
	}
	for i := range relaysPerParticipant + 1 {
		_, err := newClient(t, s, expiry(time.Minute)+":PA_bob", "secret").Allocate()
		if (err != nil) != (i == relaysPerParticipant) {
			t.Errorf("relay %d of one participant: %v", i+1, err)
		}
	}
	if _, err := newClient(t, s, expiry(time.Minute)+":PA_eve", "secret").Allocate(); err != nil {
		t.Errorf("relay of another participant: %v", err)
	}
}

// LiveKit tells clients the public TLS port, not that of Listener, and no STUN servers of other operators.
func TestTURNIsAdvertised(t *testing.T) {
	e := Embedded{
		HTTPPort: 1,
		UDPPort:  2,
		Key:      "k",
		Secret:   "s",
		NodeIP:   "203.0.113.7",
		TURN:     &TURN{Domain: "turn.example", UDPPort: 3478, TLSPort: 8443, Listener: &net.TCPListener{}},
	}
	conf, err := e.config()
	if err != nil {
		t.Fatal(err)
	}
	secret := turnSecret("s")
	want := []config.TURNServer{
		{Host: "203.0.113.7", Port: 3478, Protocol: "udp", Secret: secret, TTL: 300},
		{Host: "turn.example", Port: 8443, Protocol: "tls", Secret: secret, TTL: 300},
	}
	if got := conf.RTC.TURNServers; !slices.Equal(got, want) || len(conf.RTC.STUNServers) != 0 {
		t.Errorf("TURN servers %+v, STUN servers %v", got, conf.RTC.STUNServers)
	}
}
