package nest

import "strings"

// Role is what a member may do to others.
type Role string

// Roles, strongest first.
const (
	RoleHost   Role = "host"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// Member is what the store knows of one key in one nest. Most people have no row: a zero Member with the key
// filled in is a listener. A removed guest has a row under its identity, with a ban that runs out.
type Member struct {
	Nest      string
	Pubkey    string // 64 hex, or a guest identity
	Role      Role
	OnStage   bool
	HasAccess bool // has a place in a private nest
	Banned    bool
	BanUntil  int64 // unix ms; 0 with Banned: until lifted
	BannedAt  int64
	Hand      int64 // unix ms since the hand is up, 0 when down
	RoleAt    int64 // when Role was last stated
	StageAt   int64 // when OnStage was last stated
	HandAt    int64 // when the hand was last stated; forgotten once no older event would be heard any more
	Updated   int64

	HandFrom  HandSource // who raised the hand that is up
	HandClaim int64      // until when a presence says that the hand is up, whatever became of it here; 0: none does
}

// HandSource is how a hand was raised, which decides what lowers it.
type HandSource string

// Sources of a hand.
const (
	HandByAPI      HandSource = ""
	HandByRequest  HandSource = "request"
	HandByPresence HandSource = "presence" // stays up only while presences say so
)

// Empty is true when the row says nothing that its absence would not say. A statement made by API or space is kept
// (RoleAt, StageAt), because an older space must not undo it.
func (m Member) Empty() bool {
	return (m.Role == RoleMember || m.Role == "") && !m.OnStage && !m.HasAccess && !m.Banned && m.Hand == 0 &&
		m.RoleAt == 0 && m.StageAt == 0 && m.HandAt == 0 && m.HandClaim == 0
}

// BannedNow says whether the ban holds at now (unix ms).
func (m Member) BannedNow(now int64) bool {
	return m.Banned && (m.BanUntil == 0 || now < m.BanUntil)
}

// Moderates is true for the host and admins.
func (m Member) Moderates() bool { return m.Role == RoleHost || m.Role == RoleAdmin }

// Prefixes of identities that are not a person with a key.
const (
	GuestPrefix    = "guest-"
	TestRoomPrefix = "check-"
	RecorderPrefix = "recorder-"
)

// IsGuest says whether a participant's identity is a guest's.
func IsGuest(identity string) bool {
	rest, ok := strings.CutPrefix(identity, GuestPrefix)
	return ok && IsID(rest)
}

// IsTestRoom says whether a room name or identity belongs to a connection test.
func IsTestRoom(name string) bool {
	rest, ok := strings.CutPrefix(name, TestRoomPrefix)
	return ok && IsID(rest)
}

// shortIdentityLength shows eight hex digits of a guest's identity.
const shortIdentityLength = len(GuestPrefix) + 8

// ShortIdentity returns the start of a key or identity. Logs never contain more of it.
func ShortIdentity(identity string) string {
	return identity[:min(len(identity), shortIdentityLength)]
}
