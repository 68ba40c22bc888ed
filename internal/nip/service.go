package nip

import (
	"net/url"
	"strings"

	"nests/internal/nest"
)

// APIPath is what some clients append to a server's origin in the service tag, and others do not.
const APIPath = "/api/v1/nests"

// Codec reads and writes the text forms of spaces for one server. It implements nest.Codec.
type Codec struct {
	PublicURLs []string // this server's origins, the advertised one first
	OwnRelay   string   // canonical URL of the embedded relay
}

var _ nest.Codec = Codec{}

// NamesThisServer says whether a service tag names this server: any of its origins, with or without the API's path and a slash at the end.
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

// atOrigin says whether a URL in our spelling lies under one of this server's origins.
func (c Codec) atOrigin(u *url.URL) bool {
	for _, configured := range c.PublicURLs {
		if origin, ok := Origin(configured); ok && origin == u.Scheme+"://"+u.Host {
			return true
		}
	}
	return false
}

// Link is the naddr of the nest's space. Our relay comes first in the hints: it always has the space.
func (c Codec) Link(n nest.Nest) string {
	const foreignHints = 3
	relays := make([]string, 0, 1+foreignHints)
	if c.OwnRelay != "" {
		relays = append(relays, c.OwnRelay)
	}
	ours, _ := RelayURL(c.OwnRelay)
	for _, raw := range n.Relays {
		if relay, err := RelayURL(raw); err == nil && relay != ours && len(relays) < 1+foreignHints {
			relays = append(relays, relay)
		}
	}
	return Address{Kind: nest.KindSpace, Pubkey: n.Host, D: n.ID, Relays: relays}.Naddr()
}
