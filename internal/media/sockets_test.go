package media_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
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
	conn := s.signal()
	defer conn.Close()
	s.gate.CloseSockets()
	var err error
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

// With their sockets cut first, clients outlive a stop: they look for the server again instead of hearing LiveKit's goodbye.
func TestClientsOutliveAStop(t *testing.T) {
	t.Parallel()
	livekit := nesttest.StartLiveKit(t)
	s := newStageAt(t, livekit.URL())
	_, bot := s.listener()
	s.gate.CloseSockets()
	livekit.Stop(t)
	nesttest.Never(t, 2*time.Second, bot.Reason)
	nesttest.Eventually(t, soon, func() string {
		if state := bot.Room.ConnectionState(); state != lksdk.ConnectionStateReconnecting {
			return "the bot is " + string(state)
		}
		return ""
	})
}

// What an end says last arrives, also when it is gone before it took what was on its way to it.
func TestLastWordsArrive(t *testing.T) {
	t.Parallel()
	for name, clientGoes := range map[string]bool{"of a client": true, "of LiveKit": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard := make(chan string, 1)
			stay, leave := func(conn *websocket.Conn) { heard <- hearWhileTalking(conn) }, sayAndGo
			client, livekit := stay, leave
			if clientGoes {
				client, livekit = leave, stay
			}
			s := newStageAt(t, fakeLiveKit(t, livekit))
			for range nesttest.Rounds(10, 30) {
				client(s.signal())
				if got := <-heard; got != "goodbye" {
					t.Fatalf("the last word was %q", got)
				}
			}
		})
	}
}

// sayAndGo takes nothing that is on its way here, says goodbye and is gone, as a process that ends.
func sayAndGo(conn *websocket.Conn) {
	_, _, _ = conn.ReadMessage()
	_ = conn.WriteMessage(websocket.TextMessage, []byte("goodbye"))
	_ = conn.NetConn().(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// hearWhileTalking talks without a pause until it heard goodbye, and gives the last word that it heard.
func hearWhileTalking(conn *websocket.Conn) (last string) {
	talked := make(chan struct{})
	defer func() {
		conn.Close()
		<-talked
	}()
	go func() {
		defer close(talked)
		for conn.WriteMessage(websocket.TextMessage, make([]byte, 4096)) == nil {
		}
	}()
	for last != "goodbye" {
		_, word, err := conn.ReadMessage()
		if err != nil {
			return last
		}
		last = string(word)
	}
	return last
}

// LiveKit hangs up after a leave: cut at once, it can forget the leave and keep the person.
func TestLiveKitHangsUpFirst(t *testing.T) {
	t.Parallel()
	seen := make(chan error, 1)
	livekit := fakeLiveKit(t, func(conn *websocket.Conn) {
		defer conn.Close()
		_ = conn.WriteMessage(websocket.TextMessage, []byte("welcome"))
		_, _, _ = conn.ReadMessage()
		_ = conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		_, _, err := conn.ReadMessage()
		seen <- err
	})
	s := newStageAt(t, livekit)
	sayAndGo(s.signal())
	if err := <-seen; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the line was cut first: %v", err)
	}
}

// A block that comes while somebody is coming in finds no socket to cut: the gate asks once more when there is one.
func TestBlockedOnTheWayIn(t *testing.T) {
	t.Parallel()
	removed, ended := make(chan string, 1), make(chan bool, 1)
	livekit := fakeLiveKit(t, func(conn *websocket.Conn) {
		defer conn.Close()
		_, _, _ = conn.ReadMessage()
		ended <- true
	}, func(path string) {
		if strings.HasSuffix(path, "/RemoveParticipant") {
			removed <- path
		}
	})
	s := newStageAt(t, livekit)
	address, identity := netip.MustParseAddr("203.0.113.7"), newKey()
	s.gate.Address = func(*http.Request) netip.Addr { return address }
	s.gate.Blocked = func(a netip.Addr, who string) bool { return a == address && who == identity }
	if conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), s.url()+"/rtc?protocol=15&access_token="+s.token(identity, false), nil); err == nil {
		conn.Close()
		t.Fatal("the socket was passed on")
	}
	<-removed
	<-ended
	s.signal().Close() // somebody else
}

// fakeLiveKit has every room, and speaks on signalling connections as it is told; hear is told what else it is asked.
func fakeLiveKit(t *testing.T, speak func(*websocket.Conn), hear ...func(path string)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/rtc") {
			for _, called := range hear {
				called(r.URL.Path)
			}
			w.Header().Set("Content-Type", "application/protobuf")
			return
		}
		if conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil); err == nil {
			speak(conn)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// signal opens a signalling connection through the gate.
func (s *stage) signal() *websocket.Conn {
	s.t.Helper()
	conn, _, err := websocket.DefaultDialer.DialContext(s.t.Context(), s.url()+"/rtc?protocol=15&access_token="+s.token(newKey(), false), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}
