package e2e

import (
	"net/http"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// The main use: one user talks and others hear. A promoted user is heard, a demoted one is not, and the end of a nest
// disconnects everyone.
func TestParticipantsHearEachOther(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, ann := s.user(), s.user()
	id, hostToken := host.create()
	talker := nesttest.Speaker(t, s.ws(), hostToken)
	listener := nesttest.Join(t, s.ws(), s.guest(id))
	annToken := ann.join(id)
	annBot := nesttest.Join(t, s.ws(), annToken)
	nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
	nesttest.Eventually(t, 10*time.Second, annBot.Hears(host.pubkey))

	if err := listener.Speak(); err == nil {
		t.Error("a guest could publish a microphone")
	}
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	speakOnStage(t, annBot, 5*time.Second)
	nesttest.Eventually(t, 5*time.Second, talker.Hears(ann.pubkey))

	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": false})
	nesttest.Eventually(t, 5*time.Second, talker.HearsNot(ann.pubkey))

	if a := host.call(http.MethodDelete, "/"+id, nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}
	for name, bot := range map[string]*nesttest.Bot{"host": talker, "guest": listener, "ann": annBot} {
		select {
		case <-bot.Gone():
		case <-time.After(5 * time.Second):
			t.Errorf("%s is still inside 5 s after the end", name)
		}
	}
	if bot, err := nesttest.Connect(within(t, 10*time.Second), s.ws(), annToken); err == nil {
		bot.Leave()
		t.Error("an old token connects to a nest that ended")
	}
	expectRefusal(t, ann.call(http.MethodGet, "/"+id, nil), 404, "nest_ended")
	expectRefusal(t, s.get("/api/v1/nests/"+id+"/info"), 404, "nest_ended")
	expectRefusal(t, s.get("/api/v1/nests/"+id+"/guest"), 404, "nest_ended")
}

// Joins work after everyone left and LiveKit closed the room, after a restart of the server, and after kill -9.
func TestJoinWorksAfterEverything(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, ann := s.user(), s.user()
	id, token := host.create()
	nesttest.Join(t, s.ws(), token).Leave()
	nesttest.Eventually(t, 40*time.Second, func() string {
		if rooms := s.rooms(); len(rooms) > 0 {
			return "LiveKit still has the empty room"
		}
		return ""
	})
	joins := func(when string) {
		t.Helper()
		if a := s.get("/api/v1/nests/" + id + "/info"); a.status != 200 {
			t.Fatalf("%s: info answered %d %s", when, a.status, a.text)
		}
		talker := nesttest.Speaker(t, s.ws(), host.join(id))
		listener := nesttest.Join(t, s.ws(), ann.join(id))
		guest := nesttest.Join(t, s.ws(), s.guest(id))
		nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
		nesttest.Eventually(t, 10*time.Second, guest.Hears(host.pubkey))
		talker.Leave()
		listener.Leave()
		guest.Leave()
	}
	joins("after LiveKit closed the room")
	s.stop()
	s.start()
	joins("after a graceful restart")
	s.kill()
	s.start()
	joins("after kill -9")
}

// speakOnStage waits, as a client does, until LiveKit permits publishing, and speaks.
func speakOnStage(t testing.TB, bot *nesttest.Bot, limit time.Duration) {
	t.Helper()
	nesttest.Eventually(t, limit, func() string {
		if p := bot.Room.LocalParticipant.Permissions(); p == nil || !p.CanPublish {
			return "not on stage"
		}
		return ""
	})
	if err := bot.Speak(); err != nil {
		t.Fatal(err)
	}
}
