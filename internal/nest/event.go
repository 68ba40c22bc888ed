package nest

// Event is a signed Nostr event (NIP-01). Callers of the Service have verified its id and signature.
type Event struct {
	ID        string     `json:"id"`
	PubKey    string     `json:"pubkey"`
	CreatedAt int64      `json:"created_at"` // unix seconds
	Kind      int        `json:"kind"`
	Tags      [][]string `json:"tags"`
	Content   string     `json:"content"`
	Sig       string     `json:"sig"`
}

// Tag returns the value of the first tag of that name, or "".
func (e Event) Tag(name string) string {
	for _, tag := range e.Tags {
		if len(tag) >= 2 && tag[0] == name {
			return tag[1]
		}
	}
	return ""
}

// Newer reports whether e replaces other under NIP-01: the later created_at wins, on a tie the lower id.
func (e Event) Newer(other Event) bool {
	if e.CreatedAt != other.CreatedAt {
		return e.CreatedAt > other.CreatedAt
	}
	return e.ID < other.ID
}

// Kinds of events that the domain uses.
const (
	KindFollows  = 3     // NIP-02
	KindDeletion = 5     // NIP-09
	KindReport   = 1984  // NIP-56
	KindRequest  = 1833  // a speaking event of the first client: request,
	KindGrant    = 3979  // grant,
	KindInvite   = 7051  // invite
	KindPresence = 10312 // NIP-53 room presence
	KindSpace    = 30312 // NIP-53 meeting space
	KindMeeting  = 30313 // NIP-53 meeting: one show in a space
)

// EventFilter selects stored events as a NIP-01 filter does: every field that is set must match, values within one are
// alternatives.
type EventFilter struct {
	IDs     []string
	Authors []string
	Kinds   []int
	Tags    map[string][]string // by single-letter tag name
	Since   int64               // unix seconds, 0: unset
	Until   int64
	Limit   int // 0: the store's own bound
}
