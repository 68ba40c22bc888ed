package nest

// Claim is a role that a space's p tag gives to a key.
type Claim string

// Claims of a space. Any other role of a p tag is ClaimNone.
const (
	ClaimNone    Claim = ""
	ClaimAdmin   Claim = "admin"
	ClaimSpeaker Claim = "speaker"
)

// SpaceStatus is a space's status tag, normalised over the dialects.
type SpaceStatus string

// Status words. SpaceUnknown is a missing tag or any other value: it states nothing.
const (
	SpaceUnknown SpaceStatus = ""
	SpaceOpen    SpaceStatus = "open" // also "live"
	SpacePrivate SpaceStatus = "private"
	SpacePlanned SpaceStatus = "planned"
	SpaceClosed  SpaceStatus = "closed" // also "ended"
)

// Space is a host-signed event that announces a nest, normalised over the dialects in the field. A missing tag leaves
// its field zero, which states nothing.
type Space struct {
	Event     Event
	ID        string // d tag: the nest's id
	Host      string // the event's author, whose claims are the only ones that count
	Status    SpaceStatus
	Title     string
	Summary   string
	Image     string
	Color     string
	Cleared   []string // tags among summary, image and color that are present but empty
	Hashtags  []string
	Service   string // as written; see Codec.NamesThisServer
	Streaming []string
	Relays    []string
	Starts    int64 // unix ms, 0 when missing
	Ends      int64
	Claims    map[string]Claim // roles by pubkey, without the host
}

// Codec translates between events and the types of this package.
type Codec interface {
	// ParseSpace normalises a 30312; it fails for another kind, a missing or overlong d, or junk.
	ParseSpace(Event) (Space, error)
	// ParseSignal reads a presence or speaking event; false when it has no known meaning.
	ParseSignal(Event) (Signal, bool)
	// MeetingEvent is the unsigned event of m; ParseMeeting reads it back.
	MeetingEvent(m Meeting) Event
	ParseMeeting(Event) (Meeting, bool)
	// NamesThisServer reports whether a service tag names this server.
	NamesThisServer(service string) bool
	// Address reads the value of an a tag, a coordinate or an naddr; false when it is neither.
	Address(value string) (Address, bool)
	// Link is the naddr of the nest's space with relay hints.
	Link(n Nest) string
}
