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
	// Receive reports whether the event is new. from is the relay on which it was seen, or "" if a client sent it here.
	Receive(ctx context.Context, e nest.Event, from string) (isNew bool, err error)
}

// Config is all a Relay depends on.
type Config struct {
	URL         string   // canonical ws(s) URL
	Aliases     []string // other URLs of ours that a NIP-42 answer may name: under other origins, and at `/`
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

	// ClientIP is the peer's address as the operator's proxy settings tell it; "" exempts from limits by address.
	ClientIP func(*http.Request) string
	// Address is the peer's own address, by which Disconnect finds it. May be nil.
	Address func(*http.Request) netip.Addr
	// Blocked says whether the operator keeps an address out by now. May be nil.
	Blocked func(netip.Addr) bool
	// Known says whether a key is a host, a member or a participant of any nest here.
	Known func(ctx context.Context, pubkey string) (bool, error)
	// Answered hears how each EVENT was answered: with the prefix of a refusal (NIP-01), or "" when the event is here. It must
	// not block. May be nil.
	OnAnswered func(prefix string)
}

// Relay is the embedded relay. Reads of one connection are answered in order by the goroutine that serves it; a second
// one writes. hub holds what they share.
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

// New makes a relay; nothing runs until it is served.
func New(config Config) *Relay {
	return &Relay{config: config, hub: newHub(config.Limits), closing: make(chan struct{}),
		keys:     newLimiter(config.Limits.KeyEvents, config.Now),
		peers:    newLimiter(config.Limits.AddressEvents, config.Now),
		reports:  newLimiter(config.Limits.Reports, config.Now),
		requests: newLimiter(config.Limits.AddressRequests, config.Now),
	}
}

// Run, called once, waits for the end of ctx, then closes every connection and waits until all are gone. An HTTP server does not: it
// forgets connections that became WebSockets.
func (r *Relay) Run(ctx context.Context) error {
	<-ctx.Done()
	close(r.closing)
	r.hub.wait()
	return nil
}

// Broadcast shows an event that is committed to whoever subscribed to it. Events that come in as messages are
// broadcast by the relay itself; twice does no harm.
func (r *Relay) Broadcast(ctx context.Context, e nest.Event) {
	if isExpired(e, r.config.Now()) {
		return
	}
	nests, err := r.privateNestsOf(ctx, e)
	if err != nil {
		r.config.Log.WarnContext(ctx, "event not broadcast", "component", "relay", "event", e.ID, "err", err)
		return // unknown is not public
	}
	r.hub.broadcast(e, func(c *conn) bool { return r.maySee(ctx, c.provenKeys(), e, nests) })
}

// words turns an error into the reason of an OK or CLOSED message. What is no refusal is the operator's business.
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
	case errors.As(err, &domain) && domain.Code != nest.CodeStoreUnavailable && domain.Code != nest.CodeMediaUnavailable:
		return "restricted: " + domain.Message
	}
	r.config.Log.ErrorContext(ctx, "relay call failed", "component", "relay", "err", err)
	return "error: the server's database does not answer, try again"
}
