package media

import (
	"net"
	"net/netip"
	"sync"

	"nests/internal/ratelimit"
)

const (
	relaysPerParticipant = 16   // a client opens one for each of its networks and each transport
	relaysPerSubscriber  = 256  // over UDP; a school or an office shares one address
	relaysTotal          = 4096 // each has a socket
)

// relayQuota bounds the relays, in total, of one participant and of one subscriber. The zero value is ready.
//
// Concurrency: the goroutines of the TURN server call its methods. One lock guards the counts, and nothing blocks under
// it. Between allows and created another relay may be counted, so a limit can be exceeded by the requests in progress.
type relayQuota struct {
	mu            sync.Mutex
	total         int
	byParticipant map[string]int
	bySubscriber  map[netip.Prefix]int // over UDP
}

func (q *relayQuota) allows(participant, _ string, from net.Addr) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	key, counts := subscriber(from)
	return q.total < relaysTotal && q.byParticipant[participant] < relaysPerParticipant &&
		(!counts || q.bySubscriber[key] < relaysPerSubscriber)
}

func (q *relayQuota) created(from, _ net.Addr, _, participant, _ string, _ net.Addr, _ int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.byParticipant == nil {
		q.byParticipant, q.bySubscriber = map[string]int{}, map[netip.Prefix]int{}
	}
	q.total++
	q.byParticipant[participant]++
	if key, counts := subscriber(from); counts {
		q.bySubscriber[key]++
	}
}

func (q *relayQuota) deleted(from, _ net.Addr, _, participant, _ string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.total--
	decrement(q.byParticipant, participant)
	if key, counts := subscriber(from); counts {
		decrement(q.bySubscriber, key)
	}
}

func decrement[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}

// subscriber returns the subscriber that a relay over UDP counts for. A relay over TCP counts for none: it comes
// from the front, which has a limit of its own, or from a proxy. Neither does one from a loopback or private
// address, which may be a proxy's, too.
func subscriber(from net.Addr) (key netip.Prefix, counts bool) {
	udp, ok := from.(*net.UDPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	addr := udp.AddrPort().Addr().Unmap()
	if addr.IsLoopback() || addr.IsPrivate() {
		return netip.Prefix{}, false
	}
	return ratelimit.SubscriberKey(addr), true
}
