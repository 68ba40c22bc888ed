package media

import (
	"net"
	"net/netip"
	"sync"

	"nests/internal/ratelimit"
)

const (
	relaysEach    = 16   // of one participant: a client takes one for each of its networks and each way to us
	relaysAddress = 256  // of one address over UDP, behind which may be a school or an office
	relaysAll     = 4096 // each takes a socket
)

// quota counts relays, so that nobody takes all.
type quota struct {
	mu      sync.Mutex
	all     int
	of      map[string]int       // by participant
	address map[netip.Prefix]int // over UDP
}

func (q *quota) allows(user, _ string, from net.Addr) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	key, ok := subscriber(from)
	return q.all < relaysAll && q.of[user] < relaysEach && (!ok || q.address[key] < relaysAddress)
}

func (q *quota) created(from, _ net.Addr, _, user, _ string, _ net.Addr, _ int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of == nil {
		q.of, q.address = map[string]int{}, map[netip.Prefix]int{}
	}
	q.all++
	q.of[user]++
	if key, ok := subscriber(from); ok {
		q.address[key]++
	}
}

func (q *quota) deleted(from, _ net.Addr, _, user, _ string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all--
	release(q.of, user)
	if key, ok := subscriber(from); ok {
		release(q.address, key)
	}
}

func release[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}

// subscriber returns whom a relay over UDP counts for; ok is false when that is unknown. A relay over TCP comes from the front,
// which counts by itself, or from a proxy. So may one from this machine or a private network.
func subscriber(from net.Addr) (key netip.Prefix, ok bool) {
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
