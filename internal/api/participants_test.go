package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"nests/internal/nest"
)

// who is everybody a permission can be about, in one nest.
type who struct{ host, admin, other, speaker, listener, banned, stranger person }

func (w who) named(name string) person {
	return map[string]person{"host": w.host, "admin": w.admin, "admin2": w.other, "speaker": w.speaker,
		"listener": w.listener, "banned": w.banned, "stranger": w.stranger}[name]
}

func (r *rig) crowd(t testing.TB) (string, who) {
	t.Helper()
	w := who{newPerson(t), newPerson(t), newPerson(t), newPerson(t), newPerson(t), newPerson(t), newPerson(t)}
	at := base + "/" + r.create(t, w.host, "")
	for _, body := range []string{
		`{"participant":"` + w.admin.pubkey + `","is_admin":true}`, `{"participant":"` + w.other.pubkey + `","is_admin":true}`,
		`{"participant":"` + w.speaker.pubkey + `","can_publish":true}`,
	} {
		r.must(t, ask{method: "POST", path: at + "/permissions", as: w.host, body: body})
	}
	r.must(t, ask{method: "DELETE", path: at + "/participants/" + w.banned.pubkey, as: w.host, body: `{"ban":true}`})
	return at, w
}

// The rows of contract.md §permissions: who may say what about whom, from the state that crowd makes.
func TestPermissions(t *testing.T) {
	t.Parallel()
	const changed, same, no = "201", "204", "403 forbidden"
	for _, c := range []struct{ actor, about, say, want string }{
		{"host", "listener", `"can_publish":true`, changed},
		{"host", "speaker", `"can_publish":true`, same},
		{"host", "stranger", `"can_publish":true`, changed},
		{"host", "host", `"can_publish":false`, changed},
		{"host", "host", `"can_publish":true`, same},
		{"host", "speaker", `"is_admin":true`, changed},
		{"host", "admin", `"is_admin":false`, changed},
		{"host", "host", `"is_admin":false`, no},
		{"host", "banned", `"can_publish":true`, "403 banned"},
		{"host", "banned", `"is_admin":true`, "403 banned"},
		{"host", "listener", `"mute_microphone":false`, same},
		{"admin", "listener", `"can_publish":true`, changed},
		{"admin", "speaker", `"can_publish":false`, changed},
		{"admin", "admin2", `"can_publish":true`, changed},
		{"admin", "host", `"can_publish":false`, no},
		{"admin", "host", `"mute_microphone":true`, no},
		{"admin", "listener", `"is_admin":true`, no},
		{"admin", "admin", `"is_admin":false`, no},
		{"admin", "admin", `"can_publish":true`, changed},
		{"admin", "speaker", `"mute_microphone":true`, changed},
		{"admin", "listener", `"mute_microphone":true`, same},
		{"speaker", "speaker", `"can_publish":false`, changed},
		{"speaker", "speaker", `"mute_microphone":true`, changed},
		{"speaker", "listener", `"can_publish":true`, no},
		{"speaker", "admin", `"mute_microphone":true`, no},
		{"listener", "listener", `"can_publish":false`, same},
		{"listener", "listener", `"can_publish":true`, no},
		{"listener", "listener", `"is_admin":true`, no},
		{"listener", "host", `"is_admin":false`, no},
		{"stranger", "speaker", `"can_publish":false`, no},
		{"banned", "banned", `"can_publish":false`, no},
	} {
		t.Run(strings.NewReplacer(`"`, "", ":", " ").Replace(c.actor+" on "+c.about+" "+c.say), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			at, w := r.crowd(t)
			r.livekit.people[at[len(base)+1:]] = []nest.Participant{{Identity: w.speaker.pubkey, Publish: true, Unmuted: true}}
			before := r.must(t, ask{method: "GET", path: at + "/info"}).text
			got := r.do(t, ask{method: "POST", path: at + "/permissions", as: w.named(c.actor),
				body: fmt.Sprintf(`{"participant":%q,%s}`, w.named(c.about).pubkey, c.say)})
			if said := strings.TrimSpace(fmt.Sprint(got.status, " ", got.code())); said != c.want {
				t.Fatalf("%s, want %s: %s", said, c.want, got.text)
			}
			after := r.must(t, ask{method: "GET", path: at + "/info"}).text
			if (before != after) != (c.want == changed && !strings.Contains(c.say, "mute")) {
				t.Errorf("info before and after:\n%s%s", before, after)
			}
		})
	}
}

// What only some may do, asked by everybody.
func TestRoles(t *testing.T) {
	t.Parallel()
	const done, no, auth = "204", "403 forbidden", "401 auth_missing"
	for _, c := range []struct{ method, path, body, host, admin, listener, banned, nobody string }{
		{"POST", "/restart", "", "200", no, no, no, auth},
		{"POST", "/restart", `{"force":true}`, "200", no, no, no, auth},
		{"POST", "/close", "", done, done, no, no, auth},
		{"DELETE", "", "", done, no, no, no, auth},
		{"POST", "/mute-all", "", done, done, no, no, auth},
		{"GET", "/bans", "", "200", "200", no, no, auth},
		{"DELETE", "/bans/{banned}", "", done, done, no, no, auth},
		{"DELETE", "/participants/{speaker}", "", done, done, no, no, auth},
		{"DELETE", "/participants/{speaker}", `{"ban":true}`, done, done, no, no, auth},
		{"DELETE", "/participants/{admin2}", "", done, no, no, no, auth},
		{"DELETE", "/participants/{host}", "", no, no, no, no, auth},
		{"POST", "/hand", `{"raised":true}`, done, done, done, "403 banned", auth},
		{"POST", "/hand", `{"raised":false,"participant":"{listener}"}`, done, done, done, "403 banned", auth},
		{"POST", "/hand", `{"raised":false,"participant":"{stranger}"}`, done, done, no, "403 banned", auth},
		{"POST", "/hand", `{"raised":true,"participant":"{stranger}"}`, no, no, no, "403 banned", auth},
	} {
		for actor, want := range map[string]string{"host": c.host, "admin": c.admin, "listener": c.listener, "banned": c.banned, "nobody": c.nobody} {
			t.Run(c.method+c.path+c.body+" by "+actor, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				at, w := r.crowd(t)
				fill := strings.NewReplacer("{host}", w.host.pubkey, "{admin2}", w.other.pubkey, "{speaker}", w.speaker.pubkey,
					"{listener}", w.listener.pubkey, "{banned}", w.banned.pubkey, "{stranger}", w.stranger.pubkey)
				got := r.do(t, ask{method: c.method, path: at + fill.Replace(c.path), as: w.named(actor), body: fill.Replace(c.body)})
				if said := strings.TrimSpace(fmt.Sprint(got.status, " ", got.code())); said != want {
					t.Errorf("%s, want %s: %s", said, want, got.text)
				}
			})
		}
	}
}

func TestBans(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at, w := r.crowd(t)
	guest := "guest-" + uuid.NewString()
	r.must(t, ask{method: "DELETE", path: at + "/participants/" + guest, as: w.admin})
	got := r.must(t, ask{method: "GET", path: at + "/bans", as: w.host})
	for _, want := range []string{
		fmt.Sprintf(`{"pubkey":%q,"banned_at":%d}`, w.banned.pubkey, r.clock.Load()),
		fmt.Sprintf(`{"pubkey":%q,"banned_at":%d,"until":%d}`, guest, r.clock.Load(), r.clock.Load()+12*60*60*1000),
	} {
		if !strings.Contains(got.text, want) {
			t.Errorf("bans %s without %s", got.text, want)
		}
	}
	r.must(t, ask{method: "DELETE", path: at + "/bans/" + w.banned.pubkey, as: w.admin})
	r.must(t, ask{method: "GET", path: at, as: w.banned})
	for _, path := range []string{"/participants/nobody", "/participants/" + strings.ToUpper(w.host.pubkey), "/bans/npub1", "/participants/%00"} {
		if got := r.do(t, ask{method: "DELETE", path: at + path, as: w.host}); got.status != http.StatusBadRequest {
			t.Errorf("DELETE %s: %d %s", path, got.status, got.text)
		}
	}
}

func TestParticipants(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at, w := r.crowd(t)
	guest := "guest-" + uuid.NewString()
	r.livekit.people[at[len(base)+1:]] = []nest.Participant{
		{Identity: w.host.pubkey, Publish: true, Unmuted: true}, {Identity: w.listener.pubkey}, {Identity: guest},
		{Identity: "recorder-" + uuid.NewString()},
	}
	r.must(t, ask{method: "POST", path: at + "/hand", as: w.listener, body: `{"raised":true}`})
	got := r.must(t, ask{method: "GET", path: at + "/participants"})
	want := fmt.Sprintf(`{"participants":[{"identity":%q,"pubkey":%q,"role":"host","on_stage":true,"muted":false},`+
		`{"identity":%q,"pubkey":%q,"role":"member","on_stage":false,"muted":true,"hand_since":%d},`+
		`{"identity":%q,"role":"member","on_stage":false,"muted":true}]}`+"\n",
		w.host.pubkey, w.host.pubkey, w.listener.pubkey, w.listener.pubkey, r.clock.Load(), guest)
	if got.text != want {
		t.Errorf("participants are\n%swant\n%s", got.text, want)
	}
	empty := r.create(t, w.host, "")
	if got := r.must(t, ask{method: "GET", path: base + "/" + empty + "/participants"}); got.text != "{\"participants\":[]}\n" {
		t.Errorf("nobody is %s", got.text)
	}
}

// A wrong type is refused by the field's name, whatever else the body says.
func TestFieldsOfTheWrongType(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at, w := r.crowd(t)
	about := `{"participant":"` + w.listener.pubkey + `",`
	for _, c := range []struct{ method, path, body, code string }{
		{"POST", "/permissions", about + `"can_publish":"yes"}`, "invalid_can_publish"},
		{"POST", "/permissions", about + `"is_admin":1}`, "invalid_is_admin"},
		{"POST", "/permissions", about + `"mute_microphone":{}}`, "invalid_mute_microphone"},
		{"POST", "/permissions", `{"can_publish":true}`, "invalid_participant"},
		{"POST", "/permissions", `{"participant":["x"]}`, "invalid_participant"},
		{"POST", "/permissions", `{"participant":"` + strings.ToUpper(w.listener.pubkey) + `"}`, "invalid_participant"},
		{"POST", "/permissions", `{"participant":"npub1x"}`, "invalid_participant"},
		{"POST", "/hand", `{}`, "invalid_raised"},
		{"POST", "/hand", `{"raised":null}`, "invalid_raised"},
		{"POST", "/hand", `{"raised":"up"}`, "invalid_raised"},
		{"POST", "/hand", `{"raised":true,"participant":"x"}`, "invalid_participant"},
		{"POST", "/restart", `{"force":"yes"}`, "invalid_force"},
		{"POST", "/restart", `{"event":{}}`, "invalid_event"},
		{"DELETE", "/participants/" + w.listener.pubkey, `{"ban":"yes"}`, "invalid_ban"},
		{"PUT", "/space", `{"event":null}`, "invalid_event"},
	} {
		got := r.do(t, ask{method: c.method, path: at + c.path, as: w.host, body: c.body})
		if got.status != http.StatusBadRequest || got.code() != c.code {
			t.Errorf("%s %s %s: %d %s, want %s", c.method, c.path, c.body, got.status, got.text, c.code)
		}
	}
	got := r.do(t, ask{method: "POST", path: at + "/permissions", as: w.host, body: about + `"can_publish":null,"x":1}`})
	if got.status != http.StatusNoContent {
		t.Errorf("a change that says nothing: %d %s", got.status, got.text)
	}
}
