package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"nests/internal/nest"
)

// Server holds what the HTTP face needs. Its fields are set once, before Handler is called.
type Server struct {
	Service  *nest.Service
	Tokens   Tokens
	Auth     AuthStore
	Sessions Sessions
	Parts    []Part // asked by /ready
	Diagnose Diagnose
	Overview Overview
	// CountParticipants counts who is inside nests and who of them may speak; false when that is not known.
	CountParticipants func() (inside, onStage int, known bool)
	Config            PublicConfig

	// OnRequest hears of every request once it is answered. It must not block. May be nil.
	OnRequest func(RequestSummary)

	Log            *slog.Logger
	Now            func() time.Time
	TrustedProxies []netip.Prefix // peers whose X-Forwarded-For counts
	RateLimits     bool
	CookieSecret   string // signs what a browser keeps for us

	// Handlers of the neighbours on the same port; nil answers 404 in JSON.
	Gate    http.Handler // /rtc and /livekit/rtc with what is below them, /twirp/livekit.RoomService/
	Relay   http.Handler // /relay, and / for WebSocket and NIP-11
	Webhook http.Handler // what LiveKit posts
	Web     http.Handler // every path that is not ours
}

// Tokens signs what a door gave away as a LiveKit access token.
type Tokens interface {
	Mint(pass nest.Pass, ttl time.Duration) (string, error)
}

// AuthStore remembers signed requests, so that each is accepted once: across nodes and restarts too.
type AuthStore interface {
	// UseAuth is false when the key was used before. It may forget the key after expires (unix ms).
	UseAuth(ctx context.Context, key string, expires int64) (bool, error)
}

// Sessions keeps API sessions under the hash of their secret. Times are unix ms.
type Sessions interface {
	PutSession(ctx context.Context, hash, pubkey string, expires int64) error
	// Session is not found when it was dropped or has expired at now.
	Session(ctx context.Context, hash string, now int64) (pubkey string, expires int64, found bool, err error)
	DropSession(ctx context.Context, hash string) error
}

// Part is something without which the server is not ready. Check is bounded by its context.
type Part struct {
	Name  string // store, media, relay
	Check func(ctx context.Context) error
}

// PublicConfig is what a client may know of this server before it signs anything.
type PublicConfig struct {
	Version         string
	Origins         []string // public origins, scheme://host[:port]; the first is advertised
	Relay           string   // canonical URL of our relay
	Relays          []string // outside relays that nests default to
	Pubkey          string   // the server's own key
	MaxParticipants int
	Create          string // who may create: anyone, list or follows
}

// tokenTTL bounds a token's first use; the gate re-mints at every connect.
const tokenTTL = 10 * time.Minute
