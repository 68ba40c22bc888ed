package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"nests/internal/nesttest"
)

var signalPaths = []string{"/rtc", "/rtc/v1", "/livekit/rtc", "/livekit/rtc/v1"}

// A demotion overrides an older token. A former speaker reconnects as a listener, until promoted again.
func TestDemotedWithAnOldToken(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, ann := s.user(), s.user()
	id, _ := host.create()
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	old := ann.join(id)
	annBot := nesttest.Speaker(t, s.ws(), old)
	guest := nesttest.Join(t, s.ws(), s.guest(id))
	nesttest.Eventually(t, 10*time.Second, guest.Hears(ann.pubkey))
	annBot.Leave()
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": false})
	for _, options := range [][]nesttest.BotOption{nil, {nesttest.WithSinglePeer()}} {
		back := nesttest.Join(t, s.ws(), old, options...)
		if err := back.Speak(); err == nil {
			t.Error("a demoted speaker published with the old token")
		}
		nesttest.Never(t, time.Second, guest.HearsNot(ann.pubkey))
		back.Leave()
	}
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	nesttest.Speaker(t, s.ws(), old)
	nesttest.Eventually(t, 5*time.Second, guest.Hears(ann.pubkey))
}

// A banned or removed participant is disconnected within 5 s and cannot reconnect with an older token.
func TestBannedWithAnOldToken(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, ann := s.user(), s.user()
	id, _ := host.create()
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	annToken, guestToken := ann.join(id), s.guest(id)
	annBot, guestBot := nesttest.Speaker(t, s.ws(), annToken), nesttest.Join(t, s.ws(), guestToken)
	guest := guestBot.Room.LocalParticipant.Identity()
	for identity, bot := range map[string]*nesttest.Bot{ann.pubkey: annBot, guest: guestBot} {
		if a := host.call(http.MethodDelete, "/"+id+"/participants/"+identity,
			map[string]bool{"ban": true}); a.status != 204 {
			t.Fatalf("remove answered %d %s", a.status, a.text)
		}
		select {
		case <-bot.Gone():
		case <-time.After(5 * time.Second):
			t.Errorf("%.8s is inside 5 s after the ban", identity)
		}
	}
	for name, token := range map[string]string{"the banned": annToken, "the removed guest": guestToken} {
		if bot, err := nesttest.Connect(within(t, 10*time.Second), s.ws(), token); err == nil {
			bot.Leave()
			t.Errorf("%s came back with the old token", name)
		}
	}
	nesttest.Join(t, s.ws(), s.guest(id)) // another guest has another identity
	if a := host.call(http.MethodDelete, "/"+id+"/bans/"+ann.pubkey, nil); a.status != 204 {
		t.Fatalf("lifting the ban answered %d %s", a.status, a.text)
	}
	back := nesttest.Join(t, s.ws(), annToken)
	if err := back.Speak(); err == nil {
		t.Error("the lifted ban gave the stage back")
	}
}

// LiveKit creates a second identity for ?publish=. The gate drops the parameter.
func TestPublishParameterIsDropped(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host := s.user()
	id, token := host.create()
	for _, path := range []string{"/rtc", "/livekit/rtc"} {
		ws, _, err := websocket.Dial(within(t, 10*time.Second),
			s.ws()+path+"?protocol=15&sdk=go&publish=x&access_token="+token, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.CloseNow()
		identities := func() (all []string) {
			people, err := s.livekit().Participants(within(t, 5*time.Second), id)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range people {
				all = append(all, p.Identity)
			}
			return all
		}
		nesttest.Eventually(t, 5*time.Second, func() string {
			if got := identities(); len(got) != 1 || got[0] != host.pubkey {
				return "in the room: " + strings.Join(got, ", ")
			}
			return ""
		})
	}
}

// Nothing under /rtc answers 404, whatever the token and the method: livekit-client retries a 404 without end.
func TestSignallingIsNever404(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, ann := s.user(), s.user()
	id, _ := host.create()
	over, _ := host.create()
	host.call(http.MethodDelete, "/"+over, nil)
	tokens := map[string]string{
		"none": "", "junk": "junk", "another key's": tokenFor(t, id, ann.pubkey),
		"of an unknown nest": s.oldToken(uuid.NewString(), ann.pubkey),
		"of an ended nest":   s.oldToken(over, ann.pubkey), "of no nest at all": s.oldToken("standup", ann.pubkey),
		"of an ended check":     s.oldToken("check-"+uuid.NewString(), ann.pubkey),
		"of a strange identity": s.oldToken(id, "carol"),
	}
	for name, token := range tokens {
		for _, path := range signalPaths {
			query := "?access_token=" + url.QueryEscape(token)
			for _, a := range []answer{s.get(path + query), s.get(path + "/validate" + query)} {
				if a.status != 401 && a.status != 403 || a.str("code") == "" ||
					a.header.Get("Access-Control-Allow-Origin") != "*" {
					t.Errorf("%s with a token %s answered %d %s %v", path, name, a.status, a.text, a.header)
				}
			}
			ws, res, err := websocket.Dial(within(t, 5*time.Second), s.ws()+path+query, nil)
			if err == nil {
				ws.CloseNow()
				t.Errorf("%s with a token %s opens", path, name)
			} else if res == nil || res.StatusCode != 401 && res.StatusCode != 403 {
				t.Errorf("%s by WebSocket with a token %s: %v", path, name, err)
			}
		}
	}
}
