package web

import (
	"net/http"
	"net/url"
	"strings"
)

// contentPolicy returns the Content-Security-Policy of every page. Sources are 'self', except that pictures may come
// from, and connections may go to, any secure address: users choose their own relays and servers.
func contentPolicy(origins, relays []string) string {
	connect := []string{"'self'", "https:", "wss:"}
	for _, origin := range origins {
		connect = append(connect, plainSources(origin)...)
	}
	for _, relay := range relays {
		connect = append(connect, plainRelay(relay)...)
	}
	return strings.Join([]string{
		"default-src 'self'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self' https: data: blob:",
		"media-src 'self' https: blob:",
		"font-src 'self'",
		"connect-src " + strings.Join(connect, " "),
		"worker-src 'self'",
		"manifest-src 'self'",
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types sw", // used to register the service worker
	}, "; ")
}

// plainSources returns the sources that a plain http origin needs in addition to https: and wss:. An invalid origin is
// left out, because its text would become part of the policy.
func plainSources(origin string) []string {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" || !plainHost(u.Host) {
		return nil
	}
	return []string{"http://" + u.Host, "ws://" + u.Host}
}

// plainRelay returns the source that a ws relay needs. A wss relay needs none.
func plainRelay(relay string) []string {
	u, err := url.Parse(relay)
	if err != nil || u.Scheme != "ws" || !plainHost(u.Host) {
		return nil
	}
	return []string{"ws://" + u.Host}
}

// plainHost reports whether a host can be written into a policy without ending a source or a directive.
func plainHost(host string) bool { return host != "" && !strings.ContainsAny(host, " ;,'\"") }

func (h *handler) secure(header http.Header) {
	header.Set("Content-Security-Policy", h.policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	header.Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups") // signers open windows
}
