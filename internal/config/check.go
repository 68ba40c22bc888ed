package config

import (
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
)

// maxRelays bounds the connections to outside relays, one for each.
const maxRelays = 200

// check finds problems between settings; parsing finds those of one value.
func (c Config) check() []error {
	var problems []error
	refuse := func(key, message string) {
		problems = append(problems, &Problem{Key: key, Source: c.sources[key], Message: message})
	}
	if len(c.Relays) > maxRelays {
		refuse("relays", "must name at most 200 relays")
	}
	if c.Create != CreateAnyone && len(c.Operators) == 0 {
		refuse("create", "is "+c.Create+", but there is no operator; set operators")
	}
	if c.LiveKitURL != "" {
		for _, key := range []string{"livekit_api_key", "livekit_api_secret"} {
			if s := c.sources[key]; s == sourceDefault || s == KeysFile {
				refuse(key, "is missing; set it to the value in the configuration of the LiveKit at livekit_url")
			}
		}
	}
	if c.LiveKitURL != "" && c.Redis != "" {
		refuse("redis", "is for the embedded LiveKit, but livekit_url sets an external one; unset one of them")
	}
	if c.LiveKitExclusive && c.LiveKitURL == "" {
		refuse("livekit_exclusive", "applies only to an external LiveKit; unset it, or set livekit_url")
	}
	if c.MediaTCPPort != 0 && strings.HasSuffix(c.HTTPAddr, ":"+showNumber(c.MediaTCPPort)) {
		refuse("media_tcp_port", "is the port of http_addr; choose another one")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		refuse("tls_cert", "and tls_key belong together; set both, or neither for certificates by ACME")
	}
	if c.TLS() && samePort(c.TLSAddr, c.HTTPAddr) {
		refuse("tls_addr", "is the port of http_addr, which serves plain HTTP; choose another one")
	}
	if c.TURNDomain != "" && c.LiveKitURL != "" {
		refuse("turn_domain", "is for the embedded LiveKit; unset it, and configure TURN in the external LiveKit")
	}
	if c.TURNDomain != "" && c.isPublicName(c.TURNDomain) {
		refuse(
			"turn_domain",
			"must differ from the names in public_url and tls_domain, because TURN and HTTPS share a port; use a "+
				"name such as turn."+c.TURNDomain,
		)
	}
	if c.Dev && !c.BoundToLoopback() {
		refuse(
			"http_addr",
			"must be on loopback for `nests dev`, which accepts well-known secrets; use `nests serve` to accept "+
				"other machines",
		)
	}
	if !c.Dev {
		problems = append(problems, c.checkSecrets()...)
	}
	return problems
}

// warnings are about settings that work, but probably not as intended.
func (c Config) warnings() []Note {
	var notes []Note
	warn := func(key, hint string) {
		notes = append(notes, Note{Level: slog.LevelWarn, Message: "check this setting", Key: key, Hint: hint})
	}
	if !c.BoundToLoopback() && c.LoopbackOnly() {
		warn(
			"public_url",
			"the server accepts other machines, but sign-in works only at "+c.PublicURL()+
				"; set public_url to the address that users type",
		)
	}
	for _, o := range c.PublicURLs {
		if host, ok := strings.CutPrefix(o, "http://"); ok && !isLoopbackHostPort(host) {
			warn("public_url", "browsers do not allow the microphone at "+o+"; use https")
		}
	}
	if c.TLS() && !strings.HasPrefix(c.PublicURL(), "https://") {
		warn(
			"public_url",
			"HTTPS is on, but the advertised address is "+c.PublicURL()+"; set public_url to https:// and the name "+
				"in the certificate",
		)
	}
	secretSource := c.sources["livekit_api_secret"]
	if c.Redis != "" && (secretSource == sourceDefault || secretSource == KeysFile) {
		warn(
			"livekit_api_secret",
			"every node of a cluster needs the same livekit_api_key and livekit_api_secret, but this one uses its own",
		)
	}
	if c.Redis != "" && c.Postgres == "" {
		warn("postgres", "the nodes of a cluster share one PostgreSQL, but this one uses its own SQLite")
	}
	if c.TURNDomain != "" && !c.TLS() && c.TURNTCPAddr == "" {
		warn(
			"turn_domain",
			"TURN runs over UDP only; for networks that allow only HTTPS, set tls_domain, or turn_tcp_addr behind a "+
				"proxy that terminates TLS",
		)
	}
	if !c.RateLimits && !c.LoopbackOnly() {
		warn("rate_limits", "one client can overload a public server without limits")
	}
	return notes
}

// isPublicName reports whether users open this server under the name.
func (c Config) isPublicName(name string) bool {
	return slices.Contains(c.TLSDomains, name) || slices.ContainsFunc(c.PublicURLs, func(o string) bool {
		u, err := url.Parse(o)
		return err == nil && u.Hostname() == name
	})
}

// samePort reports whether two addresses have the same port. Port 0 is a new port each time.
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
