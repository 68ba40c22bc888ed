package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/livekit/protocol/auth"

	"nests/internal/nest"
)

// oldToken returns a token that the server could have minted earlier, signed with its key and with the right to
// publish.
func (s *server) oldToken(room, identity string) string {
	s.t.Helper()
	client := s.livekit()
	grant := &auth.VideoGrant{RoomJoin: true, Room: room}
	grant.SetCanPublish(true)
	token, err := auth.NewAccessToken(client.Key,
		client.Secret).SetIdentity(identity).SetVideoGrant(grant).SetValidFor(5 * time.Minute).ToJWT()
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// Every endpoint in every state of a nest, for a visitor without a role. All use one policy, so they agree.
func TestEveryEndpointInEveryState(t *testing.T) {
	t.Parallel()
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host, ann := s.user(), s.user()
	made := func(body map[string]any) string {
		t.Helper()
		a := host.call(http.MethodPut, "", body)
		if a.status != 200 {
			t.Fatalf("create answered %d %s", a.status, a.text)
		}
		return a.str("roomId")
	}
	ids := map[string]string{
		"unknown": uuid.NewString(), "banned": made(map[string]any{}),
		"no guests": made(map[string]any{"guests": false}), "ended": made(map[string]any{}),
		"planned": made(map[string]any{"starts_at": time.Now().Add(time.Hour).UnixMilli()}),
		"private": made(map[string]any{"access": "private"}),
	}
	if a := host.call(http.MethodDelete, "/"+ids["banned"]+"/participants/"+ann.pubkey,
		map[string]bool{"ban": true}); a.status != 204 {
		t.Fatalf("ban answered %d %s", a.status, a.text)
	}
	if a := host.call(http.MethodDelete, "/"+ids["ended"], nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}

	open := func(endpoint string) func(string) answer {
		return func(id string) answer { return s.get("/api/v1/nests/" + id + endpoint) }
	}
	signed := func(method, endpoint string, body any) func(string) answer {
		return func(id string) answer { return ann.call(method, "/"+id+endpoint, body) }
	}
	gate := func(path, identity string) func(string) answer {
		return func(id string) answer { return s.get(path + "?access_token=" + s.oldToken(id, identity)) }
	}
	guest := nest.GuestPrefix + uuid.NewString()
	const (
		unknown = "404 nest_not_found"
		over    = "404 nest_ended"
		soon    = "403 nest_not_started"
		private = "403 nest_private"
		role    = "403 forbidden"
	)
	states := []string{"unknown", "banned", "no guests", "ended", "planned", "private"}
	for _, row := range []struct {
		endpoint string
		ask      func(id string) answer
		want     []string // in the order of states
	}{
		{"info", open("/info"), []string{unknown, "200", "200", over, "200", private}},
		{"guest", open("/guest"), []string{unknown, "200", "403 guests_not_allowed", over, soon, private}},
		{"participants", open("/participants"), []string{unknown, "200", "200", over, soon, private}},
		{"join", signed("GET", "", nil), []string{unknown, "403 banned", "200", over, soon, private}},
		{
			endpoint: "hand",
			ask:      signed("POST", "/hand", map[string]bool{"raised": true}),
			want:     []string{unknown, "403 banned", "204", over, soon, private},
		},
		{
			endpoint: "permissions",
			ask: signed("POST", "/permissions", map[string]any{"participant": ann.pubkey,
				"can_publish": true}),
			want: []string{unknown, role, role, over, role, role},
		},
		{"restart", signed("POST", "/restart", nil), []string{unknown, role, role, role, role, role}},
		{"end", signed("DELETE", "", nil), []string{unknown, role, role, role, role, role}},
		{"close", signed("POST", "/close", nil), []string{unknown, role, role, role, role, role}},
		{"mute all", signed("POST", "/mute-all", nil), []string{unknown, role, role, over, role, role}},
		{
			endpoint: "remove",
			ask:      signed("DELETE", "/participants/"+host.pubkey, nil),
			want:     []string{unknown, role, role, over, role, role},
		},
		{"members", signed("GET", "/members", nil), []string{unknown, role, role, role, role, role}},
		{"give access", signed("PUT", "/members/"+ann.pubkey, nil), []string{unknown, role, role, over, role, role}},
		{
			endpoint: "revoke access",
			ask:      signed("DELETE", "/members/"+host.pubkey, nil),
			want:     []string{unknown, role, role, over, role, role},
		},
		{"invites", signed("GET", "/invites", nil), []string{unknown, role, role, role, role, role}},
		{"invite", signed("POST", "/invites", nil), []string{unknown, role, role, over, role, role}},
		{"revoke", signed("DELETE", "/invites/x", nil), []string{unknown, role, role, over, role, role}},
		{"bans", signed("GET", "/bans", nil), []string{unknown, role, role, role, role, role}},
		{
			endpoint: "space",
			ask: func(id string) answer {
				return ann.call(http.MethodPut, "/"+id+"/space",
					map[string]any{"event": ann.space(id, time.Now(), []string{"room", "Mine"},
						[]string{"status", "open"})})
			},
			want: []string{unknown, role, role, role, role, role},
		},
		{
			endpoint: "gate",
			ask:      gate("/rtc", ann.pubkey),
			want: []string{"403 nest_not_found", "403 banned", "426 upgrade_required",
				"403 nest_ended", soon, private},
		},
		{
			endpoint: "gate of browsers",
			ask:      gate("/livekit/rtc/v1", ann.pubkey),
			want: []string{
				"403 nest_not_found", "403 banned", "426 upgrade_required", "403 nest_ended", soon, private,
			},
		},
		{
			endpoint: "validate",
			ask:      gate("/rtc/validate", ann.pubkey),
			want: []string{"403 nest_not_found", "403 banned", "200",
				"403 nest_ended", soon, private},
		},
		{
			endpoint: "gate for guests",
			ask:      gate("/rtc/v1", guest),
			want: []string{"403 nest_not_found", "426 upgrade_required",
				"403 guests_not_allowed", "403 nest_ended", soon, private},
		},
	} {
		for i, state := range states {
			t.Run(row.endpoint+" of "+state, func(t *testing.T) {
				status, code, refusal := strings.Cut(row.want[i], " ")
				want, err := strconv.Atoi(status)
				if err != nil {
					t.Fatal(err)
				}
				a := row.ask(ids[state])
				if !refusal && a.status != want {
					t.Errorf("answered %d %s; want %d", a.status, a.text, want)
				}
				if refusal {
					expectRefusal(t, a, want, code)
				}
				if code == "nest_not_found" && a.str("error") != "Room not found" {
					t.Errorf("published clients read %q", a.str("error"))
				}
			})
		}
	}
	if a := host.call(http.MethodGet, "/"+ids["private"]+"/info", nil); a.str("host") != host.pubkey {
		t.Errorf("after all that the private nest is %s", a.text)
	}
}
