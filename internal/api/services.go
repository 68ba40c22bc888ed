package api

import (
	"context"
	"net/netip"
	"time"

	"nests/internal/diagnose"
	"nests/internal/nest"
)

// Nests creates, reads, changes and ends nests.
type Nests interface {
	Create(ctx context.Context, r nest.CreateRequest) (nest.Entry, error)
	Restart(ctx context.Context, id, actor string, r nest.RestartRequest) (nest.Entry, error)
	Info(ctx context.Context, id string, caller nest.Caller) (nest.View, error)
	List(ctx context.Context, r nest.ListRequest) (views []nest.View, next string, err error)
	PutSpace(ctx context.Context, id, actor string, e nest.Event) (nest.View, error)
	// End is for the host, Close for moderators, too.
	End(ctx context.Context, id, actor string) error
	Close(ctx context.Context, id, actor string) error
}

// Joins decides who may connect to a room, and with which rights.
type Joins interface {
	Join(ctx context.Context, id, pubkey, invite string) (nest.Entry, error)
	JoinAsGuest(ctx context.Context, id string, caller nest.Caller) (nest.Entry, error)
	// CreateTestRoom creates a room for a connection test, which expires at a time in unix ms.
	CreateTestRoom(ctx context.Context) (admission nest.Admission, expires int64, err error)
}

// Participants lists participants, and raises or lowers their hands.
type Participants interface {
	Participants(ctx context.Context, id string, caller nest.Caller) ([]nest.ParticipantView, error)
	// SetHand changes the hand of target; an empty target is the actor.
	SetHand(ctx context.Context, id, actor, target string, raised bool) error
}

// Moderation changes what users may do in a nest.
type Moderation interface {
	// ChangePermissions reports whether it changed anything.
	ChangePermissions(ctx context.Context, id, actor string, c nest.PermissionChange) (changed bool, err error)
	Remove(ctx context.Context, id, actor, identity string, ban bool) error
	Bans(ctx context.Context, id, actor string) ([]nest.Member, error)
	LiftBan(ctx context.Context, id, actor, pubkey string) error
	MuteAll(ctx context.Context, id, actor string) error
}

// Members lists who has access to a private nest, and grants or revokes it.
type Members interface {
	MembersWithAccess(ctx context.Context, id, actor string) ([]nest.Member, error)
	GrantAccess(ctx context.Context, id, actor, identity string) error
	RevokeAccess(ctx context.Context, id, actor, identity string) error
}

// Invites creates, lists and revokes invites to a nest.
type Invites interface {
	// CreateInvite also returns the secret of the invite, of which only a hash is stored.
	CreateInvite(ctx context.Context, id, actor string, r nest.InviteRequest) (nest.Invite, string, error)
	Invites(ctx context.Context, id, actor string) ([]nest.Invite, error)
	RevokeInvite(ctx context.Context, id, actor, inviteID string) error
}

// Pictures stores uploaded pictures.
type Pictures interface {
	PutPicture(ctx context.Context, owner string, data []byte) (nest.Picture, error)
	Picture(ctx context.Context, name string) (nest.Picture, error)
}

// Keys knows which keys are blocked and which are operators.
type Keys interface {
	// CheckBlocked returns an error with CodeBlocked for a blocked key.
	CheckBlocked(pubkey string) error
	// AuthorizeOperator returns an error with CodeOperatorOnly for any other key than an operator's.
	AuthorizeOperator(pubkey string) error
	IsOperator(pubkey string) bool
}

// Addresses knows which addresses are blocked.
type Addresses interface {
	MatchAddress(addr netip.Addr) (block nest.Block, blocked bool)
}

// Operator is what operators may do on the whole server.
type Operator interface {
	OperatorNests
	Blocks
	Quotas
	Creators
	Reports
}

// OperatorNests lists and ends any nest.
type OperatorNests interface {
	// ListForOperator returns a page of nests and the cursor of the next page. If inhabited is true, it lists only
	// nests with participants.
	ListForOperator(ctx context.Context, r nest.ListRequest, inhabited bool) ([]nest.OperatorView, string, error)
	EndByOperator(ctx context.Context, id, actor string) error
}

// Blocks keeps keys and addresses out of the whole server.
type Blocks interface {
	ActiveBlocks(ctx context.Context) ([]nest.Block, error)
	Block(ctx context.Context, actor string, b nest.Block) (nest.Block, error)
	Unblock(ctx context.Context, actor, subject string) error
}

// Quotas limits how many nests single keys may have at once.
type Quotas interface {
	Quotas(ctx context.Context) ([]nest.Quota, error)
	// SetQuota with a negative number removes the key's own quota.
	SetQuota(ctx context.Context, actor, pubkey string, nests int) error
}

// Creators is the list of keys that may create nests.
type Creators interface {
	Creators(ctx context.Context) ([]nest.Creator, error)
	AddCreator(ctx context.Context, actor, pubkey string) error
	RemoveCreator(ctx context.Context, actor, pubkey string) error
}

// Reports lists and dismisses reports (NIP-56).
type Reports interface {
	Reports(ctx context.Context, cursor string) (reports []nest.Report, next string, err error)
	DismissReport(ctx context.Context, actor, id string) error
}

// Audit reads the audit log. Both methods return a page of entries and the cursor of the next page.
type Audit interface {
	AuditLog(ctx context.Context, f nest.AuditFilter, cursor string) (entries []nest.AuditEntry, next string, err error)
	// NestAuditLog returns the entries about one nest, for its host and moderators.
	NestAuditLog(ctx context.Context, id, actor, cursor string) (entries []nest.AuditEntry, next string, err error)
}

// Tokens mints LiveKit access tokens.
type Tokens interface {
	Mint(admission nest.Admission, ttl time.Duration) (string, error)
}

// AuthStore remembers signed requests, so that each is accepted once, also across nodes and restarts.
type AuthStore interface {
	// UseAuth is false when the key was used before. It may forget the key after expires (unix ms).
	UseAuth(ctx context.Context, key string, expires int64) (fresh bool, err error)
}

// Sessions stores API sessions under the hash of their secret. Times are unix ms.
type Sessions interface {
	PutSession(ctx context.Context, hash, pubkey string, expires int64) error
	// Session is not found when it was dropped or has expired at now.
	Session(ctx context.Context, hash string, now int64) (pubkey string, expires int64, found bool, err error)
	DropSession(ctx context.Context, hash string) error
}

// Presence is the latest observation of LiveKit.
type Presence interface {
	// CheckAvailable returns nil if LiveKit responded within the last two seconds, else an error with
	// CodeMediaUnavailable.
	CheckAvailable() error
	// CountParticipants counts connections, and those on stage; known is false while LiveKit does not respond.
	CountParticipants() (inside, onStage int, known bool)
}

// Overview counts what the store holds.
type Overview interface {
	StatusCounts(ctx context.Context) (map[nest.Status]int, error)
	OutboxStats(ctx context.Context, now int64) (nest.OutboxStats, error)
	// RelayBacklogs lists the relays to which publications are due or have failed, longest backlog first.
	RelayBacklogs(ctx context.Context, limit int) ([]nest.RelayBacklog, error)
	OpenDrifts(ctx context.Context) ([]nest.Drift, error)
}

// Diagnose reports on the server, and on one nest as a caller finds it.
type Diagnose interface {
	Report(ctx context.Context) diagnose.Report
	// NestReport also queries the nest's outside relays if wide is true.
	NestReport(ctx context.Context, id string, caller nest.Caller, wide bool) diagnose.Report
}
