package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Server holds what the API depends on. Its fields are set once, before Handler is called.
type Server struct {
	Config PublicConfig

	// The use cases, by resource. One service may implement them all.
	Nests        Nests
	Joins        Joins
	Participants Participants
	Moderation   Moderation
	Members      Members
	Invites      Invites
	Pictures     Pictures
	Operator     Operator
	Audit        Audit

	// Who may use the API.
	Keys      Keys
	Addresses Addresses
	Auth      AuthStore
	Sessions  Sessions
	Tokens    Tokens

	// The state of the server.
	Parts    []Part // checked by /ready
	Presence Presence
	Overview Overview
	Diagnose Diagnose

	// OnRequest receives a summary of every request after its answer. It must not block. May be nil.
	OnRequest func(RequestSummary)

	Log            *slog.Logger
	Now            func() time.Time
	TrustedProxies []netip.Prefix // peers whose X-Forwarded-For is read
	RateLimits     bool
	CookieSecret   string // signs the cookies that identify a key
	DefaultQuota   int    // nests that a key without its own quota may have at once; 0: no limit

	// Other handlers on the same port. A nil handler answers 404 as JSON.
	Gate    http.Handler // /rtc, /livekit/rtc, their /validate, and /twirp/livekit.RoomService/
	Relay   http.Handler // /relay, and / for WebSocket and NIP-11 requests
	Webhook http.Handler // LiveKit's webhooks
	Web     http.Handler // every path that is not the API's
}

// Part is a part that /ready checks. Check is bounded by its context.
type Part struct {
	Name  string // store, media, relay
	Check func(ctx context.Context) error
}

// tokenTTL is how long a token can start a connection. The gate mints a fresh one for every connection.
const tokenTTL = 10 * time.Minute
