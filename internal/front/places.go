package front

import (
	"net"
	"net/netip"
	"sync"
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
	taken map[netip.Addr]int
}

func (p *places) take(remote net.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	who, counts := payer(remote)
	if p.all >= placesAll || counts && p.taken[who] >= placesEach {
		return false
	}
	p.all++
	if counts {
		if p.taken == nil {
			p.taken = map[netip.Addr]int{}
		}
		p.taken[who]++
	}
	return true
}

func (p *places) leave(remote net.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if who, counts := payer(remote); counts {
		if p.taken[who]--; p.taken[who] == 0 {
			delete(p.taken, who)
		}
	}
}

// payer is whom a connection counts for: an IPv4 address, or the /64 that one IPv6 subscriber has. Addresses that only a proxy
// before us or our own network has stand for many, and do not count.
func payer(remote net.Addr) (who netip.Addr, counts bool) {
	tcp, ok := remote.(*net.TCPAddr)
	if !ok {
		return who, false
	}
	who = tcp.AddrPort().Addr().Unmap().WithZone("")
	if who.IsLoopback() || who.IsPrivate() {
		return who, false
	}
	if who.Is6() {
		prefix, err := who.Prefix(64)
		return prefix.Addr(), err == nil
	}
	return who, true
}
