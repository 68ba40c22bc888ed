package nest

// Claim is a role that a space's p tag gives to a key.
type Claim string

// Claims a space can make. Whatever else a p tag says is ClaimNone.
const (
	ClaimNone    Claim = ""
	ClaimAdmin   Claim = "admin"
	ClaimSpeaker Claim = "speaker"
)

// SpaceStatus is a space's status tag, normalised over the dialects.
type SpaceStatus string

// Status words. SpaceUnknown is a status we do not know or a missing tag: it states nothing.
const (
	SpaceUnknown SpaceStatus = ""
	SpaceOpen    SpaceStatus = "open" // also "live"
	SpacePrivate SpaceStatus = "private"
	SpacePlanned SpaceStatus = "planned"
	SpaceClosed  SpaceStatus = "closed" // also "ended"
)

// Space is a host-signed event that announces a nest, normalised over the dialects in the field. A missing tag leaves
// its field zero, which is never a statement.
type Space struct {
	Event     Event
	ID        string // d tag: the nest's id
	Host      string // the event's author; nobody else's claim counts
	Status    SpaceStatus
	Title     string
	Summary   string
	Image     string
	Color     string
	Emptied   []string // tags of the three above that say there is none, which a missing tag does not
	Hashtags  []string
	Service   string // as written; Codec.Ours tells whether it names this server
	Streaming []string
	Relays    []string
	Starts    int64 // unix ms, 0 when missing
	Ends      int64
	Claims    map[string]Claim // roles by pubkey, without the host
}

// Codec reads and writes what this package knows only as text.
type Codec interface {
	// ParseSpace normalises a 30312; it fails for another kind, a missing or overlong d, or junk.
	ParseSpace(Event) (Space, error)
	// ParseSignal reads what a presence or speaking event says about a nest; false when it says nothing we know.
	ParseSignal(Event) (Signal, bool)
	// MeetingEvent is the event, still unsigned, that says m; ParseMeeting reads it back.
	MeetingEvent(m Meeting) Event
	ParseMeeting(Event) (Meeting, bool)
	// NamesThisServer says whether a service tag names this server.
	NamesThisServer(service string) bool
	// Address reads the value of an a tag, a coordinate or an naddr; false when it is neither.
	Address(value string) (Address, bool)
	// Link is the naddr of the nest's space with relay hints.
	Link(n Nest) string
}
