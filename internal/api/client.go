package api

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"nests/internal/ratelimit"
)

// ClientAddr is whom we count a request against. X-Forwarded-For is read only when the peer is a trusted proxy, from the
// right: the first address that is not a trusted proxy is the client, whatever it claims further left.
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

// ClientIP is ClientAddr for those who count by address too: "" for whom limits by address do not hold.
func (s *Server) ClientIP(r *http.Request) string {
	if !s.RateLimits || s.exempt(r) {
		return ""
	}
	return ratelimit.SubscriberKey(s.ClientAddr(r)).Addr().String()
}

// parseAddr reads an address with or without a port; the zero Addr when it is none.
func parseAddr(text string) netip.Addr {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone("")
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

// exempt says whether the peer is this machine's own user: a loopback peer that is no trusted proxy, of a server that
// serves nobody else.
func (s *Server) exempt(r *http.Request) bool {
	peer := parseAddr(r.RemoteAddr)
	return peer.IsLoopback() && !s.trusted(peer) && s.Config.loopback()
}

// loopback says whether every public origin is on this machine.
func (p PublicConfig) loopback() bool {
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
