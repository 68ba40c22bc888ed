package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"nests/internal/nest"
	"nests/internal/ratelimit"
)

// limit is the class that a route is counted in.
type limit int

const (
	limitNone   limit = iota // not counted: the web app, and LiveKit's webhooks, which are signed and must not be lost
	limitAddr                // by address only
	limitJoin                // also by key: joins and sessions
	limitCreate              // also by key: nests created
	limitWrite               // also by key: all other changes
	limitCheck               // also by address, at a lower rate: connection tests and diagnostics
)

// limits are the rate limits that NESTS_RATE_LIMITS switches on. A nil limits counts nothing.
type limits struct {
	addr    *ratelimit.Limiter[netip.Prefix]
	checks  *ratelimit.Limiter[netip.Prefix]
	joins   *ratelimit.Limiter[string]
	creates *ratelimit.Limiter[string]
	writes  *ratelimit.Limiter[string]
}

// keysMax bounds each limiter to a few megabytes.
const keysMax = 50_000

func newLimits(on bool, now func() time.Time) *limits {
	if !on {
		return nil
	}
	return &limits{
		addr:    newLimiter[netip.Prefix](50, 500, now),
		checks:  newLimiter[netip.Prefix](2, 30, now),
		joins:   newLimiter[string](10, 120, now),
		creates: newLimiter[string](2, 30, now),
		writes:  newLimiter[string](10, 60, now),
	}
}

func newLimiter[K comparable](perSecond float64, burst int, now func() time.Time) *ratelimit.Limiter[K] {
	rate := ratelimit.Rate{PerSecond: perSecond, Burst: burst}
	return &ratelimit.Limiter[K]{Rate: rate, MaxKeys: keysMax, Eviction: ratelimit.EvictOlderHalf, Now: now}
}

// limitAddress counts the request for its address. It runs before all other work for a request.
func (h *handler) limitAddress(r *http.Request, class limit) error {
	if h.limits == nil || class == limitNone || h.exempt(r) {
		return nil
	}
	from := ratelimit.SubscriberKey(h.ClientAddr(r))
	wait, first := h.limits.addr.Take(from)
	if wait == 0 && class == limitCheck {
		wait, first = h.limits.checks.Take(from)
	}
	err := h.tooMany(r.Context(), wait, first, "address")
	if err != nil && r.Header.Get("X-Forwarded-For") != "" && !h.trusted(parseAddr(r.RemoteAddr)) {
		err.Hint = "The server counts all clients of this proxy as one. " +
			"Its operator must add the proxy to NESTS_TRUSTED_PROXIES."
		if first {
			h.log.WarnContext(r.Context(), "proxy not trusted", "code", nest.CodeTooManyRequests, "err", err.Hint)
		}
	}
	return orNil(err)
}

// limitKey counts the request for its key. The key must be proven, so that nobody uses up the limit of another user.
func (h *handler) limitKey(r *http.Request, class limit, pubkey string) error {
	if h.limits == nil {
		return nil
	}
	var limiter *ratelimit.Limiter[string]
	switch class {
	case limitJoin:
		limiter = h.limits.joins
	case limitCreate:
		limiter = h.limits.creates
	case limitWrite:
		limiter = h.limits.writes
	default:
		return nil
	}
	wait, first := limiter.Take(pubkey)
	return orNil(h.tooMany(r.Context(), wait, first, "key"))
}

// tooMany is the refusal for a wait above zero, else nil. It logs only the first of consecutive refusals, so that a
// flood of requests does not flood the log.
func (h *handler) tooMany(ctx context.Context, wait time.Duration, first bool, counted string) *nest.Error {
	if wait == 0 {
		return nil
	}
	if first {
		h.log.InfoContext(ctx, "refused", "code", nest.CodeTooManyRequests, "step", stepLimit+" "+counted)
	}
	return &nest.Error{
		Code:       nest.CodeTooManyRequests,
		Message:    "Too many requests",
		Hint:       "Wait for the time in Retry-After. A client that polls should poll less often.",
		RetryAfter: wait,
	}
}

// orNil converts a nil refusal to a nil error: a nil pointer in an interface is not nil.
func orNil(refusal *nest.Error) error {
	if refusal == nil {
		return nil
	}
	return refusal
}
