package media

import "net/netip"

// isPublic returns whether clients on the internet can reach an address without a NAT.
func isPublic(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsGlobalUnicast() && !ip.IsPrivate() && !carrierNAT.Contains(ip)
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// nodeIP returns an address as one of LiveKit's two settings. It returns text that is no address unchanged: LiveKit's
// validation names it.
func nodeIP(address string) (v4, v6 string) {
	ip, err := netip.ParseAddr(address)
	if err == nil && ip.Is6() && !ip.Is4In6() {
		return "", address
	}
	return address, ""
}
