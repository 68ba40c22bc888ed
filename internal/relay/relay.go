package relay

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"nests/internal/nest"
	"nests/internal/ratelimit"
)

// Store is what the relay reads from the database. It cannot write: every change goes through Domain.
type Store interface {
	// Read runs fn on one snapshot.
	Read(ctx context.Context, fn func(Tx) error) error
	// QueryEvents returns the newest stored events that match, newest first, at most the filter's limit.
	QueryEvents(ctx context.Context, f nest.EventFilter) ([]nest.Event, error)
	CountEvents(ctx context.Context, f nest.EventFilter) (int, error)
}

// Tx is what the relay reads in one snapshot. A missing row is nest.ErrNoRow; a missing member is a zero member.
type Tx interface {
	Nest(id string) (nest.Nest, error)
	Member(nestID, pubkey string) (nest.Member, error)
	Event(id string) (nest.Event, error)
	Addressable(kind int, pubkey, d string) (nest.Event, error)
}

// Domain stores and applies events, and knows which keys the operator blocked.
type Domain interface {
	Receiver
	// Blocked returns the refusal for a blocked key, and nil for any other.
	CheckBlocked(pubkey string) error
}

// Receiver takes verified events, which it stores, applies and broadcasts.
type Receiver interface {
	// Receive reports whether the event is new. from is the relay on which it was seen, or "" if a client sent it
	// here.
	Receive(ctx context.Context, e nest.Event, from string) (isNew bool, err error)
}

// Config is everything that a Relay depends on.
type Config struct {
	URL         string   // canonical ws(s) URL
	Aliases     []string // other URLs that a NIP-42 proof may name: those under other origins, and at `/`
	Name        string
	Description string
	Contact     string
	Pubkey      string // the server's own key
	Version     string

	Limits Limits
	Store  Store
	Domain Domain
	Codec  nest.Codec
	Log    *slog.Logger
	Now    func() time.Time

	// ClientIP returns the client's address by the operator's proxy settings; "" exempts it from limits by address.
	ClientIP func(*http.Request) string
	// Address returns the client's address, by which Disconnect finds the connection. May be nil.
	Address func(*http.Request) netip.Addr
	// Blocked reports whether the operator blocked an address. May be nil.
	Blocked func(netip.Addr) bool
	// Known reports whether a key is a host, a member or a participant of any nest of this server.
	Known func(ctx context.Context, pubkey string) (bool, error)
	// OnAnswered is called with the prefix of the refusal of each EVENT (NIP-01), or "" if it was accepted. It must
	// not block. May be nil.
	OnAnswered func(prefix string)
}

// Relay is the embedded relay. Its fields do not change after New; hub, the rates and signerMessages have locks of
// their own, so every method may be called from any goroutine. See conn and hub for the goroutines.
type Relay struct {
	config         Config
	hub            *hub
	signerMessages signerMessages
	keys           *ratelimit.Limiter[string]
	peers          *ratelimit.Limiter[string]
	reports        *ratelimit.Limiter[string]
	requests       *ratelimit.Limiter[string]
	closing        chan struct{}
}

// New returns a relay. It starts no goroutine.
func New(config Config) *Relay {
	return &Relay{config: config, hub: newHub(config.Limits), closing: make(chan struct{}),
		keys:     newLimiter(config.Limits.KeyEvents, config.Now),
		peers:    newLimiter(config.Limits.AddressEvents, config.Now),
		reports:  newLimiter(config.Limits.Reports, config.Now),
		requests: newLimiter(config.Limits.AddressRequests, config.Now),
	}
}

// Run waits until ctx ends, then closes every connection and waits until all have ended. An HTTP server does not,
// because it no longer tracks connections that became WebSockets. Run is called once.
func (r *Relay) Run(ctx context.Context) error {
	<-ctx.Done()
	close(r.closing)
	r.hub.wait()
	return nil
}

// Broadcast sends an event, whose change is committed, to the clients that subscribed to it and may see it. A second
// call with the same event does nothing.
func (r *Relay) Broadcast(ctx context.Context, e nest.Event) {
	if isExpired(e, r.config.Now()) {
		return
	}
	nests, err := r.privateNestsOf(ctx, e)
	if err != nil {
		r.config.Log.WarnContext(ctx, "event not broadcast", "component", "relay", "event", e.ID, "err", err)
		return // it may be of a private nest
	}
	r.hub.broadcast(e, func(c *conn) bool { return r.maySee(ctx, c.provenKeys(), e, nests) })
}

// reason returns the text of an OK or CLOSED message for an error. Unexpected errors are logged and not shown.
func (r *Relay) reason(ctx context.Context, err error) string {
	var known *refusal
	var domain *nest.Error
	switch {
	case errors.As(err, &known):
		return known.Error()
	case errors.As(err, &domain) && domain.Code == nest.CodeInvalidEvent:
		return "invalid: " + domain.Message
	case errors.As(err, &domain) && domain.Code == nest.CodeBlocked:
		return "blocked: " + domain.Message
	case errors.As(err, &domain) &&
		domain.Code != nest.CodeStoreUnavailable && domain.Code != nest.CodeMediaUnavailable:
		return "restricted: " + domain.Message
	}
	r.config.Log.ErrorContext(ctx, "relay call failed", "component", "relay", "err", err)
	return "error: the server's database does not answer, try again"
}
