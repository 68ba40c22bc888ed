package nest

import (
	"context"
	"log/slog"
	"time"
)

// Service holds the use cases. Every door — HTTP, the gate before /rtc, the relay — asks the same Service. It has no state of
// its own: truth is in Store, what is happening now is in Presence.
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
	DefaultRelays   []string // outside relays of a nest whose creator names none
	MaxParticipants int
	Operators       []string   // 64-hex pubkeys
	CreateRule      CreateRule // "": anyone
	Quota           int        // nests a key may have at once, live and planned; 0: no limit
	Blocks          *BlockList // nil: nobody is blocked

	// Broadcast broadcasts an event to the subscribers of this server's relay, once the change that it made is committed. An event
	// that changed nothing is never shown. May be nil.
	Broadcast func(context.Context, Event)
	// Signer signs what the server itself says. Nil: it says nothing.
	Signer Signer
	// WakeOutbox tells the outbox that something is to be published. It never blocks. May be nil.
	WakeOutbox func()
	// Wake tells the loop that this nest changed. It never blocks.
	Wake func(nestID string)
}

// Media does to a LiveKit room what cannot wait for the loop. Errors are CodeMediaUnavailable when LiveKit does not answer.
type Media interface {
	// Mute mutes what the identity publishes now and says whether anything was unmuted before.
	Mute(ctx context.Context, room, identity string) (bool, error)
	// Remove disconnects an identity; one that is not there is fine.
	Remove(ctx context.Context, room, identity string) error
	// EndRoom deletes the room; one that is not there is fine. With sid, only a room of that SID.
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
	// Participants are the people in a nest; false when that could not be observed. An absent room has none, and is known.
	Participants(nestID string) ([]Participant, bool)
}

// broadcast is Show for a space that may not be there.
func (s *Service) broadcast(ctx context.Context, e *Event) {
	if e != nil && s.Broadcast != nil {
		s.Broadcast(ctx, *e)
	}
}

func (s *Service) now() int64 { return s.Now().UnixMilli() }
