package relay

import (
	"net/netip"
	"slices"
)

// Cut closes the connections of those who may not be here any more: who came from such an address, proved such a key, or
// handed in events by it.
func (r *Relay) Cut(address func(netip.Addr) bool, key func(pubkey string) bool) {
	for _, c := range r.hub.all() {
		if address(c.address) || slices.ContainsFunc(c.knownKeys(), key) {
			c.cancel(errBlocked)
		}
	}
}

// look is Cut for one connection. It follows on whatever c becomes known by, since a block that came while that was being checked
// did not find it.
func (c *conn) closeIfBlocked() {
	config := c.relay.config
	if config.Blocked != nil && config.Blocked(c.address) ||
		slices.ContainsFunc(c.knownKeys(), func(pubkey string) bool { return config.Domain.Blocked(pubkey) != nil }) {
		c.cancel(errBlocked)
	}
}

var errBlocked = refusef("blocked", "the operator of this server keeps you out")

// knownBy are the keys that a connection is known by.
func (c *conn) knownKeys() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.proven, c.authors)
}

// handed remembers whose event was taken; a bunch of authors is some other relay's work.
func (c *conn) rememberAuthor(author string) {
	defer c.closeIfBlocked()
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.authors, author) {
		return
	}
	if len(c.authors) >= maxKeysPerConn {
		c.authors = c.authors[1:]
	}
	c.authors = append(c.authors, author)
}
