package nest

import "context"

// Store holds the intent. Write runs fn in one serialised transaction, which is on disk when Write returns nil. Write
// runs fn again after a conflict, so fn may change only its Tx and variables that it resets first. Read runs fn on one
// snapshot. A failure of the database is a CodeStoreUnavailable error.
type Store interface {
	Write(ctx context.Context, fn func(Tx) error) error
	Read(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction. A missing row is ErrNoRow, unless a method's comment names another result.
type Tx interface {
	Nest(id string) (Nest, error)
	PutNest(Nest) error // insert or update by ID
	Nests(NestFilter) ([]Nest, error)
	CountNests(host string) (int, error) // not ended, by host
	MeetingsDue() ([]string, error)      // ids of nests with MeetingDue

	Member(nestID, pubkey string) (Member, error) // a zero member with that key when there is no row
	Members(nestID string) ([]Member, error)      // banned included, ordered by pubkey
	PutMember(Member) error                       // removes the row when Empty
	// ExpiredHands are candidates for ExpireHands, in any nest (times are unix ms): members whose presence claimed a
	// hand until now or before, members with a lowered hand and a HandAt of old or before, and members whose hand is up
	// without a claim since raised or before.
	ExpiredHands(now, old, raised int64) ([]Member, error)

	PutInvite(Invite) error // insert, or update its uses, by ID
	Invite(nestID, secretHash string) (Invite, error)
	Invites(nestID string) ([]Invite, error) // newest first
	DeleteInvite(nestID, id string) error    // no error without a row

	Event(id string) (Event, error)
	// Addressable is the newest stored event of that kind, author and d tag (NIP-01).
	Addressable(kind int, pubkey, d string) (Event, error)
	// SpacesOf are the stored 30312 of any author with that d tag.
	SpacesOf(d string) ([]Event, error)
	// PutEvent stores e by the rules of NIP-01 for its kind; false when it or a newer one is stored already.
	PutEvent(e Event) (bool, error)
	// DeleteEvent removes an event for good: the same id is not stored again (NIP-09).
	DeleteEvent(id string) error
	// TombstoneAddress deletes the events of an address up to a created_at (unix seconds), and refuses them from then
	// on (NIP-09).
	TombstoneAddress(kind int, pubkey, d string, until int64) error
	// QueueDeliveries queues the event for each relay. It replaces pending deliveries of the same address.
	QueueDeliveries(nestID string, e Event, relays []string, now int64) error
	// CancelDeliveries removes the pending deliveries of a nest. It does not delete events that relays have accepted.
	CancelDeliveries(nestID string) error

	AddPicture(p Picture, now, keptUntil int64) error
	// KeepPicture reports whether a picture is stored, and keeps it until then at least. Times are unix ms.
	KeepPicture(name string, until int64) (bool, error)
	Picture(name string) (Picture, error)
	PicturesOf(owner string) (PictureUse, error)
	PicturesSince(at int64) (PictureUse, error) // added since

	Blocks() ([]Block, error) // newest first, with the expired ones
	PutBlock(Block) error     // insert or update by Subject
	DeleteBlock(subject string) error

	Quota(pubkey string) (q Quota, exists bool, err error)
	Quotas() ([]Quota, error) // by pubkey
	PutQuota(Quota) error
	DeleteQuota(pubkey string) error

	IsCreator(pubkey string) (bool, error)
	Creators() ([]Creator, error) // newest first
	PutCreator(Creator) error     // an existing row stays unchanged
	DeleteCreator(pubkey string) error
	FollowList(pubkey string) (list FollowList, exists bool, err error)
	PutFollowList(FollowList) error

	PutReport(e Event, receivedAt int64) (bool, error) // false when it is stored already
	// Reports are the newest before a cursor of (ReceivedAt, event id), with Event and ReceivedAt only.
	Reports(before Cursor, limit int) ([]Report, error)
	CountReports(author string) (int, error)
	DeleteReport(id string) error

	AddAuditEntry(AuditEntry) error
	AuditEntries(AuditFilter) ([]AuditEntry, error) // newest first

	PutTestRoom(id string, expiresAt int64) error
	TestRoom(id string) (expiresAt int64, err error)
}

// NestFilter selects nests for a list, newest first.
type NestFilter struct {
	Statuses []Status // empty: all
	Host     string   // "": any
	Access   Access   // "": any
	Limit    int      // 0: no limit
	Before   Cursor   // only nests that sort after this one; zero: from the start
}

// Cursor is a position in a list ordered by (CreatedAt, ID), descending.
type Cursor struct {
	CreatedAt int64
	ID        string
}
