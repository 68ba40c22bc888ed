package nip

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"nests/internal/nest"
)

// Origin returns scheme, host and port of an http or https URL in canonical form: lower case, no default port. It drops
// the path and refuses user names.
func Origin(raw string) (string, bool) {
	u, ok := parseURL(raw, "http", "https")
	if !ok {
		return "", false
	}
	return u.Scheme + "://" + u.Host, true
}

var errRelayURL = errors.New("not a ws:// or wss:// URL")

// RelayURL returns the canonical form of a relay's URL: lower-case scheme and host, no default port, no fragment, no
// trailing slash.
func RelayURL(raw string) (string, error) {
	u, ok := parseURL(raw, "ws", "wss")
	if !ok {
		return "", errRelayURL
	}
	canonical := u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		canonical += "?" + u.RawQuery
	}
	return canonical, nil
}

// parseURL parses an absolute URL of one of the schemes, at most nest.URLMax bytes long, with its host in canonical
// form.
func parseURL(raw string, schemes ...string) (*url.URL, bool) {
	raw = strings.TrimSpace(raw)
	if raw == "" || len(raw) > nest.URLMax || !printable(raw) {
		return nil, false
	}
	u, err := url.Parse(raw) // lower-cases the scheme, refuses control characters and odd ports
	if err != nil || u.User != nil || u.Opaque != "" || u.Hostname() == "" {
		return nil, false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			u.Host, u.Fragment = canonicalHost(u), ""
			return u, u.Host != ""
		}
	}
	return nil, false
}

func canonicalHost(u *url.URL) string {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if host == "" || strings.ContainsAny(host, " \"<>\\^`{|}") {
		return ""
	}
	port := u.Port()
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return ""
		}
		port = strconv.FormatUint(n, 10)
	}
	secure := strings.HasPrefix(u.Scheme, "https") || strings.HasPrefix(u.Scheme, "wss") // also wss+livekit
	if (secure && port == "443") || (!secure && port == "80") {
		port = ""
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return host + ":" + port
}

// imageURL returns a picture's URL when browsers may load it: https, or http at an origin of this server or on a
// loopback address. Otherwise it returns "".
func (c Codec) imageURL(raw string) string {
	u, ok := parseURL(raw, "http", "https")
	if !ok || (u.Scheme == "http" && !IsLoopback(u.Hostname()) && !c.atOrigin(u)) {
		return ""
	}
	return u.String()
}

// IsLoopback reports whether a host name or address is loopback. The host may have a port.
func IsLoopback(host string) bool {
	host = strings.ToLower(strings.Trim(host, "[]"))
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
