package nest

import (
	"net/netip"
	"time"
)

// Block keeps a key or an address range out of the whole server, where a ban keeps somebody out of one nest.
type Block struct {
	Subject   string // 64-hex pubkey, or a CIDR in its shortest form
	Reason    string // for operators, never told to who is blocked
	By        string // operator
	CreatedAt int64  // unix ms
	Until     int64  // unix ms; 0: until lifted
}

const (
	// ReasonMax bounds what an operator notes, in bytes.
	ReasonMax = 500
	blocksMax = 5000 // all of them are read every few seconds
)

// How much of the internet one block may take: a typing error must not shut everybody out.
const (
	widest4 = 8
	widest6 = 19
)

// Holds says whether the block keeps anybody out at now (unix ms).
func (b Block) Holds(now int64) bool { return b.Until == 0 || now < b.Until }

// Refusal is what who is blocked is told.
func (b Block) Refusal() *Error {
	e := &Error{Code: CodeBlocked, Message: "This key is blocked on this server", Hint: "Ask the server's operator to lift the block, or use another server."}
	if !IsPubkey(b.Subject) {
		e.Message = "Your address is blocked on this server"
	}
	if b.Until != 0 {
		e.Hint = "The block ends at " + time.UnixMilli(b.Until).UTC().Format("2006-01-02 15:04") + " UTC. The server's operator can lift it before."
	}
	return e
}

// BlockSubject is what a block of s is kept under: a pubkey as it is, an address as a CIDR, a single IPv6 address as the /64 that
// one subscriber has.
func BlockSubject(s string) (string, error) {
	if IsPubkey(s) {
		return s, nil
	}
	wrong := func(message, hint string) (string, error) { return "", invalid("subject", message, hint) }
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil {
			return wrong("This is neither a public key in hex nor an address", "Send 64 hex digits, an address such as 203.0.113.7, or a range such as 203.0.113.0/24.")
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
		return wrong("This range is an IPv4 range in IPv6's spelling", "Write it as IPv4.")
	case prefix.Addr().Is4() && prefix.Bits() < widest4, prefix.Addr().Is6() && prefix.Bits() < widest6:
		return wrong("This range is too wide", "Block at most a /8 of IPv4 or a /19 of IPv6 at once.")
	case prefix.Overlaps(netip.MustParsePrefix("127.0.0.0/8")), prefix.Contains(netip.IPv6Loopback()):
		return wrong("This range holds the server's own machine", "Behind a reverse proxy, name it in NESTS_TRUSTED_PROXIES: then visitors have addresses of their own.")
	}
	return prefix.String(), nil
}
