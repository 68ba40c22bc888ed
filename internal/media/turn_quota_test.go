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
	var q relayQuota
	participants := 0
	open := func(n int, from net.Addr) {
		t.Helper()
		for i := range n {
			if participants++; !q.allows(fmt.Sprint(participants), "", from) {
				t.Fatalf("relay %d from %v is refused", i+1, from)
			}
			q.created(from, nil, "", fmt.Sprint(participants), "", nil, 0)
		}
	}
	open(relaysPerSubscriber, udpFrom("198.51.100.1"))
	open(relaysPerSubscriber, udpFrom("2001:db8::1"))
	for _, full := range []string{"198.51.100.1", "::ffff:198.51.100.1", "2001:db8::2"} {
		if q.allows("another", "", udpFrom(full)) {
			t.Errorf("%s gets more than %d relays", full, relaysPerSubscriber)
		}
	}
	proxy := &net.TCPAddr{IP: net.IPv4(203, 0, 113, 9), Port: 1}
	open(1, udpFrom("2001:db8:0:1::1"))
	open(relaysPerSubscriber+1, udpFrom("127.0.0.1"))
	open(relaysTotal-3*relaysPerSubscriber-2, proxy)
	if q.allows("another", "", udpFrom("203.0.113.1")) {
		t.Errorf("more than %d relays are allowed", relaysTotal)
	}
	q.deleted(udpFrom("198.51.100.1"), nil, "", "1", "")
	open(1, udpFrom("198.51.100.1"))
}

// A relay ends when LiveKit sends it nothing, whatever its client requests, and then no longer counts.
func TestTURNRelayWithoutAudioEnds(t *testing.T) {
	s, audio := startTURNWithIdleTimeout(t, "127.0.0.1", time.Second)
	used, err := newClient(t, s, expiry(time.Minute)+":PA_ann", "secret").Allocate()
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				audio.WriteTo([]byte("x"), used.LocalAddr())
			}
		}
	}()
	for range relaysPerParticipant - 1 {
		if _, err := newClient(t, s, expiry(time.Minute)+":PA_ann", "secret").Allocate(); err != nil {
			t.Fatal(err)
		}
	}
	awaitRelayCount(t, s, 1)
	if _, err := newClient(t, s, expiry(time.Minute)+":PA_ann", "secret").Allocate(); err != nil {
		t.Errorf("relays that ended still count: %v", err)
	}
	close(stop)
	awaitRelayCount(t, s, 0)
}

func awaitRelayCount(t *testing.T, s *TURN, want int) {
	t.Helper()
	tick, late := time.Tick(10*time.Millisecond), time.After(5*time.Second)
	for s.server.AllocationCount() != want {
		select {
		case <-tick:
		case <-late:
			t.Fatalf("%d relays are open, want %d", s.server.AllocationCount(), want)
		}
	}
}
