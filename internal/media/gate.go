package media

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"nests/internal/nest"
)

// passTTL is the life of the token the gate forwards. It is used the moment it is minted.
const passTTL = 2 * time.Minute

// How long a client waits at the gate for the room of the last session to go, and how often it is looked for.
const (
	closingMost = 2 * time.Second
	closingPoll = 50 * time.Millisecond
)

// Admitter answers for the store at every connect and reconnect. Its refusals are *nest.Error.
type Admitter interface {
	// Admit says who may enter which room with what right, now.
	Admit(ctx context.Context, room, identity string) (nest.Admission, error)
	// RecordRoom hears of the LiveKit room that was ensured for somebody who is entering.
	RecordRoom(ctx context.Context, room, sid string) error
}

// Gate stands before LiveKit's signalling paths. A token proves only an identity and a room; what it grants is asked of
// the Doorkeeper at each connect and reconnect and forwarded in a token minted that moment, so that a ban, an end or a
// demotion beats a token that is still valid. Only the gate makes rooms.
//
// It also passes LiveKit's room service to whoever holds the API key, and serves nothing else of LiveKit.
type Gate struct {
	Client    *Client // whose URL is where signalling is forwarded
	Tokens    Tokens
	Admitter  Admitter
	Log       *slog.Logger
	RequestID func(context.Context) string
	// OnRefused receives the writer of a refused request and the code of its refusal. May be nil.
	OnRefused func(w http.ResponseWriter, code nest.Code)
	Address   func(*http.Request) netip.Addr // a client's own, by which Disconnect finds it; may be nil
	// Blocked says whether the operator keeps an address or an identity out by now; may be nil.
	Blocked func(address netip.Addr, identity string) bool

	transport sync.Once
	upstream  http.RoundTripper
	sockets   sockets
	seen      seenRooms
}

// ServeHTTP serves /rtc, /rtc/v1, their /validate and /twirp, all of them also under /livekit. Everything else there is
// 404 JSON. The signalling paths themselves never answer 404, which livekit-client retries without end.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/livekit"); ok {
		path = rest
	}
	switch {
	case isSignalling(path):
		g.method(w, r, http.MethodGet, func() { g.signal(w, r, path) })
	case isRoomService(path):
		g.method(w, r, http.MethodPost, func() { g.roomService(w, r, path) })
	default:
		g.refuse(w, r, refusal{status: http.StatusNotFound, Code: nest.CodePathNotFound, Error: "There is nothing here",
			Hint: "Of LiveKit this server passes on /rtc and the room service."})
	}
}

func isSignalling(path string) bool {
	switch path {
	case "/rtc", "/rtc/validate", "/rtc/v1", "/rtc/v1/validate":
		return true
	}
	return false
}

func (g *Gate) method(w http.ResponseWriter, r *http.Request, method string, serve func()) {
	switch r.Method {
	case method:
		serve()
	case http.MethodOptions:
		w.Header().Set("Access-Control-Allow-Methods", method)
		w.Header().Set("Access-Control-Allow-Headers", "authorization, content-type, accept")
		w.Header().Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", method+", OPTIONS")
		g.refuse(w, r, refusal{status: http.StatusMethodNotAllowed, Code: nest.CodeMethodNotAllowed,
			Error: "This path takes " + method, Hint: "Use a LiveKit client."})
	}
}

// signal lets one client through to LiveKit, or says why not. Both a connect and the /validate that a browser calls
// after a failed one come here, and get the same answer.
func (g *Gate) signal(w http.ResponseWriter, r *http.Request, path string) {
	ctx := r.Context()
	if g.sockets.stopping() {
		g.refuse(w, r, refused(nest.MediaUnavailable(errStopping), "", ""))
		return
	}
	query, _ := url.ParseQuery(r.URL.RawQuery) // what it cannot read is left out, as everywhere in Go
	identity, room, err := g.Tokens.Verify(clientToken(r, query))
	if err != nil {
		g.refuse(w, r, unauthenticated(err))
		return
	}
	pass, err := g.Admitter.Admit(ctx, room, identity)
	if err != nil {
		g.refuse(w, r, refused(err, room, identity))
		return
	}
	pass.Identity = identity
	if !strings.HasSuffix(path, "/validate") && !websocket.IsWebSocketUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		g.refuse(w, r, refusal{status: http.StatusUpgradeRequired, Code: nest.CodeUpgradeRequired, nest: room, identity: identity,
			Error: "This path speaks WebSocket", Hint: "You may enter: connect with a LiveKit client."})
		return
	}
	if err := g.enter(ctx, pass, resuming(query)); err != nil {
		g.refuse(w, r, refused(err, room, identity))
		return
	}
	token, err := g.Tokens.Mint(pass, passTTL)
	if err != nil {
		g.refuse(w, r, refused(nest.MediaUnavailable(err), room, identity))
		return
	}
	g.log(ctx, room, identity).Info("gate passed", "path", path, "on_stage", pass.Grant.Publish)
	g.forward(w, r, passage{pass: pass, path: path, query: query, token: token})
}

// clientToken finds the token where LiveKit looks for it, in LiveKit's order.
func clientToken(r *http.Request, query url.Values) string {
	if header := r.Header.Get("Authorization"); header != "" {
		token, _ := strings.CutPrefix(header, "Bearer ")
		return token
	}
	return query.Get("access_token")
}

// enter makes sure that the room is there and that the store knows which one it is. Who comes right after a restart waits until
// the room of the last session is gone. LiveKit looks at the token of a new session only; a session that is resumed keeps the grant
// it had, which is why it is restated here.
func (g *Gate) enter(ctx context.Context, pass nest.Admission, resumes bool) error {
	err := g.ensure(ctx, pass)
	for limit := time.After(closingMost); errors.Is(err, nest.ErrClosing); err = g.ensure(ctx, pass) {
		select {
		case <-ctx.Done():
			return err
		case <-limit:
			return err
		case <-time.After(closingPoll):
		}
	}
	if err != nil || !resumes {
		return err
	}
	return g.Client.SetGrant(ctx, pass.Room.Name, pass.Identity, pass.Grant, pass.Attributes)
}

func (g *Gate) ensure(ctx context.Context, pass nest.Admission) error {
	sid, err := g.Client.EnsureRoom(ctx, pass.Room)
	if err != nil {
		return err
	}
	if g.seen.changed(pass.Room.Name, sid) {
		g.log(ctx, pass.Room.Name, pass.Identity).Info("livekit room ensured", "room_sid", sid)
	}
	return g.Admitter.RecordRoom(ctx, pass.Room.Name, sid)
}

func (g *Gate) log(ctx context.Context, room, identity string) *slog.Logger {
	log := g.Log.With("component", "livekit", "request_id", g.requestID(ctx))
	if room != "" {
		log = log.With("nest", room, "identity", nest.ShortIdentity(identity))
	}
	return log
}

func (g *Gate) requestID(ctx context.Context) string {
	if g.RequestID == nil {
		return ""
	}
	return g.RequestID(ctx)
}

// seenRooms remembers the last SID of each room, so that an ensure is told once and not at every connect. It decides
// nothing and forgets everything when it has grown.
type seenRooms struct {
	mu   sync.Mutex
	sids map[string]string
}

const seenMax = 4096

func (s *seenRooms) changed(room, sid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sids[room] == sid {
		return false
	}
	if s.sids == nil || len(s.sids) >= seenMax {
		s.sids = make(map[string]string)
	}
	s.sids[room] = sid
	return true
}
