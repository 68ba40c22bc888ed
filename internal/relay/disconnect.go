package relay

import (
	"net/netip"
	"slices"
)

// Cut closes the connections of those who may not be here any more: who came from such an address, proved such a key, or
// handed in events by it.
func (r *Relay) Cut(address func(netip.Addr) bool, key func(pubkey string) bool) {
	for _, c := range r.hub.all() {
		if address(c.address) || slices.ContainsFunc(c.knownBy(), key) {
			c.cancel(errBlocked)
		}
	}
}

// look is Cut for one connection. It follows on whatever c becomes known by, since a block that came while that was being checked
// did not find it.
func (c *conn) look() {
	config := c.relay.config
	if config.Blocked != nil && config.Blocked(c.address) ||
		slices.ContainsFunc(c.knownBy(), func(pubkey string) bool { return config.Spaces.Blocked(pubkey) != nil }) {
		c.cancel(errBlocked)
	}
}

var errBlocked = refusef("blocked", "the operator of this server keeps you out")

// knownBy are the keys that a connection is known by.
func (c *conn) knownBy() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.keys, c.authors)
}

// handed remembers whose event was taken; a bunch of authors is some other relay's work.
func (c *conn) handed(author string) {
	defer c.look()
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.authors, author) {
		return
	}
	if len(c.authors) >= maxKeys {
		c.authors = c.authors[1:]
	}
	c.authors = append(c.authors, author)
}
