package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// published is how a client in the field calls: every call preflighted, GET with a Content-Type too, NIP-98 without payload
// and nonce, its tags in its order (dialects.md).
type published struct {
	*rig
	person
	service string // what the space's service tag holds
	tags    func(url, method string) [][]string
}

// call returns the answer of a call on the service, with the path the client appends.
func (p published) call(t *testing.T, method, path, body string, signed bool) answer {
	t.Helper()
	p.pass(time.Second) // a person between two calls; without a nonce the same second makes the same event
	url := p.service + path
	uri := strings.TrimPrefix(url, origin)
	headers := map[string]string{"Origin": "https://client.example", "Content-Type": "application/json"}
	if signed {
		e := p.sign(t, nest.Event{Kind: nip.KindAuth, CreatedAt: p.clock.Load() / 1000, Tags: p.tags(url, method)})
		headers["Authorization"] = header(e)
	}
	preflight := p.do(t, ask{method: "OPTIONS", path: uri, header: map[string]string{"Origin": "https://client.example",
		"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type"}})
	if preflight.status != http.StatusNoContent {
		t.Fatalf("preflight of %s %s: %d", method, uri, preflight.status)
	}
	return p.do(t, ask{method: method, path: uri, body: body, header: headers})
}

// The LiveKit-era clients' whole story, with every form of service tag they write or meet.
func TestPublishedClients(t *testing.T) {
	t.Parallel()
	sorted := func(url, method string) [][]string {
		return [][]string{{"method", method}, {"u", url}, {"client", "x"}}
	}
	plain := func(url, method string) [][]string { return [][]string{{"u", url}, {"method", method}} }
	for name, c := range map[string]struct {
		service, base string // what the tag holds, and what the client appends
		tags          func(url, method string) [][]string
	}{
		"service is the origin":          {origin, base, sorted},
		"service has the path":           {origin + base, "", plain},
		"service has it, appended again": {origin + base, base, sorted},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			host := published{r, newPerson(t), c.service, c.tags}
			guest := published{r, newPerson(t), c.service, c.tags}

			created := host.call(t, "PUT", c.base, `{"relays":["wss://a.example","wss://b.example"],"hls_stream":false}`, true)
			id := created.str("roomId")
			if created.status != http.StatusOK || id == "" || created.str("token") == "" || encode(t, created.json["endpoints"]) != `["wss+livekit://nests.example"]` {
				t.Fatalf("create: %d %s", created.status, created.text)
			}
			at := c.base + "/" + id
			for range 2 { // a join fetches two tokens and connects twice
				if got := host.call(t, "GET", at, "", true); got.status != http.StatusOK || got.str("token") == "" {
					t.Errorf("join: %d %s", got.status, got.text)
				}
			}
			info := guest.call(t, "GET", at+"/info", "", false)
			for _, field := range []string{"speakers", "admins"} {
				if _, ok := info.json[field].([]any); !ok {
					t.Errorf("%s is no list: %s", field, info.text)
				}
			}
			if _, ok := info.json["recording"].(bool); !ok || info.str("host") != host.pubkey || info.str("link") == "" {
				t.Errorf("info: %s", info.text)
			}
			if got := guest.call(t, "GET", at+"/guest", "", false); got.status != http.StatusOK || got.str("token") == "" {
				t.Errorf("guest: %d %s", got.status, got.text)
			}
			permit := fmt.Sprintf(`{"participant":%q,"can_publish":true}`, guest.pubkey)
			for _, want := range []int{http.StatusCreated, http.StatusNoContent} {
				if got := host.call(t, "POST", at+"/permissions", permit, true); got.status != want {
					t.Errorf("permissions: %d %s, want %d", got.status, got.text, want)
				}
			}
			if got := guest.call(t, "GET", at, "", true); !strings.Contains(got.str("token"), guest.pubkey+":true") {
				t.Errorf("join on stage: %s", got.text)
			}
			if got := host.call(t, "POST", at+"/restart", "", true); got.str("roomId") != id || got.str("token") == "" {
				t.Errorf("restart: %d %s", got.status, got.text)
			}
			if got := host.call(t, "DELETE", at, "", true); got.status != http.StatusNoContent {
				t.Errorf("end: %d %s", got.status, got.text)
			}
			if got := guest.call(t, "GET", at+"/info", "", false); got.status != http.StatusNotFound {
				t.Errorf("info after the end: %d %s", got.status, got.text)
			}
		})
	}
}
