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

// A speaker is demoted in the store, and LiveKit is not updated yet. Neither an old token nor a resumed session
// restores the right to publish.
func TestDemotionOverridesTokensAndSessions(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]nesttest.BotOption{"rtc": nil, "rtc v1": {nesttest.WithSinglePeer()}} {
		t.Run(name+" old token", func(t *testing.T) {
			t.Parallel()
			s := newRig(t)
			_, listenerBot := s.listener()
			speaker := newKey()
			old := s.token(speaker, true)
			url := s.url()
			if options != nil {
				url = s.singlePeerURL()
			}
			first := nesttest.Speaker(t, url, old, options...)
			nesttest.Eventually(t, timeout, listenerBot.Hears(speaker))
			first.Leave()
			nesttest.Eventually(t, timeout, listenerBot.HearsNot(speaker))

			s.admitter.grant(speaker, false)
			again := nesttest.Join(t, url, old, options...)
			_ = again.Speak() // fails, or publishes nothing
			nesttest.Never(t, 2*time.Second, listenerBot.HearsNot(speaker))
			if p, exists := s.participant(speaker); !exists || p.Publish || p.Unmuted {
				t.Errorf("listed as %+v, %v", p, exists)
			}
		})
		t.Run(name+" resume", func(t *testing.T) {
			t.Parallel()
			s := newRig(t)
			_, listenerBot := s.listener()
			speaker := newKey()
			url := s.url()
			if options != nil {
				url = s.singlePeerURL()
			}
			bot := nesttest.Speaker(t, url, s.token(speaker, true), options...)
			nesttest.Eventually(t, timeout, listenerBot.Hears(speaker))
			before, _ := s.participant(speaker)

			bot.LoseSignalling()
			nesttest.Eventually(t, timeout, func() string {
				if strings.Count(s.log.String(), "gate admitted") < 3 {
					return "the bot did not resume"
				}
				// Only a connected bot can lose its connection again.
				if state := bot.Room.ConnectionState(); state != lksdk.ConnectionStateConnected {
					return "the bot is " + string(state)
				}
				return ""
			})
			nesttest.Eventually(t, timeout, listenerBot.Hears(speaker))
			if after, _ := s.participant(speaker); after.SID != before.SID {
				t.Fatalf("the resume started a new session: %s, %s", before.SID, after.SID)
			}

			s.admitter.grant(speaker, false)
			bot.LoseSignalling()
			nesttest.Eventually(t, timeout, listenerBot.HearsNot(speaker))
			// The client still publishes its track, so LiveKit may make it reconnect with a new session.
			nesttest.Eventually(t, timeout, func() string {
				if p, exists := s.participant(speaker); !exists || p.Publish || p.Unmuted || len(p.Attributes) != 0 {
					return fmt.Sprintf("listed as %+v, %v", p, exists)
				}
				return ""
			})
			nesttest.Never(t, time.Second, listenerBot.HearsNot(speaker))
		})
	}
}

func TestEndedNestStaysEnded(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	identity := newKey()
	token := s.token(identity, true)
	bot := nesttest.Speaker(t, s.url(), token)
	_, listenerBot := s.listener()
	nesttest.Eventually(t, timeout, listenerBot.Hears(identity))

	s.admitter.refuse(&nest.Error{Code: nest.CodeEnded, Message: "This nest has ended"})
	if err := s.client.EndRoom(t.Context(), s.room, ""); err != nil {
		t.Fatal(err)
	}
	awaitDisconnect(t, bot)
	awaitDisconnect(t, listenerBot)
	if _, err := nesttest.Connect(t.Context(), s.url(), token); err == nil {
		t.Fatal("an old token admitted a client to an ended nest")
	}
	if room, exists := s.listedRoom(); exists {
		t.Errorf("the room was created again: %+v", room)
	}
}

// LiveKit connects a second identity for the query parameter "publish". The gate removes it.
func TestPublishParameterHasNoEffect(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	identity := newKey()
	query := url.Values{"publish": {"x"}, "access_token": {s.token(identity, true)}, "protocol": {"15"}, "sdk": {"go"}}
	join := s.joinResponse("/rtc?" + query.Encode())
	if got := join.GetParticipant().GetIdentity(); got != identity {
		t.Errorf("joined as %q", got)
	}
	if !join.GetParticipant().GetPermission().GetCanSubscribe() {
		t.Error("with the parameter, the client may not subscribe")
	}
}

// By default, LiveKit sends every client to the STUN servers of Google and Twilio.
func TestClientsGetNoForeignSTUNServers(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	query := url.Values{"access_token": {s.token(newKey(), false)}, "protocol": {"15"}, "sdk": {"go"}}
	for _, server := range s.joinResponse("/rtc?" + query.Encode()).GetIceServers() {
		for _, u := range server.GetUrls() {
			if u != "stun:127.0.0.1:3478" {
				t.Errorf("clients are sent to %s", u)
			}
		}
	}
}

// joinResponse opens a signalling connection and returns LiveKit's first message.
func (s *rig) joinResponse(path string) *livekit.JoinResponse {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), timeout)
	defer cancel()
	conn, res, err := websocket.DefaultDialer.DialContext(ctx, s.url()+path, http.Header{"Cookie": {"session=secret"}})
	if err != nil {
		s.t.Fatalf("dial: %v, %+v", err, res)
	}
	s.t.Cleanup(func() { conn.Close() })
	if origin := res.Header.Values("Access-Control-Allow-Origin"); len(origin) != 1 {
		s.t.Errorf("Access-Control-Allow-Origin of the upgrade: %v", origin)
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
