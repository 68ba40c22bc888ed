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

// Origin is the scheme, host and port of an http or https URL in one spelling: lower case, no default port. A path
// after it is dropped; user names are refused.
func Origin(raw string) (string, bool) {
	u, ok := parseURL(raw, "http", "https")
	if !ok {
		return "", false
	}
	return u.Scheme + "://" + u.Host, true
}

var errRelayURL = errors.New("not a ws:// or wss:// URL")

// RelayURL is a relay's address in one spelling: lower-case scheme and host, no default port, no fragment, no slash at the end.
func RelayURL(raw string) (string, error) {
	u, ok := parseURL(raw, "ws", "wss")
	if !ok {
		return "", errRelayURL
	}
	spelling := u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		spelling += "?" + u.RawQuery
	}
	return spelling, nil
}

// parseURL bounds and parses an absolute URL of one of the schemes, and puts its host into one spelling.
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

// imageURL keeps a picture's address if a browser may be pointed at it: https, or http where this server is reached by it, and
// on this machine while developing.
func (c Codec) imageURL(raw string) string {
	u, ok := parseURL(raw, "http", "https")
	if !ok || (u.Scheme == "http" && !IsLoopback(u.Hostname()) && !c.atOrigin(u)) {
		return ""
	}
	return u.String()
}

// IsLoopback says whether a host name or literal address means this very machine.
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
