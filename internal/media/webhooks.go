package media

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/protojson"
	"github.com/livekit/protocol/webhook"

	"nests/internal/nest"
)

const (
	webhookMax    = 64 << 10
	webhookMaxAge = 10 * time.Minute
)

// Event is what a webhook says happened. It is a hint: it may be late, missing, doubled or out of order.
type Event struct {
	Kind     string // LiveKit's word: "participant_joined", "room_finished", …
	Room     string
	RoomSID  string
	Identity string // "" for events of a room
	At       int64  // unix ms
}

// Webhooks takes LiveKit's webhooks. An authentic one is always answered 200: LiveKit takes a 4xx for delivered and
// tries again after a 5xx, and neither helps a hint.
type Webhooks struct {
	Key, Secret string
	// MarkSeen notes an event's id and says whether it was noted before.
	MarkSeen func(ctx context.Context, id string) (bool, error)
	// OnEvent wakes whoever looks after the room. It must not block.
	OnEvent   func(Event)
	Log       *slog.Logger
	Now       func() time.Time
	RequestID func(context.Context) string

	mu   sync.Mutex
	last time.Time     // when an authentic one came
	lag  time.Duration // how old it was then; LiveKit's clock counts whole seconds
}

// Last is when LiveKit last reported and how late that was; zero when it never did.
func (h *Webhooks) Last() (time.Time, time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, h.lag
}

func (h *Webhooks) came(lag time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.lag = h.Now(), max(lag, 0)
}

// ServeHTTP verifies the signature and the body's hash before it looks at the event.
func (h *Webhooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, r, refusal{status: http.StatusMethodNotAllowed, Code: nest.CodeMethodNotAllowed,
			Error: "This path takes POST", Hint: "It is for LiveKit's webhooks."})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, webhookMax)
	body, err := webhook.Receive(r, auth.NewSimpleKeyProvider(h.Key, h.Secret))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		h.refuse(w, r, refusal{status: http.StatusRequestEntityTooLarge, Code: nest.CodeTooLarge,
			Error: "The webhook is too big", Hint: "No more than 64 kB are read."})
		return
	case err != nil:
		h.refuse(w, r, refusal{status: http.StatusUnauthorized, Code: nest.CodeTokenInvalid, err: err,
			Error: "This webhook is not signed with this server's LiveKit key", Hint: "Let LiveKit sign its webhooks with the API key that this server uses."})
		return
	}
	h.take(r.Context(), body)
	w.WriteHeader(http.StatusOK)
}

func (h *Webhooks) take(ctx context.Context, body []byte) {
	var event livekit.WebhookEvent
	decode := protojson.UnmarshalOptions{DiscardUnknown: true, AllowPartial: true}
	if err := decode.Unmarshal(body, &event); err != nil {
		h.log(ctx).Warn("webhook not understood", "err", err)
		return
	}
	at := time.Unix(event.GetCreatedAt(), 0)
	h.came(h.Now().Sub(at))
	if h.Now().Sub(at) > webhookMaxAge {
		h.log(ctx).Info("webhook too old", "kind", event.GetEvent(), "nest", event.GetRoom().GetName())
		return
	}
	seen, err := h.MarkSeen(ctx, event.GetId())
	if err != nil { // waking twice does no harm, not waking does
		h.log(ctx).Warn("webhook id not noted", "err", err)
	}
	if seen {
		return
	}
	e := Event{Kind: event.GetEvent(), Room: event.GetRoom().GetName(), RoomSID: event.GetRoom().GetSid(),
		Identity: event.GetParticipant().GetIdentity(), At: at.UnixMilli()}
	h.tell(ctx, e)
	h.OnEvent(e)
}

func (h *Webhooks) tell(ctx context.Context, e Event) {
	log := h.log(ctx).With("nest", e.Room, "identity", nest.ShortIdentity(e.Identity))
	switch e.Kind {
	case webhook.EventParticipantJoined:
		log.Info("participant joined")
	case webhook.EventParticipantLeft, webhook.EventParticipantConnectionAborted:
		log.Info("participant left")
	}
}

func (h *Webhooks) refuse(w http.ResponseWriter, r *http.Request, answer refusal) {
	if h.RequestID != nil {
		answer.RequestID = h.RequestID(r.Context())
	}
	h.log(r.Context()).Info("webhook refused", "code", answer.Code, "err", answer.err)
	writeJSON(w, answer.status, answer)
}

func (h *Webhooks) log(ctx context.Context) *slog.Logger {
	log := h.Log.With("component", "livekit")
	if h.RequestID != nil {
		log = log.With("request_id", h.RequestID(ctx))
	}
	return log
}
