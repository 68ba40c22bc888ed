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

// publishedClient calls as published clients do: it preflights every call, sends a Content-Type also with GET, and
// signs without payload and nonce, with the tags in the client's own order.
type publishedClient struct {
	*rig
	user
	service string // what the space's service tag holds
	tags    func(url, method string) [][]string
}

// do preflights and sends a call on the service. path is what the client appends to the service.
func (p publishedClient) do(t *testing.T, method, path, body string, signed bool) answer {
	t.Helper()
	p.advance(time.Second) // without a nonce, two calls of the same second would be the same event
	url := p.service + path
	uri := strings.TrimPrefix(url, origin)
	headers := map[string]string{"Origin": "https://client.example", "Content-Type": "application/json"}
	if signed {
		e := p.sign(t, nest.Event{Kind: nip.KindAuth, CreatedAt: p.clock.Load() / 1000, Tags: p.tags(url, method)})
		headers["Authorization"] = header(e)
	}
	preflight := p.rig.do(t, call{method: "OPTIONS", path: uri, header: map[string]string{
		"Origin":                         "https://client.example",
		"Access-Control-Request-Method":  method,
		"Access-Control-Request-Headers": "authorization,content-type",
	}})
	if preflight.status != http.StatusNoContent {
		t.Fatalf("preflight of %s %s: %d", method, uri, preflight.status)
	}
	return p.rig.do(t, call{method: method, path: uri, body: body, header: headers})
}

// One session of a published client, with every form of service tag that clients write.
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
			host := publishedClient{r, newUser(t), c.service, c.tags}
			guest := publishedClient{r, newUser(t), c.service, c.tags}

			body := `{"relays":["wss://a.example","wss://b.example"],"hls_stream":false}`
			created := host.do(t, "PUT", c.base, body, true)
			id := created.str("roomId")
			if created.status != http.StatusOK || id == "" || created.str("token") == "" ||
				encode(t, created.json["endpoints"]) != `["wss+livekit://nests.example"]` {
				t.Fatalf("create: %d %s", created.status, created.text)
			}
			at := c.base + "/" + id
			for range 2 { // a client fetches two tokens and connects twice
				if got := host.do(t, "GET", at, "", true); got.status != http.StatusOK || got.str("token") == "" {
					t.Errorf("join: %d %s", got.status, got.text)
				}
			}
			info := guest.do(t, "GET", at+"/info", "", false)
			for _, field := range []string{"speakers", "admins"} {
				if _, ok := info.json[field].([]any); !ok {
					t.Errorf("%s is not a list: %s", field, info.text)
				}
			}
			_, isBool := info.json["recording"].(bool)
			if !isBool || info.str("host") != host.pubkey || info.str("link") == "" {
				t.Errorf("info: %s", info.text)
			}
			asGuest := guest.do(t, "GET", at+"/guest", "", false)
			if asGuest.status != http.StatusOK || asGuest.str("token") == "" {
				t.Errorf("guest: %d %s", asGuest.status, asGuest.text)
			}
			permit := fmt.Sprintf(`{"participant":%q,"can_publish":true}`, guest.pubkey)
			for _, want := range []int{http.StatusCreated, http.StatusNoContent} {
				if got := host.do(t, "POST", at+"/permissions", permit, true); got.status != want {
					t.Errorf("permissions: %d %s, want %d", got.status, got.text, want)
				}
			}
			if got := guest.do(t, "GET", at, "", true); !strings.Contains(got.str("token"), guest.pubkey+":true") {
				t.Errorf("join on stage: %s", got.text)
			}
			if got := host.do(t, "POST", at+"/restart", "", true); got.str("roomId") != id || got.str("token") == "" {
				t.Errorf("restart: %d %s", got.status, got.text)
			}
			if got := host.do(t, "DELETE", at, "", true); got.status != http.StatusNoContent {
				t.Errorf("end: %d %s", got.status, got.text)
			}
			if got := guest.do(t, "GET", at+"/info", "", false); got.status != http.StatusNotFound {
				t.Errorf("info after the end: %d %s", got.status, got.text)
			}
		})
	}
}
