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
	webhookMax    = 64 << 10 // bytes
	webhookMaxAge = 10 * time.Minute
)

// Event is what a webhook reports. It is only a hint: it may be late, missing, repeated or out of order.
type Event struct {
	Kind     string // LiveKit's name: "participant_joined", "room_finished", …
	Room     string
	RoomSID  string
	Identity string // "" for events of a room
	At       int64  // unix ms
}

// Webhooks is the endpoint for LiveKit's webhooks. It answers every authentic one with 200: LiveKit counts a 4xx as
// delivered and retries after a 5xx, and neither would help, since an event is only a hint.
//
// Concurrency: requests run in goroutines of the HTTP server. The lock guards the time and the delay of the last
// webhook.
type Webhooks struct {
	Key, Secret string
	// MarkSeen stores an event's id, and returns whether it was stored before.
	MarkSeen func(ctx context.Context, id string) (bool, error)
	// OnEvent is called for each new event. It must not block.
	OnEvent   func(Event)
	Log       *slog.Logger
	Now       func() time.Time
	RequestID func(context.Context) string

	mu   sync.Mutex
	last time.Time     // when the last authentic webhook arrived
	lag  time.Duration // how old its event was then; LiveKit sends whole seconds
}

// Last returns when the last webhook arrived, and how late that was. Both are zero if none has arrived.
func (h *Webhooks) Last() (time.Time, time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, h.lag
}

func (h *Webhooks) recordArrival(lag time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.lag = h.Now(), max(lag, 0)
}

// ServeHTTP verifies the signature and the body's hash before it decodes the event.
func (h *Webhooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, r, refusal{
			status: http.StatusMethodNotAllowed,
			Code:   nest.CodeMethodNotAllowed,
			Error:  "This path accepts only POST",
			Hint:   "It is for LiveKit's webhooks.",
		})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, webhookMax)
	body, err := webhook.Receive(r, auth.NewSimpleKeyProvider(h.Key, h.Secret))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		h.refuse(w, r, refusal{
			status: http.StatusRequestEntityTooLarge,
			Code:   nest.CodeTooLarge,
			Error:  "The webhook is too large",
			Hint:   "The limit is 64 kB.",
		})
		return
	case err != nil:
		h.refuse(w, r, refusal{
			status: http.StatusUnauthorized,
			Code:   nest.CodeTokenInvalid,
			Error:  "This webhook is not signed with this server's LiveKit key",
			Hint:   "Configure LiveKit to sign its webhooks with the API key that this server uses.",
			err:    err,
		})
		return
	}
	h.process(r.Context(), body)
	w.WriteHeader(http.StatusOK)
}

func (h *Webhooks) process(ctx context.Context, body []byte) {
	var event livekit.WebhookEvent
	decode := protojson.UnmarshalOptions{DiscardUnknown: true, AllowPartial: true}
	if err := decode.Unmarshal(body, &event); err != nil {
		h.log(ctx).Warn("webhook not decoded", "err", err)
		return
	}
	at := time.Unix(event.GetCreatedAt(), 0)
	h.recordArrival(h.Now().Sub(at))
	if h.Now().Sub(at) > webhookMaxAge {
		h.log(ctx).Info("webhook too old", "kind", event.GetEvent(), "nest", event.GetRoom().GetName())
		return
	}
	seen, err := h.MarkSeen(ctx, event.GetId())
	if err != nil { // a repeated event is harmless, a lost one is not
		h.log(ctx).Warn("webhook id not stored", "err", err)
	}
	if seen {
		return
	}
	e := Event{
		Kind:     event.GetEvent(),
		Room:     event.GetRoom().GetName(),
		RoomSID:  event.GetRoom().GetSid(),
		Identity: event.GetParticipant().GetIdentity(),
		At:       at.UnixMilli(),
	}
	h.logEvent(ctx, e)
	h.OnEvent(e)
}

func (h *Webhooks) logEvent(ctx context.Context, e Event) {
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
