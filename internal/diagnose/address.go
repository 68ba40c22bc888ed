package diagnose

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
)

// mediaAddress checks the address that browsers send audio to. In a container or behind a NAT it is often wrong:
// signalling works then, but no audio arrives.
func (s *Server) mediaAddress(ctx context.Context) Finding {
	address := s.MediaAddress()
	if address == "" {
		return skipped("The media server is external and announces its own address.")
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return Finding{Status: Fail, Code: AddressWrong, Summary: "The address for media is not an IP address."}
	}
	evidence := map[string]any{"address": ip.String(), "private": ip.IsPrivate(), "loopback": ip.IsLoopback()}
	if s.Addresses.Private {
		return passed("Browsers get an address that matches the public URL.", evidence)
	}
	public := s.publicAddresses(ctx)
	if len(public) > 0 {
		evidence["public_name"] = public
	}
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsUnspecified() || ip.IsLinkLocalUnicast() {
		return Finding{Status: Fail, Code: AddressWrong, Evidence: evidence,
			Summary: "The public URL is on the internet, but browsers get a private address for media."}
	}
	if slices.Contains(public, ip) || isLocal(ip) || s.answersTCP(ctx, ip) || len(public) == 0 {
		return passed("Browsers get an address that matches the public URL.", evidence)
	}
	return Finding{Status: Warn, Code: AddressWrong, Evidence: evidence,
		Summary: "The address for media may be wrong: it is not this machine's, the public name has another one, and " +
			"its port does not answer."}
}

// publicAddresses resolves the public name on this machine; nil when it cannot be resolved, which publicURL reports.
func (s *Server) publicAddresses(ctx context.Context) []netip.Addr {
	u, err := url.Parse(s.Addresses.Public)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, layerTimeout)
	defer cancel()
	all, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	for i := range all {
		all[i] = all[i].Unmap()
	}
	return all
}

// isLocal reports whether an interface of this machine has the address.
func isLocal(ip netip.Addr) bool {
	all, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(all, func(a net.Addr) bool {
		prefix, err := netip.ParsePrefix(a.String())
		return err == nil && prefix.Addr().Unmap() == ip
	})
}

// answersTCP connects to the media port as a browser without UDP does. Many NATs do not let a machine reach its own
// public address, so a failure proves nothing.
func (s *Server) answersTCP(ctx context.Context, ip netip.Addr) bool {
	if s.MediaTCPPort == 0 {
		return false
	}
	address := net.JoinHostPort(ip.String(), strconv.Itoa(s.MediaTCPPort))
	conn, err := (&net.Dialer{Timeout: layerTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
