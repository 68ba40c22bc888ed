package ratelimit

import "net/netip"

// SubscriberKey is the address prefix that counts as one subscriber: the /64 of an IPv6 address, since a provider gives
// each subscriber at least that (RFC 6177), and the whole of an IPv4 address. An IPv4 address mapped into IPv6 counts
// as the IPv4 address. The key of the zero Addr is the zero Prefix.
func SubscriberKey(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked()
	}
	return netip.PrefixFrom(addr, addr.BitLen())
}
