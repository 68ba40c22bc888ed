package media_test

import (
	"testing"

	"github.com/gorilla/websocket"

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
	if closed, ok := err.(*websocket.CloseError); ok && closed.Code != websocket.CloseAbnormalClosure {
		t.Errorf("the connection was closed in words: %v", err)
	}
	if a := s.ask("GET", "/rtc/validate?access_token="+token, nil); a.status != 503 || a.body.Code != "media_unavailable" {
		t.Errorf("after closing: %d %s", a.status, a.text)
	}
	if _, err := nesttest.Connect(t.Context(), s.url(), token); err == nil {
		t.Error("a client got in after closing")
	}
}
