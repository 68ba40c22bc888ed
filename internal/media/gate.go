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

// forwardTTL is the life of the token that the gate forwards. It is used at once.
const forwardTTL = 2 * time.Minute

// How long a client waits at the gate while the room of the last session closes, and how often the gate checks.
const (
	closingTimeout = 2 * time.Second
	closingPoll    = 50 * time.Millisecond
)

// Admitter decides who may connect, from the state in the store. Its refusals are *nest.Error.
type Admitter interface {
	// Admit returns what an identity may do in a room now. It is called at every connect and reconnect.
	Admit(ctx context.Context, room, identity string) (nest.Admission, error)
	// RecordRoom stores the SID of the LiveKit room that exists for a client that connects.
	RecordRoom(ctx context.Context, room, sid string) error
}

// Gate is the only way to LiveKit's signalling paths. A client's token proves an identity and a room, and no more.
// At each connect and reconnect the gate asks the Admitter what the identity may do now, and forwards a new token
// with those rights. So a ban, the end of a nest or a demotion overrides a token that is still valid. Only the gate
// creates rooms.
//
// It also forwards calls of LiveKit's room service, which need the API key, and nothing else.
//
// Concurrency: its fields are set before the first request. Each request runs in a goroutine of the HTTP server;
// that of a signalling connection lives as long as the connection. The requests share sockets and seen, each with a
// lock of its own that is never held during I/O, the locks of Client, which are held during a call to LiveKit for
// the same room, and upstream, which is set once. A request blocks on Admitter and LiveKit: up to closingTimeout
// while an old room closes, and up to answerTimeout for LiveKit's answer to the handshake. CloseSockets and
// Disconnect may be called from any goroutine. CloseSockets does not block. Disconnect waits for one LiveKit call
// per connection, and at most until its context ends.
type Gate struct {
	Client    *Client // requests are forwarded to its URL
	Tokens    Tokens
	Admitter  Admitter
	Log       *slog.Logger
	RequestID func(context.Context) string // may be nil
	// OnRefused receives the writer of a refused request and the code of its refusal. May be nil.
	OnRefused func(w http.ResponseWriter, code nest.Code)
	// Address returns the address of the client itself, by which Disconnect finds it. May be nil.
	Address func(*http.Request) netip.Addr
	// Blocked returns whether the operator blocks an address or an identity now. May be nil.
	Blocked func(address netip.Addr, identity string) bool

	upstreamOnce sync.Once
	upstream     http.RoundTripper
	sockets      sockets
	seen         seenRooms
}

// ServeHTTP serves /rtc, /rtc/v1, their /validate and /twirp, and the same paths under /livekit. It answers any other
// path with 404. The signalling paths themselves never answer 404, which livekit-client retries without end.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/livekit"); ok {
		path = rest
	}
	switch {
	case isSignalling(path):
		g.serveMethod(w, r, http.MethodGet, func() { g.serveSignal(w, r, path) })
	case isRoomService(path):
		g.serveMethod(w, r, http.MethodPost, func() { g.serveRoomService(w, r, path) })
	default:
		g.refuse(w, r, refusal{
			status: http.StatusNotFound,
			Code:   nest.CodePathNotFound,
			Error:  "There is nothing here",
			Hint:   "The only LiveKit paths on this server are /rtc and the room service.",
		})
	}
}

func isSignalling(path string) bool {
	switch path {
	case "/rtc", "/rtc/validate", "/rtc/v1", "/rtc/v1/validate":
		return true
	}
	return false
}

// serveMethod calls serve for one method, answers CORS preflights, and refuses other methods.
func (g *Gate) serveMethod(w http.ResponseWriter, r *http.Request, method string, serve func()) {
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
		g.refuse(w, r, refusal{
			status: http.StatusMethodNotAllowed,
			Code:   nest.CodeMethodNotAllowed,
			Error:  "This path accepts only " + method,
			Hint:   "Use a LiveKit client.",
		})
	}
}

// serveSignal forwards a client to LiveKit or refuses it. A connection and the /validate request that a browser sends
// after a failed one both come here, and get the same answer.
func (g *Gate) serveSignal(w http.ResponseWriter, r *http.Request, path string) {
	ctx := r.Context()
	if g.sockets.isClosed() {
		g.refuse(w, r, domainRefusal(nest.MediaUnavailable(errStopping), "", ""))
		return
	}
	query, _ := url.ParseQuery(r.URL.RawQuery) // malformed parts are left out, as everywhere in net/http
	identity, room, err := g.Tokens.Verify(clientToken(r, query))
	if err != nil {
		g.refuse(w, r, tokenRefusal(err))
		return
	}
	admission, err := g.Admitter.Admit(ctx, room, identity)
	if err != nil {
		g.refuse(w, r, domainRefusal(err, room, identity))
		return
	}
	admission.Identity = identity
	if !strings.HasSuffix(path, "/validate") && !websocket.IsWebSocketUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		g.refuse(w, r, refusal{
			status:   http.StatusUpgradeRequired,
			Code:     nest.CodeUpgradeRequired,
			Error:    "This path accepts only WebSocket connections",
			Hint:     "Your token is good: connect with a LiveKit client.",
			nest:     room,
			identity: identity,
		})
		return
	}
	if err := g.prepareRoom(ctx, admission, isResume(query)); err != nil {
		g.refuse(w, r, domainRefusal(err, room, identity))
		return
	}
	token, err := g.Tokens.Mint(admission, forwardTTL)
	if err != nil {
		g.refuse(w, r, domainRefusal(nest.MediaUnavailable(err), room, identity))
		return
	}
	g.log(ctx, room, identity).Info("gate admitted", "path", path, "on_stage", admission.Grant.Publish)
	g.forward(w, r, admittedRequest{admission: admission, path: path, query: query, token: token})
}

// clientToken returns the token from the places where LiveKit accepts it, in LiveKit's order.
func clientToken(r *http.Request, query url.Values) string {
	if header := r.Header.Get("Authorization"); header != "" {
		token, _ := strings.CutPrefix(header, "Bearer ")
		return token
	}
	return query.Get("access_token")
}

// prepareRoom creates the room if it does not exist. While the room of the last session still closes, it waits. LiveKit
// reads the token of a new session only, so prepareRoom sets the grant of a session that is resumed.
func (g *Gate) prepareRoom(ctx context.Context, admission nest.Admission, resume bool) error {
	err := g.ensureRoom(ctx, admission)
	for limit := time.After(closingTimeout); errors.Is(err, nest.ErrClosing); err = g.ensureRoom(ctx, admission) {
		select {
		case <-ctx.Done():
			return err
		case <-limit:
			return err
		case <-time.After(closingPoll):
		}
	}
	if err != nil || !resume {
		return err
	}
	return g.Client.SetGrant(ctx, admission.Room.Name, admission.Identity, admission.Grant, admission.Attributes)
}

func (g *Gate) ensureRoom(ctx context.Context, admission nest.Admission) error {
	sid, err := g.Client.EnsureRoom(ctx, admission.Room)
	if err != nil {
		return err
	}
	if g.seen.isNew(admission.Room.Name, sid) {
		g.log(ctx, admission.Room.Name, admission.Identity).Info("livekit room ensured", "room_sid", sid)
	}
	return g.Admitter.RecordRoom(ctx, admission.Room.Name, sid)
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

// seenRooms remembers the last SID of each room, so that a room is logged once and not at every connect. Nothing else
// depends on it, so it forgets everything when it is full. It is safe for concurrent use.
type seenRooms struct {
	mu   sync.Mutex
	sids map[string]string
}

const seenRoomsMax = 4096

// isNew returns whether the SID differs from the last one of the room, and remembers it.
func (s *seenRooms) isNew(room, sid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sids[room] == sid {
		return false
	}
	if s.sids == nil || len(s.sids) >= seenRoomsMax {
		s.sids = make(map[string]string)
	}
	s.sids[room] = sid
	return true
}
