package relay

import (
	"context"
	"slices"

	"nests/internal/nest"
)

// Disconnect closes the connections of blocked users: those from a blocked address, and those that proved a blocked
// key or sent an event by one.
func (r *Relay) Disconnect(_ context.Context, blocked nest.Blocked) {
	for _, c := range r.hub.all() {
		if blocked.Address(c.address) || slices.ContainsFunc(c.knownKeys(), blocked.Key) {
			c.cancel(errBlocked)
		}
	}
}

// closeIfBlocked closes the connection if its address or a key of it is blocked. It is called after each of these
// becomes known: Disconnect could not find the connection by it before.
func (c *conn) closeIfBlocked() {
	config := c.relay.config
	isBlocked := func(pubkey string) bool { return config.Domain.CheckBlocked(pubkey) != nil }
	if config.Blocked != nil && config.Blocked(c.address) || slices.ContainsFunc(c.knownKeys(), isBlocked) {
		c.cancel(errBlocked)
	}
}

var errBlocked = refusef("blocked", "the operator of this server keeps you out")

// knownKeys returns the keys that the client proved, and the authors of events that it sent.
func (c *conn) knownKeys() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Concat(c.proven, c.authors)
}

// rememberAuthor records the author of a stored event. Only the last few are kept: a connection with many authors
// is another relay.
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
