package media_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"nests/internal/nesttest"
)

func TestCloseSockets(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	token := s.token(newKey(), false)
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), s.url()+"/rtc?protocol=15&access_token="+token, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s.gate.CloseSockets()
	for err == nil {
		_, _, err = conn.ReadMessage()
	}
	// No close frame: to a browser the network was lost, and it tries again.
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok && closed.Code != websocket.CloseAbnormalClosure {
		t.Errorf("the connection was closed in words: %v", err)
	}
	if a := s.ask("GET", "/rtc/validate?access_token="+token, nil); a.status != 503 || a.body.Code != "media_unavailable" {
		t.Errorf("after closing: %d %s", a.status, a.text)
	}
	if _, err := nesttest.Connect(t.Context(), s.url(), token); err == nil {
		t.Error("a client got in after closing")
	}
}

// The end of a server as its clients live it: with their sockets cut first they look for it again, else they are told
// to go and stay away.
func TestClientsOutliveAStop(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]bool{"sockets cut first": true, "sockets left to LiveKit": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			livekit := nesttest.StartLiveKit(t)
			s := newStageAt(t, livekit.URL())
			_, bot := s.listener()
			if cut {
				s.gate.CloseSockets()
			}
			livekit.Stop(t)
			if !cut {
				awaitGone(t, bot)
				return
			}
			nesttest.Never(t, 2*time.Second, bot.Reason)
			nesttest.Eventually(t, soon, func() string {
				if state := bot.Room.ConnectionState(); state != lksdk.ConnectionStateReconnecting {
					return "the bot is " + string(state)
				}
				return ""
			})
		})
	}
}
