package media

import "net/netip"

// public says whether clients on the internet reach an address as it stands.
func public(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsGlobalUnicast() && !ip.IsPrivate() && !carrierNAT.Contains(ip)
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// nodeIP sorts an address into LiveKit's two fields. One it cannot read goes to LiveKit as it is, whose check names it.
func nodeIP(address string) (v4, v6 string) {
	ip, err := netip.ParseAddr(address)
	if err == nil && ip.Is6() && !ip.Is4In6() {
		return "", address
	}
	return address, ""
}
