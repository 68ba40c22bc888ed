package nip

import (
	"net/url"
	"strings"

	"nests/internal/nest"
)

// APIPath is the path that some clients append to the server's origin in the service tag.
const APIPath = "/api/v1/nests"

// Codec reads and writes the text forms of spaces for one server. It implements nest.Codec.
type Codec struct {
	PublicURLs []string // this server's origins, the advertised one first
	OwnRelay   string   // canonical URL of the embedded relay
}

var _ nest.Codec = Codec{}

// NamesThisServer reports whether a service tag names this server: one of its origins, with or without the API's path
// and a trailing slash.
func (c Codec) NamesThisServer(service string) bool {
	u, ok := parseURL(service, "http", "https")
	if !ok || u.RawQuery != "" {
		return false
	}
	if path := strings.TrimRight(u.EscapedPath(), "/"); path != "" && path != APIPath {
		return false
	}
	return c.atOrigin(u)
}

// atOrigin reports whether a canonical URL lies under one of this server's origins.
func (c Codec) atOrigin(u *url.URL) bool {
	for _, configured := range c.PublicURLs {
		if origin, ok := Origin(configured); ok && origin == u.Scheme+"://"+u.Host {
			return true
		}
	}
	return false
}

// Link returns the naddr of the nest's space. The embedded relay is the first hint: it always has the space.
func (c Codec) Link(n nest.Nest) string {
	const foreignHints = 3
	relays := make([]string, 0, 1+foreignHints)
	if c.OwnRelay != "" {
		relays = append(relays, c.OwnRelay)
	}
	own, _ := RelayURL(c.OwnRelay)
	for _, raw := range n.Relays {
		if relay, err := RelayURL(raw); err == nil && relay != own && len(relays) < 1+foreignHints {
			relays = append(relays, relay)
		}
	}
	return Address{Kind: nest.KindSpace, Pubkey: n.Host, D: n.ID, Relays: relays}.Naddr()
}
