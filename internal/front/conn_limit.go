package front

import (
	"net"
	"net/netip"
	"sync"

	"nests/internal/ratelimit"
)

// A browser takes two to four connections, and a school or an office comes from one address.
const (
	placesEach = 256
	placesAll  = 4096
)

// places bounds the connections that are passed on, each of one address and all. Its zero value is ready.
type places struct {
	mu    sync.Mutex
	all   int
	taken map[netip.Prefix]int
}

func (p *places) take(remote net.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, counts := subscriber(remote)
	if p.all >= placesAll || counts && p.taken[key] >= placesEach {
		return false
	}
	p.all++
	if counts {
		if p.taken == nil {
			p.taken = map[netip.Prefix]int{}
		}
		p.taken[key]++
	}
	return true
}

func (p *places) leave(remote net.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if key, counts := subscriber(remote); counts {
		if p.taken[key]--; p.taken[key] == 0 {
			delete(p.taken, key)
		}
	}
}

// subscriber returns whom a connection counts for. The addresses of this machine and of private networks count for nobody:
// they may be a proxy's, and stand for many users.
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
