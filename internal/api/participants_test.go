package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"nests/internal/nest"
)

// roles has a user of every role in one nest.
type roles struct{ host, admin, admin2, speaker, listener, banned, nonMember user }

// named is the user with a role, and the zero user for any other name.
func (u roles) named(role string) user {
	return map[string]user{
		"host":      u.host,
		"admin":     u.admin,
		"admin2":    u.admin2,
		"speaker":   u.speaker,
		"listener":  u.listener,
		"banned":    u.banned,
		"nonMember": u.nonMember,
	}[role]
}

// nestWithRoles creates a nest with a user of every role, and returns its path.
func (r *rig) nestWithRoles(t testing.TB) (string, roles) {
	t.Helper()
	u := roles{newUser(t), newUser(t), newUser(t), newUser(t), newUser(t), newUser(t), newUser(t)}
	at := base + "/" + r.create(t, u.host, "")
	r.permit(t, u.host, at, `{"participant":"`+u.admin.pubkey+`","is_admin":true}`)
	r.permit(t, u.host, at, `{"participant":"`+u.admin2.pubkey+`","is_admin":true}`)
	r.permit(t, u.host, at, `{"participant":"`+u.speaker.pubkey+`","can_publish":true}`)
	r.must(t, call{method: "DELETE", path: at + "/participants/" + u.banned.pubkey, as: u.host, body: `{"ban":true}`})
	return at, u
}

// Each row is a change that an actor makes to a target, starting from nestWithRoles.
func TestPermissions(t *testing.T) {
	t.Parallel()
	const changed, same, no = "201", "204", "403 forbidden"
	for _, c := range []struct{ actor, target, change, want string }{
		{"host", "listener", `"can_publish":true`, changed},
		{"host", "speaker", `"can_publish":true`, same},
		{"host", "nonMember", `"can_publish":true`, changed},
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
		{"nonMember", "speaker", `"can_publish":false`, no},
		{"banned", "banned", `"can_publish":false`, no},
	} {
		t.Run(strings.NewReplacer(`"`, "", ":", " ").Replace(c.actor+" on "+c.target+" "+c.change), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			at, u := r.nestWithRoles(t)
			speaker := nest.Participant{Identity: u.speaker.pubkey, Publish: true, Unmuted: true}
			r.livekit.participants[at[len(base)+1:]] = []nest.Participant{speaker}
			before := r.must(t, call{method: "GET", path: at + "/info"}).text
			body := fmt.Sprintf(`{"participant":%q,%s}`, u.named(c.target).pubkey, c.change)
			got := r.do(t, call{method: "POST", path: at + "/permissions", as: u.named(c.actor), body: body})
			if got.outcome() != c.want {
				t.Fatalf("%s, want %s: %s", got.outcome(), c.want, got.text)
			}
			after := r.must(t, call{method: "GET", path: at + "/info"}).text
			if (before != after) != (c.want == changed && !strings.Contains(c.change, "mute")) {
				t.Errorf("info before and after:\n%s%s", before, after)
			}
		})
	}
}

// Each row is a request, and the outcome for every role.
func TestRoles(t *testing.T) {
	t.Parallel()
	const done, no, auth = "204", "403 forbidden", "401 auth_missing"
	for _, c := range []struct{ method, path, body, host, admin, listener, banned, noKey string }{
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
		{"POST", "/hand", `{"raised":false,"participant":"{nonMember}"}`, done, done, no, "403 banned", auth},
		{"POST", "/hand", `{"raised":true,"participant":"{nonMember}"}`, no, no, no, "403 banned", auth},
	} {
		for actor, want := range map[string]string{
			"host":     c.host,
			"admin":    c.admin,
			"listener": c.listener,
			"banned":   c.banned,
			"no key":   c.noKey,
		} {
			t.Run(c.method+c.path+c.body+" by "+actor, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				at, u := r.nestWithRoles(t)
				fill := strings.NewReplacer(
					"{host}", u.host.pubkey, "{admin2}", u.admin2.pubkey, "{speaker}", u.speaker.pubkey,
					"{listener}", u.listener.pubkey, "{banned}", u.banned.pubkey, "{nonMember}", u.nonMember.pubkey)
				path, body := at+fill.Replace(c.path), fill.Replace(c.body)
				got := r.do(t, call{method: c.method, path: path, as: u.named(actor), body: body})
				if got.outcome() != want {
					t.Errorf("%s, want %s: %s", got.outcome(), want, got.text)
				}
			})
		}
	}
}

func TestBans(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at, u := r.nestWithRoles(t)
	guest := "guest-" + uuid.NewString()
	r.must(t, call{method: "DELETE", path: at + "/participants/" + guest, as: u.admin})
	got := r.must(t, call{method: "GET", path: at + "/bans", as: u.host})
	for _, want := range []string{
		fmt.Sprintf(`{"pubkey":%q,"banned_at":%d}`, u.banned.pubkey, r.clock.Load()),
		fmt.Sprintf(`{"pubkey":%q,"banned_at":%d,"until":%d}`, guest, r.clock.Load(), r.clock.Load()+12*60*60*1000),
	} {
		if !strings.Contains(got.text, want) {
			t.Errorf("bans are %s, want %s", got.text, want)
		}
	}
	r.must(t, call{method: "DELETE", path: at + "/bans/" + u.banned.pubkey, as: u.admin})
	r.must(t, call{method: "GET", path: at, as: u.banned})
	for _, path := range []string{
		"/participants/nobody", "/participants/" + strings.ToUpper(u.host.pubkey), "/bans/npub1", "/participants/%00",
	} {
		if got := r.do(t, call{method: "DELETE", path: at + path, as: u.host}); got.status != http.StatusBadRequest {
			t.Errorf("DELETE %s: %d %s", path, got.status, got.text)
		}
	}
}

func TestParticipants(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at, u := r.nestWithRoles(t)
	guest := "guest-" + uuid.NewString()
	r.livekit.participants[at[len(base)+1:]] = []nest.Participant{
		{Identity: u.host.pubkey, Publish: true, Unmuted: true}, {Identity: u.listener.pubkey}, {Identity: guest},
		{Identity: "recorder-" + uuid.NewString()},
	}
	r.must(t, call{method: "POST", path: at + "/hand", as: u.listener, body: `{"raised":true}`})
	got := r.must(t, call{method: "GET", path: at + "/participants"})
	want := fmt.Sprintf(`{"participants":[{"identity":%q,"pubkey":%q,"role":"host","on_stage":true,"muted":false},`+
		`{"identity":%q,"pubkey":%q,"role":"member","on_stage":false,"muted":true,"hand_since":%d},`+
		`{"identity":%q,"role":"member","on_stage":false,"muted":true}]}`+"\n",
		u.host.pubkey, u.host.pubkey, u.listener.pubkey, u.listener.pubkey, r.clock.Load(), guest)
	if got.text != want {
		t.Errorf("participants are\n%swant\n%s", got.text, want)
	}
	empty := base + "/" + r.create(t, u.host, "")
	got = r.must(t, call{method: "GET", path: empty + "/participants"})
	if got.text != "{\"participants\":[]}\n" {
		t.Errorf("the participants of an empty nest are %s", got.text)
	}
}

// A wrong type is refused with the name of the field, whatever else the body contains.
func TestFieldsOfTheWrongType(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at, u := r.nestWithRoles(t)
	about := `{"participant":"` + u.listener.pubkey + `",`
	for _, c := range []struct{ method, path, body, code string }{
		{"POST", "/permissions", about + `"can_publish":"yes"}`, "invalid_can_publish"},
		{"POST", "/permissions", about + `"is_admin":1}`, "invalid_is_admin"},
		{"POST", "/permissions", about + `"mute_microphone":{}}`, "invalid_mute_microphone"},
		{"POST", "/permissions", `{"can_publish":true}`, "invalid_participant"},
		{"POST", "/permissions", `{"participant":["x"]}`, "invalid_participant"},
		{"POST", "/permissions", `{"participant":"` + strings.ToUpper(u.listener.pubkey) + `"}`, "invalid_participant"},
		{"POST", "/permissions", `{"participant":"npub1x"}`, "invalid_participant"},
		{"POST", "/hand", `{}`, "invalid_raised"},
		{"POST", "/hand", `{"raised":null}`, "invalid_raised"},
		{"POST", "/hand", `{"raised":"up"}`, "invalid_raised"},
		{"POST", "/hand", `{"raised":true,"participant":"x"}`, "invalid_participant"},
		{"POST", "/restart", `{"force":"yes"}`, "invalid_force"},
		{"POST", "/restart", `{"event":{}}`, "invalid_event"},
		{"DELETE", "/participants/" + u.listener.pubkey, `{"ban":"yes"}`, "invalid_ban"},
		{"PUT", "/space", `{"event":null}`, "invalid_event"},
	} {
		got := r.do(t, call{method: c.method, path: at + c.path, as: u.host, body: c.body})
		if got.status != http.StatusBadRequest || got.code() != c.code {
			t.Errorf("%s %s %s: %d %s, want %s", c.method, c.path, c.body, got.status, got.text, c.code)
		}
	}
	empty := about + `"can_publish":null,"x":1}`
	got := r.do(t, call{method: "POST", path: at + "/permissions", as: u.host, body: empty})
	if got.status != http.StatusNoContent {
		t.Errorf("a change without a field: %d %s", got.status, got.text)
	}
}
