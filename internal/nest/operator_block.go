package nest

import (
	"net/netip"
	"time"
)

// Block refuses a key or an address range on the whole server. A ban does so in one nest.
type Block struct {
	Subject   string // 64-hex pubkey, or a CIDR in its shortest form
	Reason    string // for operators only; the blocked user never sees it
	By        string // operator
	CreatedAt int64  // unix ms
	Until     int64  // unix ms; 0: until lifted
}

const (
	// reasonMax bounds the reason of a block, in bytes.
	reasonMax = 500
	blocksMax = 5000 // every node reads all of them every few seconds
)

// The widest ranges that one block may cover, so that a typing error does not block everyone.
const (
	widest4 = 8
	widest6 = 19
)

// Holds reports whether the block is in force at now (unix ms).
func (b Block) Holds(now int64) bool { return b.Until == 0 || now < b.Until }

// Refusal is the error for a blocked user.
func (b Block) Refusal() *Error {
	e := &Error{
		Code:    CodeBlocked,
		Message: "This key is blocked on this server",
		Hint:    "Ask the server's operator to lift the block, or use another server.",
	}
	if !IsPubkey(b.Subject) {
		e.Message = "Your address is blocked on this server"
	}
	if b.Until != 0 {
		until := time.UnixMilli(b.Until).UTC().Format("2006-01-02 15:04")
		e.Hint = "The block ends at " + until + " UTC. The server's operator can lift it earlier."
	}
	return e
}

// BlockSubject normalises what a block names: a pubkey stays, an address becomes a CIDR, and a single IPv6 address
// becomes the /64 of one subscriber.
func BlockSubject(s string) (string, error) {
	if IsPubkey(s) {
		return s, nil
	}
	wrong := func(message, hint string) (string, error) { return "", invalid("subject", message, hint) }
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil {
			return wrong("This is neither a public key in hex nor an address",
				"Send 64 hex digits, an address such as 203.0.113.7, or a range such as 203.0.113.0/24.")
		}
		if addr = addr.Unmap().WithZone(""); addr.Is4() {
			prefix = netip.PrefixFrom(addr, 32)
		} else {
			prefix = netip.PrefixFrom(addr, 64)
		}
	}
	prefix = prefix.Masked()
	switch {
	case prefix.Addr().Is4In6():
		return wrong("This is an IPv4 range written as IPv6", "Write it as IPv4.")
	case prefix.Addr().Is4() && prefix.Bits() < widest4, prefix.Addr().Is6() && prefix.Bits() < widest6:
		return wrong("This range is too wide", "Block at most a /8 of IPv4 or a /19 of IPv6 at once.")
	case prefix.Overlaps(netip.MustParsePrefix("127.0.0.0/8")), prefix.Contains(netip.IPv6Loopback()):
		return wrong("This range includes the server itself",
			"If the server is behind a reverse proxy, list the proxy in NESTS_TRUSTED_PROXIES.")
	}
	return prefix.String(), nil
}
