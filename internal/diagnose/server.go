package diagnose

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"nests/internal/nest"
)

// Store is what a diagnosis reads of the database.
type Store interface {
	// Read runs fn on one snapshot.
	Read(ctx context.Context, fn func(Tx) error) error
	Ping(ctx context.Context) error
	// CheckWrite writes and commits for real.
	CheckWrite(ctx context.Context) error
	Deliveries(ctx context.Context, nestID string) ([]nest.Delivery, error)
	// OutboxStats counts what the outbox holds.
	OutboxStats(ctx context.Context, now int64) (nest.OutboxStats, error)
	// Drifts is the record, newest first: of one nest, or of all when nestID is "".
	Drifts(ctx context.Context, nestID string, limit int) ([]nest.Drift, error)
}

// Tx is what a diagnosis reads in one snapshot. A missing row is nest.ErrNoRow.
type Tx interface {
	Nest(id string) (nest.Nest, error)
	Members(nestID string) ([]nest.Member, error)
	Invite(nestID, secretHash string) (nest.Invite, error)
	Addressable(kind int, pubkey, d string) (nest.Event, error)
	// SpacesOf returns the stored spaces (kind 30312) of any author with that d tag.
	SpacesOf(d string) ([]nest.Event, error)
}

// Loop is what the loop last saw of LiveKit. It is asked instead of LiveKit itself, whose list of rooms is too dear for a request.
type Loop interface {
	Answering() error
	Observed(id string) nest.Observed
	// LastPass returns when the loop last completed a pass, whether or not LiveKit answered.
	LastPass() time.Time
	// CountForeignRooms returns how many rooms of other servers the last full pass saw.
	CountForeignRooms() int
	// OccupiedNests returns the ids of the nests with participants, as last observed.
	OccupiedNests() []string
	// IsForeign reports whether a room with this metadata belongs to another server.
	IsForeign(metadata string) bool
}

// Server diagnoses a running instance from inside. Its fields are set once.
type Server struct {
	Store           Store
	Loop            Loop
	Codec           nest.Codec
	Version         string
	MaxParticipants int // of one nest, 0: no limit
	Now             func() time.Time
	Started         time.Time

	LiveKit LiveKit
	// Webhooks is when LiveKit last reported, and how late that was; zero when it never did.
	Webhooks func() (last time.Time, lag time.Duration)
	// MediaAddress is what browsers are told, "" when LiveKit is not ours.
	MediaAddress func() string
	MediaTCPPort int // 0: none
	// Disk is what is free where the data lies, in bytes.
	Disk func() (free, total uint64, err error)
	// Ours are where this server answers.
	Addresses Addresses
	// Served are the certificates that browsers are shown.
	TLSEndpoints []TLSEndpoint
	// Trouble is why the next certificate cannot be had, nil when all is well. Nil when they are somebody else's.
	RenewalError func() error
	HTTP         *http.Client // for our own addresses only
	// Query asks an outside relay through the guarded dialer.
	FetchEvents func(ctx context.Context, relay string, filter nest.EventFilter) ([]nest.Event, error)
	// More are probes that only main can make.
	ExtraProbes []Probe

	cache cache
}

// Addresses are where this server can be asked.
type Addresses struct {
	Public   string // the first public origin
	Loopback string // the same by the loopback address
	Relay    string // WebSocket URL of our relay by the loopback address
	Pubkey   string // by which a server is known again
	Private  bool   // all public origins are loopback: nobody comes from outside
}

const (
	cached     = 2 * time.Second // however many ask, the server is looked at once in this time
	driftsMost = 50
)

// cache keeps one look at the server itself for a moment, so that asking does not become a load.
type cache struct {
	mu     sync.Mutex
	at     time.Time
	checks []Check
}

// Whole is the report on the server alone, with the newest of the drift record.
func (s *Server) Report(ctx context.Context) Report {
	checks := s.checks(ctx)
	ctx, cancel := context.WithTimeout(ctx, factsMost)
	defer cancel()
	drifts, _ := s.Store.Drifts(ctx, "", driftsMost) // that the database does not answer, the checks say
	return s.report("", checks, drifts)
}

// checks are those of the server, looked at or remembered.
func (s *Server) checks(ctx context.Context) []Check {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if s.cache.checks != nil && s.Now().Sub(s.cache.at) < cached {
		return s.cache.checks
	}
	// Others wait for the same answer: whoever asked first may leave.
	checks := Run(context.WithoutCancel(ctx), s.probes())
	s.cache.at, s.cache.checks = s.Now(), checks
	return checks
}

func (s *Server) probes() []Probe {
	probes := []Probe{
		{ID: "store_read", Title: "Database, reading", Scope: OfServer, TimeoutCode: StoreDown, Run: s.storeRead},
		{ID: "store_write", Title: "Database, writing", Scope: OfServer, TimeoutCode: StoreLocked, Run: s.storeWrite},
		{ID: "disk", Title: "Free disk space", Scope: OfServer, Run: s.disk},
		{ID: "livekit", Title: "Media server", Scope: OfServer, TimeoutCode: MediaDown, Run: s.LiveKit.Check},
		{ID: "media_address", Title: "Address for media", Scope: OfServer, Run: s.mediaAddress},
		{ID: "loop", Title: "Repair loop", Scope: OfServer, Run: s.loop},
		{ID: "webhooks", Title: "Reports of the media server", Scope: OfServer, Run: s.webhooks},
		{ID: "relay", Title: "Own relay", Scope: OfServer, TimeoutCode: RelayDown, Run: s.ownRelay},
		{ID: "outbox", Title: "Publishing to relays", Scope: OfServer, Run: s.outbox},
		{ID: "public_url", Title: "Public address", Scope: OfServer, Run: s.publicURL},
		{ID: "certificate", Title: "Certificate", Scope: OfServer, Run: s.certificates},
	}
	return append(probes, s.ExtraProbes...)
}

// report concludes from the checks, and adds the drift record of a nest, or of the server.
func (s *Server) report(id string, checks []Check, drifts []nest.Drift) Report {
	r := Report{Nest: id, At: s.Now().UnixMilli(), Version: s.Version, Verdict: Conclude(checks), Checks: checks, Drifts: []Drift{}}
	for _, d := range drifts {
		r.Drifts = append(r.Drifts, driftOf(d))
	}
	return r
}

func driftOf(d nest.Drift) Drift {
	out := Drift{Code: d.Code, Nest: d.Nest, First: d.First, Last: d.Last, Steps: d.Steps, Resolved: d.Resolved, Outcome: d.Outcome}
	if json.Unmarshal([]byte(d.Evidence), &out.Evidence) != nil || out.Evidence == nil {
		out.Evidence = map[string]any{}
	}
	if d.Subject != "" {
		out.Evidence["subject"] = d.Subject
	}
	return out
}
