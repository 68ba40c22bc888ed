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
	s := newRig(t)
	token := s.token(newKey(), false)
	conn := s.dialSignal()
	defer conn.Close()
	s.gate.CloseSockets()
	var err error
	for err == nil {
		_, _, err = conn.ReadMessage()
	}
	// Without a close frame, a browser assumes that the network was lost, and reconnects.
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok && closed.Code != websocket.CloseAbnormalClosure {
		t.Errorf("the connection was closed with a close frame: %v", err)
	}
	a := s.request("GET", "/rtc/validate?access_token="+token, nil)
	if a.status != 503 || a.body.Code != "media_unavailable" {
		t.Errorf("after CloseSockets: %d %s", a.status, a.text)
	}
	if _, err := nesttest.Connect(t.Context(), s.url(), token); err == nil {
		t.Error("a client connected after CloseSockets")
	}
}

// When the sockets are closed before LiveKit stops, clients reconnect instead of leaving for good.
func TestClientsReconnectAfterStop(t *testing.T) {
	t.Parallel()
	livekit := nesttest.StartLiveKit(t)
	s := newRigAt(t, livekit.URL())
	_, bot := s.listener()
	s.gate.CloseSockets()
	livekit.Stop(t)
	nesttest.Never(t, 2*time.Second, bot.Reason)
	nesttest.Eventually(t, timeout, func() string {
		if state := bot.Room.ConnectionState(); state != lksdk.ConnectionStateReconnecting {
			return "the bot is " + string(state)
		}
		return ""
	})
}

// The last message of a side arrives even if that side leaves without reading what was sent to it.
func TestLastMessageArrives(t *testing.T) {
	t.Parallel()
	for name, clientLeaves := range map[string]bool{"of a client": true, "of LiveKit": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			received := make(chan string, 1)
			stay, leave := func(conn *websocket.Conn) { received <- readWhileSending(conn) }, sendAndLeave
			client, livekit := stay, leave
			if clientLeaves {
				client, livekit = leave, stay
			}
			s := newRigAt(t, fakeLiveKit(t, livekit))
			for range nesttest.Rounds(10, 30) {
				client(s.dialSignal())
				if got := <-received; got != "goodbye" {
					t.Fatalf("the last message was %q", got)
				}
			}
		})
	}
}

// sendAndLeave reads one message, sends goodbye and resets the connection, as a process that ends.
func sendAndLeave(conn *websocket.Conn) {
	_, _, _ = conn.ReadMessage()
	_ = conn.WriteMessage(websocket.TextMessage, []byte("goodbye"))
	_ = conn.NetConn().(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// readWhileSending sends without a pause while it reads, until it has read goodbye or an error. It returns the last
// message.
func readWhileSending(conn *websocket.Conn) (last string) {
	sent := make(chan struct{})
	defer func() {
		conn.Close()
		<-sent
	}()
	go func() {
		defer close(sent)
		for conn.WriteMessage(websocket.TextMessage, make([]byte, 4096)) == nil {
		}
	}()
	for last != "goodbye" {
		_, message, err := conn.ReadMessage()
		if err != nil {
			return last
		}
		last = string(message)
	}
	return last
}

// After a client leaves, LiveKit gets time to close the connection. If it were cut at once, LiveKit could miss the
// leave message and keep the participant.
func TestLiveKitClosesFirst(t *testing.T) {
	t.Parallel()
	readError := make(chan error, 1)
	livekit := fakeLiveKit(t, func(conn *websocket.Conn) {
		defer conn.Close()
		_ = conn.WriteMessage(websocket.TextMessage, []byte("welcome"))
		_, _, _ = conn.ReadMessage()
		_ = conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		_, _, err := conn.ReadMessage()
		readError <- err
	})
	s := newRigAt(t, livekit)
	sendAndLeave(s.dialSignal())
	if err := <-readError; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the gate cut the connection first: %v", err)
	}
}

// Disconnect cannot find a client that is blocked while it connects, so the gate checks again when the connection
// is open.
func TestBlockedWhileConnecting(t *testing.T) {
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
	s := newRigAt(t, livekit)
	address, identity := netip.MustParseAddr("203.0.113.7"), newKey()
	s.gate.Address = func(*http.Request) netip.Addr { return address }
	s.gate.Blocked = func(a netip.Addr, i string) bool { return a == address && i == identity }
	url := s.url() + "/rtc?protocol=15&access_token=" + s.token(identity, false)
	if conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil); err == nil {
		conn.Close()
		t.Fatal("the connection was forwarded")
	}
	<-removed
	<-ended
	s.dialSignal().Close() // another identity
}

// fakeLiveKit returns the URL of a LiveKit that has every room. It calls onSignal with each signalling connection, and
// onCall with the path of each other request.
func fakeLiveKit(t *testing.T, onSignal func(*websocket.Conn), onCall ...func(path string)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/rtc") {
			for _, on := range onCall {
				on(r.URL.Path)
			}
			w.Header().Set("Content-Type", "application/protobuf")
			return
		}
		if conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil); err == nil {
			onSignal(conn)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// dialSignal opens a signalling connection through the gate.
func (s *rig) dialSignal() *websocket.Conn {
	s.t.Helper()
	url := s.url() + "/rtc?protocol=15&access_token=" + s.token(newKey(), false)
	conn, _, err := websocket.DefaultDialer.DialContext(s.t.Context(), url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}
