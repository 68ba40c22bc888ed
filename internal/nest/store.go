package nest

import "context"

// Store is the only truth. Write runs fn in one serialised transaction that is on disk when it returns nil; it may run fn
// again after a conflict, so fn must touch nothing but its Tx and variables it sets anew. Read runs fn on one snapshot.
// A failure of the database itself comes back as a CodeStoreUnavailable error.
type Store interface {
	Write(ctx context.Context, fn func(Tx) error) error
	Read(ctx context.Context, fn func(Tx) error) error
}

// Tx is what a use case sees of the database. Rows that are not there are ErrNoRow, except where said.
type Tx interface {
	Nest(id string) (Nest, error)
	PutNest(Nest) error // insert or update by ID
	Nests(NestFilter) ([]Nest, error)
	CountNests(host string) (int, error) // not ended, by host
	MeetingsDue() ([]string, error)      // ids of nests with MeetingDue

	Member(nestID, pubkey string) (Member, error) // a zero member of that key when there is no row
	Members(nestID string) ([]Member, error)      // banned included, ordered by pubkey
	PutMember(Member) error                       // removes the row when Empty
	// ExpiredHands are members of any nest whose hand a presence claimed until now at most, or of whom only a word about a
	// hand that is down is left, from old or before, or whose hand is up without a claim since raised or before (unix ms).
	ExpiredHands(now, old, raised int64) ([]Member, error)

	PutInvite(Invite) error // insert, or update its uses, by ID
	Invite(nestID, secretHash string) (Invite, error)
	Invites(nestID string) ([]Invite, error) // newest first
	DeleteInvite(nestID, id string) error    // one that is not there is fine

	Event(id string) (Event, error)
	// Addressable is the newest stored event of that kind, author and d tag (NIP-01).
	Addressable(kind int, pubkey, d string) (Event, error)
	// SpacesOf are the stored 30312 of any author with that d tag.
	SpacesOf(d string) ([]Event, error)
	// PutEvent stores e by the rules of NIP-01 for its kind; false when a newer or the same one is there already.
	PutEvent(e Event) (bool, error)
	// DeleteEvent removes an event for good: the same id is not stored again (NIP-09).
	DeleteEvent(id string) error
	// TombstoneAddress removes what is stored at an address up to a created_at (unix seconds), and keeps it out (NIP-09).
	TombstoneAddress(kind int, pubkey, d string, until int64) error
	// QueueDeliveries puts the event into the outbox for each relay, replacing what is still owed there for the same address.
	QueueDeliveries(nestID string, e Event, relays []string, now int64) error
	// CancelDeliveries takes back what is still owed to relays for a nest. What a relay has accepted stays there.
	CancelDeliveries(nestID string) error

	AddPicture(p Picture, now, keptUntil int64) error
	// KeepPicture says whether a picture is there, and lets it stay until then at least. Times are unix ms.
	KeepPicture(name string, until int64) (bool, error)
	Picture(name string) (Picture, error)
	PicturesOf(owner string) (PictureUse, error)
	PicturesSince(at int64) (PictureUse, error) // added since

	Blocks() ([]Block, error) // newest first, those that ran out included
	PutBlock(Block) error     // insert or update by Subject
	DeleteBlock(subject string) error

	Quota(pubkey string) (q Quota, there bool, err error)
	Quotas() ([]Quota, error) // by pubkey
	PutQuota(Quota) error
	DeleteQuota(pubkey string) error

	IsCreator(pubkey string) (bool, error)
	Creators() ([]Creator, error) // newest first
	PutCreator(Creator) error     // one that is there stays as it is
	DeleteCreator(pubkey string) error
	FollowList(pubkey string) (list FollowList, there bool, err error)
	PutFollowList(FollowList) error

	PutReport(e Event, receivedAt int64) (bool, error) // false when it is there already
	// Reports are the newest before a cursor of (ReceivedAt, event id), with nothing but Event and ReceivedAt.
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

// Cursor is a place in a list ordered by (CreatedAt, ID), descending.
type Cursor struct {
	CreatedAt int64
	ID        string
}
