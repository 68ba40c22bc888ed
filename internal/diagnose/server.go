package diagnose

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"nests/internal/nest"
)

// Store is the part of the database that the diagnosis uses.
type Store interface {
	// Read runs fn on one snapshot.
	Read(ctx context.Context, fn func(Tx) error) error
	Ping(ctx context.Context) error
	// CheckWrite commits a real write.
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

// Loop returns what the reconcile loop last observed of LiveKit. Listing LiveKit's rooms for each request would cost
// too much.
type Loop interface {
	CheckAvailable() error
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

// Server diagnoses a running instance from inside. Its fields must not change after the first report.
//
// Concurrency: reports run in the handlers of requests, several at once. Only cache is shared between them.
type Server struct {
	Store           Store
	Loop            Loop
	Codec           nest.Codec
	Version         string
	MaxParticipants int // of one nest, 0: no limit
	Now             func() time.Time
	Started         time.Time

	LiveKit LiveKit
	// Webhooks returns when LiveKit's last webhook arrived and how late it was; zero when none arrived.
	Webhooks func() (last time.Time, lag time.Duration)
	// MediaAddress returns the address that browsers send audio to, "" for an external LiveKit.
	MediaAddress func() string
	MediaTCPPort int // 0: none
	// Disk returns the bytes free and in total on the disk of the data folder.
	Disk func() (free, total uint64, err error)
	// Addresses are where this server answers.
	Addresses Addresses
	// TLSEndpoints are all places where browsers get a certificate.
	TLSEndpoints []TLSEndpoint
	// RenewalError returns why the last renewal of the certificate failed, nil when it did not. The func is nil when a
	// proxy has the certificates.
	RenewalError func() error
	HTTP         *http.Client // for this server's own addresses only
	// FetchEvents reads from an outside relay; it must refuse private addresses.
	FetchEvents func(ctx context.Context, relay string, filter nest.EventFilter) ([]nest.Event, error)
	// ExtraProbes come from main, which knows the parts they need.
	ExtraProbes []Probe

	cache cache
}

// Addresses are where this server answers.
type Addresses struct {
	Public   string // the first public origin
	Loopback string // base URL by the loopback address
	Relay    string // WebSocket URL of the own relay by the loopback address
	Pubkey   string // identifies the server in its answers
	Private  bool   // all public origins are loopback, so no other machine can reach it
}

const (
	cacheLifetime = 2 * time.Second
	maxDrifts     = 50
)

// cache keeps the server's own checks for cacheLifetime, so that many requests do not become a load.
//
// Concurrency: mu guards both fields. It is held while the probes run, so that requests at the same time share one run.
type cache struct {
	mu     sync.Mutex
	at     time.Time
	checks []Check
}

// Report diagnoses the server alone and adds the newest divergences.
func (s *Server) Report(ctx context.Context) Report {
	checks := s.checks(ctx)
	ctx, cancel := context.WithTimeout(ctx, factsTimeout)
	defer cancel()
	drifts, _ := s.Store.Drifts(ctx, "", maxDrifts) // the checks report a database that does not answer
	return s.report("", checks, drifts)
}

// checks returns the server's own checks, from the cache or new.
func (s *Server) checks(ctx context.Context) []Check {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if s.cache.checks != nil && s.Now().Sub(s.cache.at) < cacheLifetime {
		return s.cache.checks
	}
	// Other requests wait for this run, so it must not end with the request that started it.
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
		{ID: "webhooks", Title: "Webhooks of the media server", Scope: OfServer, Run: s.webhooks},
		{ID: "relay", Title: "Own relay", Scope: OfServer, TimeoutCode: RelayDown, Run: s.ownRelay},
		{ID: "outbox", Title: "Publishing to relays", Scope: OfServer, Run: s.outbox},
		{ID: "public_url", Title: "Public URL", Scope: OfServer, Run: s.publicURL},
		{ID: "certificate", Title: "Certificate", Scope: OfServer, Run: s.certificates},
	}
	return append(probes, s.ExtraProbes...)
}

// report builds the report, with its verdict, from checks and divergences.
func (s *Server) report(id string, checks []Check, drifts []nest.Drift) Report {
	r := Report{
		Nest:    id,
		At:      s.Now().UnixMilli(),
		Version: s.Version,
		Verdict: Conclude(checks),
		Checks:  checks,
		Drifts:  []Drift{},
	}
	for _, d := range drifts {
		r.Drifts = append(r.Drifts, driftOf(d))
	}
	return r
}

func driftOf(d nest.Drift) Drift {
	out := Drift{
		Code:     d.Code,
		Nest:     d.Nest,
		First:    d.First,
		Last:     d.Last,
		Steps:    d.Steps,
		Resolved: d.Resolved,
		Outcome:  d.Outcome,
	}
	if json.Unmarshal([]byte(d.Evidence), &out.Evidence) != nil || out.Evidence == nil {
		out.Evidence = map[string]any{}
	}
	if d.Subject != "" {
		out.Evidence["subject"] = d.Subject
	}
	return out
}
