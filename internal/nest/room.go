package nest

import (
	"context"
	"encoding/json"
)

// Grant is what a participant may do on the media plane. Everyone hears; Publish adds the microphone and nothing else.
type Grant struct{ Publish bool }

// Room is what LiveKit's room of a nest must be.
type Room struct {
	Name            string // the nest's id
	Metadata        string // JSON, never empty
	MaxParticipants int    // what LiveKit enforces, above the gate's own count; 0: no limit
}

// Admission is the answer of a door: who may enter which room with what right.
type Admission struct {
	Identity   string
	Grant      Grant
	Room       Room
	Attributes map[string]string // role and hand; nil for plain listeners
}

// Keys of a participant's LiveKit attributes. Clients read them; only the server writes them.
const (
	AttributeRole = "role"
	AttributeHand = "hand" // unix ms when the hand was raised
)

// RoomState is a LiveKit room as last seen.
type RoomState struct {
	Name            string
	SID             string
	Metadata        string
	MaxParticipants int
	CreatedAt       int64 // unix ms
	Participants    []Participant
}

// Participant is one live LiveKit connection as last seen.
type Participant struct {
	Identity   string
	SID        string
	JoinedAt   int64 // unix ms
	Publish    bool  // LiveKit lets it publish
	Regular    bool  // its whole permission set is the one a Grant gives and it publishes nothing but audio; SetGrant mends both
	Unmuted    bool  // it has a microphone track that is not muted
	Attributes map[string]string
}

// roomMetadata is what published clients read from a LiveKit room, plus our server's id.
type roomMetadata struct {
	Host      string   `json:"host"`
	Speakers  []string `json:"speakers"`
	Admins    []string `json:"admins"`
	Link      string   `json:"link"`
	Recording bool     `json:"recording"`
	Server    string   `json:"server"`
}

// RoomServer is the server id that a room's metadata carries, or "" when it is not ours.
func RoomServer(metadata string) string {
	var m roomMetadata
	if json.Unmarshal([]byte(metadata), &m) != nil {
		return ""
	}
	return m.Server
}

// RoomsClient is all the loop and the gate need of LiveKit. Every error is an unknown: it says nothing about the room.
type RoomsClient interface {
	Media
	// Rooms lists all rooms, without participants.
	Rooms(ctx context.Context) ([]RoomState, error)
	// Participants lists a room's participants. Ask only for rooms of the last list: LiveKit takes 3 s to deny others.
	Participants(ctx context.Context, room string) ([]Participant, error)
	// EnsureRoom creates the room when it is not there and returns its SID.
	EnsureRoom(ctx context.Context, room Room) (sid string, err error)
	SetMetadata(ctx context.Context, room, metadata string) error
	// SetGrant restates a participant's whole permission set and attributes.
	SetGrant(ctx context.Context, room, identity string, grant Grant, attributes map[string]string) error
}

// Observed is what is known of one LiveKit room. Absent is known to be absent; what is not Known says nothing.
type Observed struct {
	Known   bool // it and its people could be listed
	Present bool
	Room    RoomState
	At      int64 // unix ms of the list
}
