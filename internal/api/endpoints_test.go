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

// Every door gives the same answer to the same state: the seed of this project was doors that disagreed.
func TestDoorsAgree(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, admin, speaker, banned, listener := newPerson(t), newPerson(t), newPerson(t), newPerson(t), newPerson(t)
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
		r.must(t, ask{method: "POST", path: at + "/permissions", as: host, body: `{"participant":"` + admin.pubkey + `","is_admin":true}`})
		r.must(t, ask{method: "POST", path: at + "/permissions", as: host, body: `{"participant":"` + speaker.pubkey + `","can_publish":true}`})
		r.must(t, ask{method: "DELETE", path: at + "/participants/" + banned.pubkey, as: host, body: `{"ban":true}`})
	}
	r.must(t, ask{method: "DELETE", path: base + "/" + state["ended"], as: host})

	const ok, gone, missing = "200", "404 nest_ended", "404 nest_not_found"
	later, closed, off, out, hls := "403 nest_not_started", "403 nest_private", "403 guests_not_allowed", "403 banned", "503 hls_unavailable"
	for _, c := range []struct{ state, info, guest, listener, banned, speaker, admin, host, people, hls string }{
		{"live", ok, ok, ok, out, ok, ok, ok, ok, hls},
		{"planned", ok, later, later, out, ok, ok, ok, later, hls},
		{"ended", gone, gone, gone, gone, gone, gone, gone, gone, gone},
		{"quiet", ok, off, ok, out, ok, ok, ok, ok, hls},
		{"private", closed, closed, closed, out, ok, ok, ok, closed, closed},
		{"unknown", missing, missing, missing, missing, missing, missing, missing, missing, missing},
	} {
		at := base + "/" + state[c.state]
		for _, door := range []struct {
			name string
			q    ask
			want string
		}{
			{"info", ask{path: at + "/info"}, c.info},
			{"guest", ask{path: at + "/guest"}, c.guest},
			{"listener", ask{path: at, as: listener}, c.listener},
			{"banned", ask{path: at, as: banned}, c.banned},
			{"speaker", ask{path: at, as: speaker}, c.speaker},
			{"admin", ask{path: at, as: admin}, c.admin},
			{"host", ask{path: at, as: host}, c.host},
			{"participants", ask{path: at + "/participants"}, c.people},
			{"hls", ask{path: "/api/v1/live/" + state[c.state] + "/live.m3u8"}, c.hls},
		} {
			t.Run(c.state+"/"+door.name, func(t *testing.T) {
				door.q.method = "GET"
				got := r.do(t, door.q)
				if said := strings.TrimSpace(fmt.Sprint(got.status, " ", got.code())); said != door.want {
					t.Errorf("%s, want %s: %s", said, door.want, got.text)
				}
			})
		}
	}
}

func TestRefusalsTellTheFacts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	id := uuid.NewString()
	r.must(t, ask{method: "PUT", path: base, as: host, body: `{"event":` + encode(t, r.space(t, host, id)) + `}`})
	starts := r.clock.Load() + time.Hour.Milliseconds()
	planned := r.create(t, host, fmt.Sprintf(`{"starts_at":%d}`, starts))
	r.must(t, ask{method: "DELETE", path: base + "/" + id, as: host})

	got := r.do(t, ask{method: "GET", path: base + "/" + id + "/info"})
	if got.str("title") != "Morning coffee" || got.str("host") != host.pubkey || got.json["ended_at"] != float64(r.clock.Load()) {
		t.Errorf("an ended nest: %s", got.text)
	}
	if recordings, ok := got.json["recordings"].([]any); !ok || len(recordings) != 0 {
		t.Errorf("recordings of an ended nest: %s", got.text)
	}
	got = r.do(t, ask{method: "GET", path: base + "/" + planned + "/guest"})
	if got.json["starts_at"] != float64(starts) {
		t.Errorf("a planned nest: %s", got.text)
	}
	got = r.do(t, ask{method: "GET", path: base + "/" + uuid.NewString() + "/info"})
	if got.str("error") != "Room not found" {
		t.Errorf("an unknown nest: %s", got.text)
	}
}

// While LiveKit does not answer nothing becomes absent: info goes on, the doors say 503.
func TestDoorsWhileLiveKitIsAway(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	at := base + "/" + r.create(t, host, "")
	r.livekit.down = true
	info := r.do(t, ask{method: "GET", path: at + "/info"})
	if _, told := info.json["participantCount"]; info.status != http.StatusOK || told {
		t.Errorf("info: %d %s", info.status, info.text)
	}
	for _, q := range []ask{
		{method: "GET", path: at, as: host}, {method: "GET", path: at + "/guest"}, {method: "GET", path: at + "/participants"},
		{method: "POST", path: "/api/v1/check-room"},
	} {
		got := r.do(t, q)
		if got.status != http.StatusServiceUnavailable || got.code() != "media_unavailable" || got.header.Get("Retry-After") != "2" {
			t.Errorf("%s %s: %d %s %v", q.method, q.path, got.status, got.text, got.header)
		}
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	at := base + "/" + r.create(t, host, `{"relays":["WSS://Relay.Example/"],"hls_stream":true}`)
	r.livekit.people[at[len(base)+1:]] = []nest.Participant{{Identity: host.pubkey}, {Identity: "guest-" + uuid.NewString()}}
	got := r.must(t, ask{method: "GET", path: at + "/info"})
	for name, want := range map[string]string{
		"host": fmt.Sprintf("%q", host.pubkey), "speakers": fmt.Sprintf("[%q]", host.pubkey), "admins": fmt.Sprintf("[%q]", host.pubkey),
		"recording": "false", "status": `"active"`, "participantCount": "2", "on_stage": "1", "access": `"open"`, "guests": "true",
		"hashtags": "[]", "title": `""`, "signature_owed": "false",
		"endpoints": fmt.Sprintf("[%q,%q]", "wss+livekit://nests.example", origin+"/api/v1/live/"+at[len(base)+1:]+"/live.m3u8"),
	} {
		if said := encode(t, got.json[name]); said != want {
			t.Errorf("%s is %s, want %s", name, said, want)
		}
	}
	if !strings.HasPrefix(got.str("link"), "naddr1") {
		t.Errorf("link is %q", got.str("link"))
	}
	if _, told := got.json["starts_at"]; told {
		t.Errorf("a nest that began at once tells a start: %s", got.text)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, listener := newPerson(t), newPerson(t)
	id := r.create(t, host, "")
	for name, c := range map[string]struct {
		q    ask
		want string
	}{
		"host":     {ask{method: "GET", path: base + "/" + id, as: host}, ":" + id + ":" + host.pubkey + ":true:10m0s"},
		"listener": {ask{method: "GET", path: base + "/" + id, as: listener}, ":" + id + ":" + listener.pubkey + ":false:10m0s"},
		"guest":    {ask{method: "GET", path: base + "/" + id + "/guest"}, ":" + id + ":guest-"},
		"check":    {ask{method: "POST", path: "/api/v1/check-room"}, ":check-"},
	} {
		got := r.must(t, c.q)
		if !strings.HasPrefix(got.str("token"), "secrettoken"+c.want) || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %v", name, got.text, got.header)
		}
	}
}
