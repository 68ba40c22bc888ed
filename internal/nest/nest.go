package nest

import "regexp"

// Status is where a nest is in its life.
type Status string

// The life of a nest: planned → live ⇄ ended.
const (
	Planned Status = "planned"
	Live    Status = "live"
	Ended   Status = "ended"
)

// Access says who may enter.
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
	Guests   bool // people without a key may listen
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
	StatusAt  int64 // when Status was last stated, by whichever side
	AccessAt  int64 // 0: by nobody yet

	Revision   int64  // grows by one at every change
	Generation int64  // grows by one at every life: create, reopen, forced restart
	RoomSID    string // LiveKit room of this generation, "" until someone entered
	StaleSID   string // room of the last generation, to be ended by the loop; "" when gone
	SpaceID    string // event id of the newest space, "" while there is none

	SignatureDue bool // the newest space says something else than the row: the host must sign once
	Recording    bool
	MeetingDue   bool // the meeting event may not say yet what the row says, or says that people are inside
}

// Joinable is true while the nest is live: "active" on the wire.
func (n Nest) Joinable() bool { return n.Status == Live }

// HashtagsMax bounds what a space may bring.
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

// IsID says whether s has the form of a nest id: a lower-case UUID.
func IsID(s string) bool { return idPattern.MatchString(s) }

// IsPubkey says whether s is a 64-digit lower-case hex public key.
func IsPubkey(s string) bool { return pubkeyPattern.MatchString(s) }
