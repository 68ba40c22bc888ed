package config

import (
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
)

// maxRelays is what one server dials at most, at one connection each.
const maxRelays = 200

// check finds what no single value shows.
func (c Config) check() []error {
	var problems []error
	refuse := func(key, message string) {
		problems = append(problems, &Problem{Key: key, Source: c.sources[key], Message: message})
	}
	if len(c.Relays) > maxRelays {
		refuse("relays", "must name 200 relays at most")
	}
	if c.Create != CreateAnyone && len(c.Operators) == 0 {
		refuse("create", "is "+c.Create+", but there is no operator to ask; set operators")
	}
	if c.LiveKitURL != "" {
		for _, key := range []string{"livekit_api_key", "livekit_api_secret"} {
			if s := c.sources[key]; s == sourceDefault || s == keysFile {
				refuse(key, "is missing; livekit_url names a LiveKit of its own, so give the key and secret from its configuration")
			}
		}
	}
	if c.LiveKitURL != "" && c.Redis != "" {
		refuse("redis", "is for the embedded LiveKit, but livekit_url names another one; unset one of them")
	}
	if c.LiveKitExclusive && c.LiveKitURL == "" {
		refuse("livekit_exclusive", "is about an external LiveKit; the embedded one is exclusive anyway, so unset it or set livekit_url")
	}
	if c.MediaTCPPort != 0 && strings.HasSuffix(c.HTTPAddr, ":"+showNumber(c.MediaTCPPort)) {
		refuse("media_tcp_port", "is the port of http_addr; choose another one")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		refuse("tls_cert", "and tls_key belong together; set both, or neither for certificates by ACME")
	}
	if c.TLS() && samePort(c.TLSAddr, c.HTTPAddr) {
		refuse("tls_addr", "is the port of http_addr, which stays without TLS; leave http_addr on its own port")
	}
	if c.TURNDomain != "" && c.LiveKitURL != "" {
		refuse("turn_domain", "is for the embedded LiveKit; an external one has TURN in its own configuration, so unset it")
	}
	if c.TURNDomain != "" && c.namesPeopleType(c.TURNDomain) {
		refuse("turn_domain", "must differ from what people type: the name tells TURN from HTTPS on the same port; add another one such as turn."+c.TURNDomain)
	}
	if c.Dev && !c.BoundToLoopback() {
		refuse("http_addr", "must be on loopback for `nests dev`, which accepts well-known secrets; use `nests serve` to be reached by others")
	}
	if !c.Dev {
		problems = append(problems, c.checkSecrets()...)
	}
	return problems
}

// doubts are settings that work, but perhaps not as meant.
func (c Config) doubts() []Note {
	var notes []Note
	doubt := func(key, hint string) {
		notes = append(notes, Note{Level: slog.LevelWarn, Message: "check this setting", Key: key, Hint: hint})
	}
	if !c.BoundToLoopback() && c.LoopbackOnly() {
		doubt("public_url", "the server listens for other machines, but only "+c.PublicURL()+" may be signed in at; set public_url to what people type")
	}
	for _, o := range c.PublicURLs {
		if host, ok := strings.CutPrefix(o, "http://"); ok && !isLoopbackHostPort(host) {
			doubt("public_url", "browsers give no microphone to "+o+"; use https")
		}
	}
	if c.TLS() && !strings.HasPrefix(c.PublicURL(), "https://") {
		doubt("public_url", "HTTPS is served, but people are told "+c.PublicURL()+"; set public_url to https:// and the name in the certificate")
	}
	if c.Redis != "" && (c.sources["livekit_api_secret"] == sourceDefault || c.sources["livekit_api_secret"] == keysFile) {
		doubt("livekit_api_secret", "every node of a cluster needs the same livekit_api_key and livekit_api_secret, but this one uses its own")
	}
	if c.Redis != "" && c.Postgres == "" {
		doubt("postgres", "the nodes of a cluster share one PostgreSQL, but this one uses its own SQLite")
	}
	if c.TURNDomain != "" && !c.TLS() && c.TURNTCPAddr == "" {
		doubt("turn_domain", "TURN is served over UDP only; where networks let nothing but HTTPS through, set tls_domain, or turn_tcp_addr behind a proxy that ends TLS")
	}
	if !c.RateLimits && !c.LoopbackOnly() {
		doubt("rate_limits", "a public server without limits can be stopped by one client")
	}
	return notes
}

// namesPeopleType says whether a name is one under which this server is opened in a browser.
func (c Config) namesPeopleType(name string) bool {
	return slices.Contains(c.TLSDomains, name) || slices.ContainsFunc(c.PublicURLs, func(o string) bool {
		u, err := url.Parse(o)
		return err == nil && u.Hostname() == name
	})
}

// samePort is true of addresses that cannot be listened on together; port 0 is always another one.
func samePort(a, b string) bool {
	_, first, _ := net.SplitHostPort(a)
	_, second, _ := net.SplitHostPort(b)
	return first == second && first != "0"
}

func isLoopbackHostPort(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return isLoopback(host)
}
