package nest

import (
	"context"
	"encoding/json"
)

// Grant is what a participant may do on the media plane. Everyone can listen; Publish adds only the microphone.
type Grant struct{ Publish bool }

// Room is the desired state of a nest's LiveKit room.
type Room struct {
	Name            string // the nest's id
	Metadata        string // JSON, never empty
	MaxParticipants int    // LiveKit's limit, which is above that of the entry points; 0: no limit
}

// Admission allows one identity to enter one room with one grant. Tokens are minted from it.
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

// RoomState is a LiveKit room as last observed.
type RoomState struct {
	Name            string
	SID             string
	Metadata        string
	MaxParticipants int
	CreatedAt       int64 // unix ms
	Participants    []Participant
}

// Participant is one LiveKit connection as last observed.
type Participant struct {
	Identity   string
	SID        string
	JoinedAt   int64 // unix ms
	Publish    bool  // LiveKit lets it publish
	Regular    bool  // its permissions are those of a Grant, and it publishes only audio; SetGrant repairs both
	Unmuted    bool  // it has a microphone track that is not muted
	Attributes map[string]string
}

// roomMetadata has the fields that published clients read from a LiveKit room, and this server's id.
type roomMetadata struct {
	Host      string   `json:"host"`
	Speakers  []string `json:"speakers"`
	Admins    []string `json:"admins"`
	Link      string   `json:"link"`
	Recording bool     `json:"recording"`
	Server    string   `json:"server"`
}

// RoomServer is the server id that a room's metadata carries, or "" when no Nests server created the room.
func RoomServer(metadata string) string {
	var m roomMetadata
	if json.Unmarshal([]byte(metadata), &m) != nil {
		return ""
	}
	return m.Server
}

// RoomsClient is the part of LiveKit's API that the loop and the gate use. After an error the state of the room is
// unknown.
type RoomsClient interface {
	Media
	// Rooms lists all rooms, without participants.
	Rooms(ctx context.Context) ([]RoomState, error)
	// Participants lists a room's participants. Call it only for rooms of the last list: LiveKit takes 3 s to
	// report that a room is absent.
	Participants(ctx context.Context, room string) ([]Participant, error)
	// EnsureRoom creates the room unless it exists, and returns its SID.
	EnsureRoom(ctx context.Context, room Room) (sid string, err error)
	SetMetadata(ctx context.Context, room, metadata string) error
	// SetGrant sets all permissions and attributes of a participant.
	SetGrant(ctx context.Context, room, identity string, grant Grant, attributes map[string]string) error
}

// Observed is the observation of one LiveKit room: present, absent or, without Known, unknown.
type Observed struct {
	Known   bool // LiveKit listed the room, or its absence, and the participants
	Present bool
	Room    RoomState
	At      int64 // unix ms of the list
}
