package media

import "net/netip"

// nodeIP sorts an address into LiveKit's two fields. One it cannot read goes to LiveKit as it is, whose check names it.
func nodeIP(address string) (v4, v6 string) {
	ip, err := netip.ParseAddr(address)
	if err == nil && ip.Is6() && !ip.Is4In6() {
		return "", address
	}
	return address, ""
}
