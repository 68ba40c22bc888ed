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
	limitNone   limit = iota // neither counted nor refused: LiveKit's webhooks, which are signed and must not be lost
	limitAddr                // by address only
	limitDoor                // by key too: doors
	limitCreate              // nests made
	limitWrite               // every other change
	limitCheck               // rooms for connection tests, by address like creates
)

// limits are the buckets of contract.md §NESTS_RATE_LIMITS; nil counts nothing.
type limits struct {
	addr    *ratelimit.Limiter[netip.Prefix]
	checks  *ratelimit.Limiter[netip.Prefix]
	doors   *ratelimit.Limiter[string]
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
		doors:   newLimiter[string](10, 120, now),
		creates: newLimiter[string](2, 30, now),
		writes:  newLimiter[string](10, 60, now),
	}
}

func newLimiter[K comparable](perSecond float64, burst int, now func() time.Time) *ratelimit.Limiter[K] {
	rate := ratelimit.Rate{PerSecond: perSecond, Burst: burst}
	return &ratelimit.Limiter[K]{Rate: rate, MaxKeys: keysMax, Eviction: ratelimit.EvictOlderHalf, Now: now}
}

// limitAddress is asked before anything else is done for a request.
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
		err.Hint = "The server counts everybody behind this proxy as one: its operator adds the proxy to NESTS_TRUSTED_PROXIES."
		if first {
			h.log.WarnContext(r.Context(), "proxy not trusted", "code", nest.CodeTooManyRequests, "err", err.Hint)
		}
	}
	return orNil(err)
}

// limitKey is asked once the key is proven: nobody can spend another's tokens.
func (h *handler) limitKey(r *http.Request, class limit, pubkey string) error {
	if h.limits == nil {
		return nil
	}
	var of *ratelimit.Limiter[string]
	switch class {
	case limitDoor:
		of = h.limits.doors
	case limitCreate:
		of = h.limits.creates
	case limitWrite:
		of = h.limits.writes
	default:
		return nil
	}
	wait, first := of.Take(pubkey)
	return orNil(h.tooMany(r.Context(), wait, first, "key"))
}

// tooMany logs the first refusal of a row only: a flood must not become a flood of lines.
func (h *handler) tooMany(ctx context.Context, wait time.Duration, first bool, step string) *nest.Error {
	if wait == 0 {
		return nil
	}
	if first {
		h.log.InfoContext(ctx, "refused", "code", nest.CodeTooManyRequests, "step", "limit "+step)
	}
	return &nest.Error{Code: nest.CodeTooManyRequests, Message: "Too many requests", RetryAfter: wait,
		Hint: "Wait as long as Retry-After says; a client that polls should poll more slowly."}
}

// orNil keeps a nil refusal from becoming an error that is not nil.
func orNil(refusal *nest.Error) error {
	if refusal == nil {
		return nil
	}
	return refusal
}
