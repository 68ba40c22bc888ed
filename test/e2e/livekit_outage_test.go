package e2e

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/livekit/protocol/auth"

	"nests/internal/nesttest"
)

// startExternal starts a LiveKit in a process of its own and a server that uses it.
func startExternal(t testing.TB, env ...string) (*server, *nesttest.LiveKit) {
	t.Helper()
	livekit := nesttest.StartLiveKit(t)
	s := startServer(t, append(env, "NESTS_LIVEKIT_URL="+livekit.URL(), "NESTS_LIVEKIT_API_KEY="+nesttest.LiveKitKey,
		"NESTS_LIVEKIT_API_SECRET="+nesttest.LiveKitSecret)...)
	s.secrets.add(nesttest.LiveKitSecret)
	return s, livekit
}

// tokenFor returns a token signed with the API key of that LiveKit.
func tokenFor(t testing.TB, room, identity string) string {
	t.Helper()
	token, err := auth.NewAccessToken(nesttest.LiveKitKey, nesttest.LiveKitSecret).SetIdentity(identity).
		SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: room}).SetValidFor(5 * time.Minute).ToJWT()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// hearing connects the host as a speaker and a guest as a listener, and returns both once the guest hears the host.
func hearing(t testing.TB, host *user, id string) (talker, listener *nesttest.Bot) {
	t.Helper()
	talker = nesttest.Speaker(t, host.s.ws(), host.join(id))
	listener = nesttest.Join(t, host.s.ws(), host.s.guest(id))
	nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
	return talker, listener
}

// expectLiveKitAway checks that every endpoint that needs LiveKit answers 503, and that the others answer as always.
func (s *server) expectLiveKitAway(ann *user, id, over string, limit time.Duration) {
	s.t.Helper()
	nesttest.Eventually(s.t, limit, func() string {
		if a := s.get("/api/v1/nests/" + id + "/guest"); a.status != 503 {
			return "guest answers " + a.text
		}
		return ""
	})
	old := tokenFor(s.t, id, ann.pubkey)
	for endpoint, a := range map[string]answer{
		"guest":        s.get("/api/v1/nests/" + id + "/guest"),
		"join":         ann.call(http.MethodGet, "/"+id, nil),
		"participants": s.get("/api/v1/nests/" + id + "/participants"),
		"check room":   s.send(http.MethodPost, s.base()+"/api/v1/check-room", "", nil),
		"gate":         s.get("/rtc?access_token=" + old),
		"validate":     s.get("/livekit/rtc/v1/validate?access_token=" + old),
	} {
		expectRefusal(s.t, a, 503, "media_unavailable")
		if a.header.Get("Retry-After") == "" {
			s.t.Errorf("%s answers without Retry-After", endpoint)
		}
	}
	if a := s.info(id); a.status != 200 || a.str("status") != "active" || a.body["participantCount"] != nil {
		s.t.Errorf("info answered %d %s", a.status, a.text)
	}
	unknown := "/" + uuid.NewString()
	expectRefusal(s.t, s.get("/api/v1/nests"+unknown+"/info"), 404, "nest_not_found")
	expectRefusal(s.t, s.get("/api/v1/nests"+unknown+"/guest"), 404, "nest_not_found")
	expectRefusal(s.t, ann.call(http.MethodGet, unknown, nil), 404, "nest_not_found")
	expectRefusal(s.t, s.get("/rtc/validate?access_token="+tokenFor(s.t, unknown[1:], ann.pubkey)), 403,
		"nest_not_found")
	expectRefusal(s.t, ann.call(http.MethodGet, "/"+over, nil), 404, "nest_ended")
	if a := s.get("/ready"); a.status != 503 || !strings.Contains(a.text, "media") {
		s.t.Errorf("/ready answered %d %s", a.status, a.text)
	}
}

// waitUntilJoinable waits until a guest gets a token again.
func (s *server) waitUntilJoinable(id string, limit time.Duration) {
	s.t.Helper()
	nesttest.Eventually(s.t, limit, func() string {
		if a := s.get("/api/v1/nests/" + id + "/guest"); a.status != 200 {
			return "guest answers " + a.text
		}
		return ""
	})
}

// While LiveKit is down, the endpoints answer 503 and no nest is ended. All recovers by itself, also when the server
// was started meanwhile.
func TestLiveKitAway(t *testing.T) {
	t.Parallel()
	s, livekit := startExternal(t)
	host, ann := s.user(), s.user()
	id, _ := host.create()
	over, _ := host.create()
	if a := host.call(http.MethodDelete, "/"+over, nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	talker, listener := hearing(t, host, id)

	livekit.Kill(t)
	s.expectLiveKitAway(ann, id, over, 3*time.Second)
	talker.Leave()
	listener.Leave()
	livekit.Start(t)
	s.waitUntilJoinable(id, 5*time.Second)
	talker, listener = hearing(t, host, id)
	annBot := nesttest.Speaker(t, s.ws(), ann.join(id))
	nesttest.Eventually(t, 10*time.Second, listener.Hears(ann.pubkey))

	livekit.Kill(t)
	for _, bot := range []*nesttest.Bot{talker, listener, annBot} {
		bot.Leave()
	}
	s.kill()
	s.launch()
	nesttest.Eventually(t, 20*time.Second, func() string {
		if res, err := http.Get(s.base() + "/health"); err != nil {
			return err.Error()
		} else if res.Body.Close(); res.StatusCode != 200 {
			return res.Status
		}
		return ""
	})
	s.expectLiveKitAway(ann, id, over, time.Second)
	livekit.Start(t)
	s.waitUntilJoinable(id, 5*time.Second)
	hearing(t, host, id)
	expectRefusal(t, s.info(over), 404, "nest_ended")
}

// A LiveKit that hangs is treated like one that is down: the endpoints answer in time, and nobody is disconnected.
func TestLiveKitHangs(t *testing.T) {
	t.Parallel()
	s, livekit := startExternal(t)
	host, ann := s.user(), s.user()
	id, _ := host.create()
	over, _ := host.create()
	if a := host.call(http.MethodDelete, "/"+over, nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}
	talker, listener := hearing(t, host, id)
	wake := func() { syscall.Kill(livekit.PID(), syscall.SIGCONT) }
	t.Cleanup(wake)
	if err := syscall.Kill(livekit.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.expectLiveKitAway(ann, id, over, 3*time.Second)
	wake()
	s.waitUntilJoinable(id, 5*time.Second)
	nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
	if talker.Reason() != "" || listener.Reason() != "" {
		t.Errorf("a participant was disconnected: %s %s", talker.Reason(), listener.Reason())
	}
}
