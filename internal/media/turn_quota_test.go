package media

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

func udpFrom(address string) net.Addr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 5000))
}

func TestTURNQuota(t *testing.T) {
	var q quota
	people := 0
	take := func(n int, from net.Addr) {
		t.Helper()
		for i := range n {
			if people++; !q.allows(fmt.Sprint(people), "", from) {
				t.Fatalf("relay %d from %v is refused", i+1, from)
			}
			q.created(from, nil, "", fmt.Sprint(people), "", nil, 0)
		}
	}
	take(relaysAddress, udpFrom("198.51.100.1"))
	take(relaysAddress, udpFrom("2001:db8::1"))
	for _, full := range []string{"198.51.100.1", "::ffff:198.51.100.1", "2001:db8::2"} {
		if q.allows("somebody", "", udpFrom(full)) {
			t.Errorf("%s gets more than %d", full, relaysAddress)
		}
	}
	proxy := &net.TCPAddr{IP: net.IPv4(203, 0, 113, 9), Port: 1}
	take(1, udpFrom("2001:db8:0:1::1"))
	take(relaysAddress+1, udpFrom("127.0.0.1"))
	take(relaysAll-3*relaysAddress-2, proxy)
	if q.allows("somebody", "", udpFrom("203.0.113.1")) {
		t.Errorf("more than %d are given", relaysAll)
	}
	q.deleted(udpFrom("198.51.100.1"), nil, "", "1", "")
	take(1, udpFrom("198.51.100.1"))
}

// A relay lives as long as the audio sends to it, whatever its client wants, and then leaves its place to others.
func TestTURNRelayWithoutAudioEnds(t *testing.T) {
	s, audio := openTURNFor(t, "127.0.0.1", time.Second)
	used, err := client(t, s, until(time.Minute)+":PA_ann", "secret").Allocate()
	if err != nil {
		t.Fatal(err)
	}
	enough := make(chan struct{})
	go func() {
		for {
			select {
			case <-enough:
				return
			case <-time.After(10 * time.Millisecond):
				audio.WriteTo([]byte("x"), used.LocalAddr())
			}
		}
	}()
	for range relaysEach - 1 {
		if _, err := client(t, s, until(time.Minute)+":PA_ann", "secret").Allocate(); err != nil {
			t.Fatal(err)
		}
	}
	awaitRelays(t, s, 1)
	if _, err := client(t, s, until(time.Minute)+":PA_ann", "secret").Allocate(); err != nil {
		t.Errorf("the places of those that ended are not free: %v", err)
	}
	close(enough)
	awaitRelays(t, s, 0)
}

func awaitRelays(t *testing.T, s *TURN, want int) {
	t.Helper()
	tick, late := time.Tick(10*time.Millisecond), time.After(5*time.Second)
	for s.server.AllocationCount() != want {
		select {
		case <-tick:
		case <-late:
			t.Fatalf("%d relays are left, want %d", s.server.AllocationCount(), want)
		}
	}
}
