package media

import (
	"net"
	"net/netip"
	"sync"
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
	of      map[string]int     // by participant
	address map[netip.Addr]int // over UDP
}

func (q *quota) allows(user, _ string, from net.Addr) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.all < relaysAll && q.of[user] < relaysEach && q.address[customer(from)] < relaysAddress
}

func (q *quota) created(from, _ net.Addr, _, user, _ string, _ net.Addr, _ int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of == nil {
		q.of, q.address = map[string]int{}, map[netip.Addr]int{}
	}
	q.all++
	q.of[user]++
	if address := customer(from); address.IsValid() {
		q.address[address]++
	}
}

func (q *quota) deleted(from, _ net.Addr, _, user, _ string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all--
	release(q.of, user)
	if address := customer(from); address.IsValid() {
		release(q.address, address)
	}
}

func release[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}

// customer is an IPv4 address, or the /64 that one IPv6 subscriber has. It is not valid for who cannot be told apart: what
// comes over TCP comes from the front, which counts by itself, or from a proxy, as may what comes from a network of our own.
func customer(from net.Addr) netip.Addr {
	udp, ok := from.(*net.UDPAddr)
	if !ok {
		return netip.Addr{}
	}
	address := udp.AddrPort().Addr().Unmap().WithZone("")
	if address.IsLoopback() || address.IsPrivate() {
		return netip.Addr{}
	}
	if address.Is6() {
		prefix, _ := address.Prefix(64)
		return prefix.Addr()
	}
	return address
}
