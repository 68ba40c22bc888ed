package relay

import (
	"net/netip"
	"sync"
	"time"
)

// Rate is a token bucket: so many a second in the long run, so many at once. The zero Rate allows everything.
type Rate struct {
	PerSecond float64
	Burst     int
}

const maxBuckets = 20000

// rates keeps one bucket a key. It is bounded: when too many keys are seen at once, full buckets go first, then any.
type rates struct {
	rate Rate
	now  func() time.Time

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newRates(rate Rate, now func() time.Time) *rates {
	return &rates{rate: rate, now: now, buckets: map[string]bucket{}}
}

// allow takes one token of the key. An empty key is exempt.
func (r *rates) allow(key string) bool {
	if r.rate == (Rate{}) || key == "" {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	b, known := r.buckets[key]
	if !known {
		r.makeRoom(now)
		b = bucket{tokens: float64(r.rate.Burst), at: now}
	}
	b.tokens, b.at = r.refilled(b, now), now
	allowed := b.tokens >= 1
	if allowed {
		b.tokens--
	}
	r.buckets[key] = b
	return allowed
}

func (r *rates) refilled(b bucket, now time.Time) float64 {
	return min(float64(r.rate.Burst), b.tokens+max(0, now.Sub(b.at).Seconds())*r.rate.PerSecond)
}

func (r *rates) makeRoom(now time.Time) {
	if len(r.buckets) < maxBuckets {
		return
	}
	for key, b := range r.buckets {
		if r.refilled(b, now) >= float64(r.rate.Burst) {
			delete(r.buckets, key)
		}
	}
	for key := range r.buckets {
		if len(r.buckets) < maxBuckets*9/10 { // not one at a time: the sweep above costs
			return
		}
		delete(r.buckets, key)
	}
}

// addressKey makes one key of all addresses a single customer has: an IPv6 /64 counts as one.
func addressKey(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	address = address.Unmap().WithZone("")
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return prefix.Masked().String()
		}
	}
	return address.String()
}
