package media_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"google.golang.org/protobuf/proto"

	"nests/internal/nest"
	"nests/internal/nesttest"
)

// A speaker is demoted in the store and LiveKit does not know yet: what a client holds or resumes must not bring the
// right back.
func TestDemotionBeatsWhatAClientHolds(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]nesttest.BotOption{"rtc": nil, "rtc v1": {nesttest.WithSinglePeer()}} {
		t.Run(name+" old token", func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			_, ear := s.listener()
			speaker := newKey()
			old := s.token(speaker, true)
			url := s.url()
			if options != nil {
				url = s.browser()
			}
			first := nesttest.Speaker(t, url, old, options...)
			nesttest.Eventually(t, soon, ear.Hears(speaker))
			first.Leave()
			nesttest.Eventually(t, soon, ear.HearsNot(speaker))

			s.door.grant(speaker, false)
			again := nesttest.Join(t, url, old, options...)
			_ = again.Speak() // fails, or publishes nothing
			nesttest.Never(t, 2*time.Second, ear.HearsNot(speaker))
			if p, there := s.person(speaker); !there || p.Publish || p.Unmuted {
				t.Errorf("listed as %+v, %v", p, there)
			}
		})
		t.Run(name+" resume", func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			_, ear := s.listener()
			speaker := newKey()
			url := s.url()
			if options != nil {
				url = s.browser()
			}
			bot := nesttest.Speaker(t, url, s.token(speaker, true), options...)
			nesttest.Eventually(t, soon, ear.Hears(speaker))
			before, _ := s.person(speaker)

			bot.LoseSignalling()
			nesttest.Eventually(t, soon, func() string {
				if strings.Count(s.log.String(), "gate admitted") < 3 {
					return "the bot did not resume"
				}
				// A blink while it is still at it would be no blink.
				if state := bot.Room.ConnectionState(); state != lksdk.ConnectionStateConnected {
					return "the bot is " + string(state)
				}
				return ""
			})
			nesttest.Eventually(t, soon, ear.Hears(speaker))
			if after, _ := s.person(speaker); after.SID != before.SID {
				t.Fatalf("a resume made a new session: %s, %s", before.SID, after.SID)
			}

			s.door.grant(speaker, false)
			bot.LoseSignalling()
			nesttest.Eventually(t, soon, ear.HearsNot(speaker))
			// The client still believes in its track, so that LiveKit may tell it to start over: that is a new session.
			nesttest.Eventually(t, soon, func() string {
				if p, there := s.person(speaker); !there || p.Publish || p.Unmuted || len(p.Attributes) != 0 {
					return fmt.Sprintf("listed as %+v, %v", p, there)
				}
				return ""
			})
			nesttest.Never(t, time.Second, ear.HearsNot(speaker))
		})
	}
}

func TestEndedNestStaysClosed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	identity := newKey()
	token := s.token(identity, true)
	bot := nesttest.Speaker(t, s.url(), token)
	_, ear := s.listener()
	nesttest.Eventually(t, soon, ear.Hears(identity))

	s.door.refuse(&nest.Error{Code: nest.CodeEnded, Message: "This nest has ended"})
	if err := s.client.EndRoom(t.Context(), s.room, ""); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, bot)
	awaitGone(t, ear)
	if _, err := nesttest.Connect(t.Context(), s.url(), token); err == nil {
		t.Fatal("an old token opened an ended nest")
	}
	if room, there := s.listed(); there {
		t.Errorf("LiveKit has %+v again", room)
	}
}

// The second identity that LiveKit offers for publishing does not exist here.
func TestPublishParameterHasNoEffect(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	identity := newKey()
	query := url.Values{"publish": {"x"}, "access_token": {s.token(identity, true)}, "protocol": {"15"}, "sdk": {"go"}}
	join := s.dial("/rtc?" + query.Encode())
	if got := join.GetParticipant().GetIdentity(); got != identity {
		t.Errorf("joined as %q", got)
	}
	if !join.GetParticipant().GetPermission().GetCanSubscribe() {
		t.Error("the parameter made the client deaf")
	}
}

// LiveKit left alone sends every client to STUN servers of Google and Twilio.
func TestClientsAreSentToNoOtherServer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	query := url.Values{"access_token": {s.token(newKey(), false)}, "protocol": {"15"}, "sdk": {"go"}}
	for _, server := range s.dial("/rtc?" + query.Encode()).GetIceServers() {
		for _, u := range server.GetUrls() {
			if u != "stun:127.0.0.1:3478" {
				t.Errorf("clients are sent to %s", u)
			}
		}
	}
}

// dial opens a signalling connection by hand and reads LiveKit's first message.
func (s *stage) dial(path string) *livekit.JoinResponse {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), soon)
	defer cancel()
	conn, res, err := websocket.DefaultDialer.DialContext(ctx, s.url()+path, http.Header{"Cookie": {"session=secret"}})
	if err != nil {
		s.t.Fatalf("dial: %v, %+v", err, res)
	}
	s.t.Cleanup(func() { conn.Close() })
	if origin := res.Header.Values("Access-Control-Allow-Origin"); len(origin) != 1 {
		s.t.Errorf("CORS on the upgrade: %v", origin)
	}
	_, message, err := conn.ReadMessage()
	if err != nil {
		s.t.Fatal(err)
	}
	var answer livekit.SignalResponse
	if err := proto.Unmarshal(message, &answer); err != nil {
		s.t.Fatal(err)
	}
	return answer.GetJoin()
}
