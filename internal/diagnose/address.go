package diagnose

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
)

// mediaAddress: signalling that works and media that goes nowhere is the classic of containers and of machines behind a NAT.
func (s *Server) mediaAddress(ctx context.Context) Finding {
	address := s.MediaAddress()
	if address == "" {
		return skipped("The media server is not ours; it knows its own address.")
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return Finding{Status: Fail, Code: AddressWrong, Summary: "The address for media cannot be read."}
	}
	evidence := map[string]any{"address": ip.String(), "private": ip.IsPrivate(), "loopback": ip.IsLoopback()}
	if s.Addresses.Private {
		return fine("Browsers are told an address that fits the public one.", evidence)
	}
	public := s.publicAddresses(ctx)
	if len(public) > 0 {
		evidence["public_name"] = public
	}
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsUnspecified() || ip.IsLinkLocalUnicast() {
		return Finding{Status: Fail, Code: AddressWrong, Evidence: evidence,
			Summary: "The public address is on the internet, but browsers are told a private address for media."}
	}
	if slices.Contains(public, ip) || own(ip) || s.answers(ctx, ip) || len(public) == 0 {
		return fine("Browsers are told an address that fits the public one.", evidence)
	}
	return Finding{Status: Warn, Code: AddressWrong, Evidence: evidence,
		Summary: "Nothing shows that the address for media leads here: it is not this machine's, not the public name's, and does not answer."}
}

// publicAddresses are those to which the public name leads, as far as one can tell here.
func (s *Server) publicAddresses(ctx context.Context) []netip.Addr {
	u, err := url.Parse(s.Addresses.Public)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, layerMost)
	defer cancel()
	all, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname()) // that the name is unknown, the check of the public address says
	for i := range all {
		all[i] = all[i].Unmap()
	}
	return all
}

// own says whether an address is this machine's.
func own(ip netip.Addr) bool {
	all, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(all, func(a net.Addr) bool {
		prefix, err := netip.ParsePrefix(a.String())
		return err == nil && prefix.Addr().Unmap() == ip
	})
}

// answers tries the media port as a browser would without UDP. Many NATs do not let a machine do that, so a no says nothing.
func (s *Server) answers(ctx context.Context, ip netip.Addr) bool {
	if s.MediaTCPPort == 0 {
		return false
	}
	conn, err := (&net.Dialer{Timeout: layerMost}).DialContext(ctx, "tcp", net.JoinHostPort(ip.String(), strconv.Itoa(s.MediaTCPPort)))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
