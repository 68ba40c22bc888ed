package front

import (
	"net"
	"net/netip"
	"sync"

	"nests/internal/ratelimit"
)

// A browser needs two to four proxied connections, and a school or an office shares one address.
const (
	connsPerSubscriber = 256
	connsTotal         = 4096
)

// connLimit bounds the proxied connections, in total and of one subscriber. The zero value is ready; it is safe for
// concurrent use.
type connLimit struct {
	mu           sync.Mutex
	total        int
	bySubscriber map[netip.Prefix]int
}

// acquire takes a slot, and returns false without one.
func (l *connLimit) acquire(remote net.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key, counts := subscriber(remote)
	if l.total >= connsTotal || counts && l.bySubscriber[key] >= connsPerSubscriber {
		return false
	}
	l.total++
	if counts {
		if l.bySubscriber == nil {
			l.bySubscriber = map[netip.Prefix]int{}
		}
		l.bySubscriber[key]++
	}
	return true
}

// release returns the slot that acquire took for the same address.
func (l *connLimit) release(remote net.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if key, counts := subscriber(remote); counts {
		if l.bySubscriber[key]--; l.bySubscriber[key] == 0 {
			delete(l.bySubscriber, key)
		}
	}
}

// subscriber returns the subscriber that a connection counts for. Loopback and private addresses count for none: they
// may be a proxy's, and stand for many users.
func subscriber(remote net.Addr) (key netip.Prefix, counts bool) {
	tcp, ok := remote.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	addr := tcp.AddrPort().Addr().Unmap()
	if addr.IsLoopback() || addr.IsPrivate() {
		return netip.Prefix{}, false
	}
	return ratelimit.SubscriberKey(addr), true
}
