package nest

import (
	"context"
	"log/slog"
	"time"
)

// Service holds the use cases. All entry points — HTTP, the gate before /rtc and the relay — call the same Service.
//
// Concurrency: the fields are set before the first call and never change after it. The Service has no state of its own:
// intent is in Store, and current connections are in Presence. So every method may be called from any goroutine.
type Service struct {
	Store    Store
	Media    Media
	Presence Presence
	Codec    Codec
	Pictures PictureSanitizer
	Log      *slog.Logger
	Now      func() time.Time
	NewID    func() string // a fresh lower-case UUID

	ServerID        string   // this server's own id in room metadata
	OwnRelay        string   // canonical URL of the embedded relay
	DefaultRelays   []string // outside relays of a nest that is created without relays
	MaxParticipants int
	Operators       []string   // 64-hex pubkeys
	CreateRule      CreateRule // "": anyone
	Quota           int        // limit of a key's live and planned nests; 0: no limit
	Blocks          *BlockList // nil: nobody is blocked

	// Broadcast sends an event to the subscribers of this server's relay, after the commit of its change.
	// An event that changed nothing is never sent. May be nil.
	Broadcast func(context.Context, Event)
	// Signer signs the server's own events. Without it there are none.
	Signer Signer
	// WakeOutbox tells the outbox about new deliveries. It never blocks. May be nil.
	WakeOutbox func()
	// Wake tells the loop that this nest changed. It never blocks.
	Wake func(nestID string)
}

// Media changes a LiveKit room where a change cannot wait for the loop. Errors are CodeMediaUnavailable when LiveKit
// does not answer.
type Media interface {
	// Mute mutes the tracks that the identity publishes now, and reports whether one was unmuted before.
	Mute(ctx context.Context, room, identity string) (bool, error)
	// Remove disconnects an identity. It is no error when the identity is not connected.
	Remove(ctx context.Context, room, identity string) error
	// EndRoom deletes the room. It is no error when the room is absent. With sid, only a room of that SID is deleted.
	EndRoom(ctx context.Context, room, sid string) error
}

// Signer signs with the server's own key.
type Signer interface {
	Pubkey() string
	// Sign fills in author, id and signature.
	Sign(e *Event) error
}

// Presence is the loop's latest observation of LiveKit.
type Presence interface {
	// CheckAvailable is nil when LiveKit answered within the last two seconds, else a CodeMediaUnavailable error.
	CheckAvailable() error
	// Participants are the connections to a nest's room; false while they are unknown. An absent room is known to have
	// none.
	Participants(nestID string) ([]Participant, bool)
}

// broadcast calls Broadcast unless there is no event or no subscriber.
func (s *Service) broadcast(ctx context.Context, e *Event) {
	if e != nil && s.Broadcast != nil {
		s.Broadcast(ctx, *e)
	}
}

func (s *Service) now() int64 { return s.Now().UnixMilli() }
