package nest

import "strings"

// Role decides what a member may do to others.
type Role string

// Roles, strongest first.
const (
	RoleHost   Role = "host"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// Member is the stored row of one key in one nest. Most listeners have no row: a zero Member with the key filled in
// stands for one. A removed guest has a row under the guest identity, with a ban that expires.
type Member struct {
	Nest      string
	Pubkey    string // 64 hex, or a guest identity
	Role      Role
	OnStage   bool
	HasAccess bool // may enter a private nest
	Banned    bool
	BanUntil  int64 // unix ms; 0 with Banned: until lifted
	BannedAt  int64
	Hand      int64 // unix ms when it was raised; 0 when down
	RoleAt    int64 // when Role was last stated
	StageAt   int64 // when OnStage was last stated
	HandAt    int64 // when the hand was last stated; cleared once every older event would be refused for its age
	Updated   int64

	HandFrom HandSource // how the raised hand was raised
	// Until when the last presence with a hand holds, even if the hand was lowered here; 0: no presence.
	HandClaim int64
}

// HandSource is how a hand was raised. It decides which events lower it.
type HandSource string

// Sources of a hand.
const (
	handByAPI      HandSource = ""
	handByRequest  HandSource = "request"
	handByPresence HandSource = "presence" // stays up only while presences repeat it
)

// Empty is true when the row can be deleted without a loss. A row with RoleAt or StageAt is kept, because an older
// space must not undo that statement.
func (m Member) Empty() bool {
	return (m.Role == RoleMember || m.Role == "") && !m.OnStage && !m.HasAccess && !m.Banned && m.Hand == 0 &&
		m.RoleAt == 0 && m.StageAt == 0 && m.HandAt == 0 && m.HandClaim == 0
}

// BannedNow reports whether the ban holds at now (unix ms).
func (m Member) BannedNow(now int64) bool {
	return m.Banned && (m.BanUntil == 0 || now < m.BanUntil)
}

// Moderates reports whether the member is the host or a moderator.
func (m Member) Moderates() bool { return m.Role == RoleHost || m.Role == RoleAdmin }

func (m Member) roleOrMember() Role {
	if m.Role == "" {
		return RoleMember
	}
	return m.Role
}

// Prefixes of identities other than public keys.
const (
	GuestPrefix    = "guest-"
	TestRoomPrefix = "check-"
	RecorderPrefix = "recorder-"
)

// IsGuest reports whether an identity is a guest's.
func IsGuest(identity string) bool {
	rest, ok := strings.CutPrefix(identity, GuestPrefix)
	return ok && IsID(rest)
}

// IsTestRoom reports whether a room name or identity belongs to a connection test.
func IsTestRoom(name string) bool {
	rest, ok := strings.CutPrefix(name, TestRoomPrefix)
	return ok && IsID(rest)
}

// shortIdentityLength shows eight hex digits of a guest's identity.
const shortIdentityLength = len(GuestPrefix) + 8

// isUserIdentity is false for the identities of connection tests and recorders.
func isUserIdentity(identity string) bool { return IsPubkey(identity) || IsGuest(identity) }

// ShortIdentity returns the start of a key or identity. Logs never contain more of it.
func ShortIdentity(identity string) string {
	return identity[:min(len(identity), shortIdentityLength)]
}
