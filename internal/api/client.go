package api

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"nests/internal/ratelimit"
)

// ClientAddr is the address of the client. It reads X-Forwarded-For only if the peer is a trusted proxy, from the
// right: the first address that is not a trusted proxy is the client. Addresses further left can be forged.
func (s *Server) ClientAddr(r *http.Request) netip.Addr {
	addr := parseAddr(r.RemoteAddr)
	if !s.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := parseAddr(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			return addr
		}
		addr = hop
		if !s.trusted(addr) {
			return addr
		}
	}
	return addr
}

// ClientIP is the address that other packages count requests by, "" for a client without limits by address.
func (s *Server) ClientIP(r *http.Request) string {
	if !s.RateLimits || s.exempt(r) {
		return ""
	}
	return ratelimit.SubscriberKey(s.ClientAddr(r)).Addr().String()
}

// parseAddr parses an address with or without a port. The result is invalid if text is not an address.
func parseAddr(text string) netip.Addr {
	if addrPort, err := netip.ParseAddrPort(text); err == nil {
		return addrPort.Addr().Unmap().WithZone("")
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

func (s *Server) trusted(addr netip.Addr) bool {
	for _, prefix := range s.TrustedProxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// exempt reports whether limits by address do not apply: to a loopback peer that is not a trusted proxy, if all public
// origins of the server are on loopback, too.
func (s *Server) exempt(r *http.Request) bool {
	peer := parseAddr(r.RemoteAddr)
	return peer.IsLoopback() && !s.trusted(peer) && s.Config.isLoopback()
}

// isLoopback reports whether every public origin is on this machine.
func (p PublicConfig) isLoopback() bool {
	for _, origin := range p.Origins {
		u, err := url.Parse(origin)
		if err != nil {
			return false
		}
		host := strings.ToLower(u.Hostname())
		if host != "localhost" && !strings.HasSuffix(host, ".localhost") && !parseAddr(host).IsLoopback() {
			return false
		}
	}
	return len(p.Origins) > 0
}
