package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
)

// All endpoints treat the same nest alike. Endpoints that disagreed were the reason to start this project.
func TestEndpointsAgree(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, admin, speaker, banned, listener := newUser(t), newUser(t), newUser(t), newUser(t), newUser(t)
	state := map[string]string{
		"live":    r.create(t, host, ""),
		"planned": r.create(t, host, fmt.Sprintf(`{"starts_at":%d}`, r.clock.Load()+time.Hour.Milliseconds())),
		"ended":   r.create(t, host, ""),
		"quiet":   r.create(t, host, `{"guests":false}`),
		"private": r.create(t, host, `{"access":"private"}`),
		"unknown": uuid.NewString(),
	}
	for _, name := range []string{"live", "planned", "ended", "quiet", "private"} {
		at := base + "/" + state[name]
		r.permit(t, host, at, `{"participant":"`+admin.pubkey+`","is_admin":true}`)
		r.permit(t, host, at, `{"participant":"`+speaker.pubkey+`","can_publish":true}`)
		r.must(t, call{method: "DELETE", path: at + "/participants/" + banned.pubkey, as: host, body: `{"ban":true}`})
	}
	r.must(t, call{method: "DELETE", path: base + "/" + state["ended"], as: host})

	const (
		ok, gone, missing = "200", "404 nest_ended", "404 nest_not_found"
		later, closed     = "403 nest_not_started", "403 nest_private"
		off, out          = "403 guests_not_allowed", "403 banned"
		hls               = "503 hls_unavailable"
	)
	for _, c := range []struct{ state, info, guest, listener, banned, speaker, admin, host, participants, hls string }{
		{"live", ok, ok, ok, out, ok, ok, ok, ok, hls},
		{"planned", ok, later, later, out, ok, ok, ok, later, hls},
		{"ended", gone, gone, gone, gone, gone, gone, gone, gone, gone},
		{"quiet", ok, off, ok, out, ok, ok, ok, ok, hls},
		{"private", closed, closed, closed, out, ok, ok, ok, closed, closed},
		{"unknown", missing, missing, missing, missing, missing, missing, missing, missing, missing},
	} {
		at := base + "/" + state[c.state]
		for _, endpoint := range []struct {
			name string
			q    call
			want string
		}{
			{"info", call{path: at + "/info"}, c.info},
			{"guest", call{path: at + "/guest"}, c.guest},
			{"listener", call{path: at, as: listener}, c.listener},
			{"banned", call{path: at, as: banned}, c.banned},
			{"speaker", call{path: at, as: speaker}, c.speaker},
			{"admin", call{path: at, as: admin}, c.admin},
			{"host", call{path: at, as: host}, c.host},
			{"participants", call{path: at + "/participants"}, c.participants},
			{"hls", call{path: "/api/v1/live/" + state[c.state] + "/live.m3u8"}, c.hls},
		} {
			t.Run(c.state+"/"+endpoint.name, func(t *testing.T) {
				endpoint.q.method = "GET"
				got := r.do(t, endpoint.q)
				if got.outcome() != endpoint.want {
					t.Errorf("%s, want %s: %s", got.outcome(), endpoint.want, got.text)
				}
			})
		}
	}
}

func TestRefusalsDescribeTheNest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	id := uuid.NewString()
	r.must(t, call{method: "PUT", path: base, as: host, body: `{"event":` + encode(t, r.space(t, host, id)) + `}`})
	starts := r.clock.Load() + time.Hour.Milliseconds()
	planned := r.create(t, host, fmt.Sprintf(`{"starts_at":%d}`, starts))
	r.must(t, call{method: "DELETE", path: base + "/" + id, as: host})

	got := r.do(t, call{method: "GET", path: base + "/" + id + "/info"})
	if got.str("title") != "Morning coffee" || got.str("host") != host.pubkey ||
		got.json["ended_at"] != float64(r.clock.Load()) {
		t.Errorf("an ended nest: %s", got.text)
	}
	if recordings, ok := got.json["recordings"].([]any); !ok || len(recordings) != 0 {
		t.Errorf("recordings of an ended nest: %s", got.text)
	}
	got = r.do(t, call{method: "GET", path: base + "/" + planned + "/guest"})
	if got.json["starts_at"] != float64(starts) {
		t.Errorf("a planned nest: %s", got.text)
	}
	got = r.do(t, call{method: "GET", path: base + "/" + uuid.NewString() + "/info"})
	if got.str("error") != "Room not found" {
		t.Errorf("an unknown nest: %s", got.text)
	}
}

// While LiveKit does not respond, nests do not disappear: info works, and joins are refused with 503.
func TestEndpointsWithoutLiveKit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	at := base + "/" + r.create(t, host, "")
	r.livekit.down = true
	info := r.do(t, call{method: "GET", path: at + "/info"})
	if _, counted := info.json["participantCount"]; info.status != http.StatusOK || counted {
		t.Errorf("info: %d %s", info.status, info.text)
	}
	for _, q := range []call{
		{method: "GET", path: at, as: host},
		{method: "GET", path: at + "/guest"},
		{method: "GET", path: at + "/participants"},
		{method: "POST", path: "/api/v1/check-room"},
	} {
		got := r.do(t, q)
		if got.outcome() != "503 media_unavailable" || got.header.Get("Retry-After") != "2" {
			t.Errorf("%s %s: %d %s %v", q.method, q.path, got.status, got.text, got.header)
		}
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	id := r.create(t, host, `{"relays":["WSS://Relay.Example/"],"hls_stream":true}`)
	at := base + "/" + id
	r.livekit.participants[id] = []nest.Participant{{Identity: host.pubkey}, {Identity: "guest-" + uuid.NewString()}}
	got := r.must(t, call{method: "GET", path: at + "/info"})
	for name, want := range map[string]string{
		"host":             fmt.Sprintf("%q", host.pubkey),
		"speakers":         fmt.Sprintf("[%q]", host.pubkey),
		"admins":           fmt.Sprintf("[%q]", host.pubkey),
		"recording":        "false",
		"status":           `"active"`,
		"participantCount": "2",
		"on_stage":         "1",
		"access":           `"open"`,
		"guests":           "true",
		"hashtags":         "[]",
		"title":            `""`,
		"signature_owed":   "false",
		"endpoints":        `["wss+livekit://nests.example","` + origin + "/api/v1/live/" + id + `/live.m3u8"]`,
	} {
		if value := encode(t, got.json[name]); value != want {
			t.Errorf("%s is %s, want %s", name, value, want)
		}
	}
	if !strings.HasPrefix(got.str("link"), "naddr1") {
		t.Errorf("link is %q", got.str("link"))
	}
	if _, planned := got.json["starts_at"]; planned {
		t.Errorf("a nest that started at once has starts_at: %s", got.text)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, listener := newUser(t), newUser(t)
	id := r.create(t, host, "")
	at := base + "/" + id
	for name, c := range map[string]struct {
		q    call
		want string
	}{
		"host":     {call{method: "GET", path: at, as: host}, ":" + id + ":" + host.pubkey + ":true:10m0s"},
		"listener": {call{method: "GET", path: at, as: listener}, ":" + id + ":" + listener.pubkey + ":false:10m0s"},
		"guest":    {call{method: "GET", path: at + "/guest"}, ":" + id + ":guest-"},
		"check":    {call{method: "POST", path: "/api/v1/check-room"}, ":check-"},
	} {
		got := r.must(t, c.q)
		if !strings.HasPrefix(got.str("token"), "secrettoken"+c.want) || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %v", name, got.text, got.header)
		}
	}
}
