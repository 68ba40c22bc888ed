package ratelimit

import (
	"net/netip"
	"testing"
)

func TestSubscriberKey(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1":             "192.0.2.1/32",
		"::ffff:192.0.2.1":      "192.0.2.1/32",
		"::ffff:192.0.2.1%eth0": "192.0.2.1/32",
		"2001:db8:1:2:3:4:5:6":  "2001:db8:1:2::/64",
		"2001:db8:1:2::9%eth0":  "2001:db8:1:2::/64",
		"2001:db8:1:3:3:4:5:6":  "2001:db8:1:3::/64",
		"fe80::1%eth0":          "fe80::/64",
		"::1":                   "::/64",
	} {
		if got := SubscriberKey(netip.MustParseAddr(address)); got.String() != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
	if got := SubscriberKey(netip.Addr{}); got != (netip.Prefix{}) {
		t.Errorf("no address: got %s, want the zero Prefix", got)
	}
}
