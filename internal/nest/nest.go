package nest

import "regexp"

// Status is the state of a nest.
type Status string

// States of a nest: planned → live ⇄ ended.
const (
	Planned Status = "planned"
	Live    Status = "live"
	Ended   Status = "ended"
)

// Access decides whether everyone or only members with access may enter.
type Access string

// Access of a nest.
const (
	Open    Access = "open"
	Private Access = "private"
)

// Nest is the stored intent for one audio room; its LiveKit room has the same id. Times are unix milliseconds.
type Nest struct {
	ID       string
	Host     string // 64-hex pubkey of the key that created the row; never changes
	Status   Status
	Access   Access
	Guests   bool // users without a key may listen
	Title    string
	Summary  string
	Image    string
	Color    string
	Hashtags []string
	Relays   []string // outside relays the space is published to
	HLS      bool

	CreatedAt int64
	UpdatedAt int64
	StartsAt  int64 // 0: not scheduled
	EndedAt   int64 // 0: not ended
	StatusAt  int64 // when Status was last stated, by API or by a space
	AccessAt  int64 // when Access was last stated; 0: never

	Revision   int64  // grows by one at every change
	Generation int64  // grows by one when the nest is created, reopened, or restarted by force
	RoomSID    string // LiveKit room of this generation; "" until the first participant enters
	StaleSID   string // room of the last generation, which the loop ends; "" once it is gone
	SpaceID    string // event id of the newest space; "" without one

	SignatureDue bool // the newest space contradicts the row: the host must sign once
	Recording    bool
	MeetingDue   bool // the meeting event may have to be published again
}

// Joinable is true while the nest is live: "active" on the wire.
func (n Nest) Joinable() bool { return n.Status == Live }

// Bounds of the fields of a nest. Lengths are in bytes.
const (
	TitleMax    = 200
	SummaryMax  = 2000
	URLMax      = 2048
	HashtagsMax = 20
	RelaysMax   = 20
)

var (
	idPattern     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	pubkeyPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// IsID reports whether s has the form of a nest id: a lower-case UUID.
func IsID(s string) bool { return idPattern.MatchString(s) }

// IsPubkey reports whether s has the form of a public key: 64 lower-case hex digits.
func IsPubkey(s string) bool { return pubkeyPattern.MatchString(s) }
