package api

import (
	"sync"
	"time"
)

// buckets are token buckets by key. Memory is bounded: a bucket untouched for as long as it takes to fill is forgotten,
// which changes nothing, and when half of max keys came since the last turn the older half is forgotten early.
type buckets[K comparable] struct {
	rate  float64 // tokens a second
	burst float64
	max   int // keys kept, in both generations together

	mu       sync.Mutex
	now, old map[K]bucket
	turned   time.Time
}

type bucket struct {
	tokens   float64
	at       time.Time
	refusing bool
}

func newBuckets[K comparable](rate, burst float64, max int) *buckets[K] {
	return &buckets[K]{rate: rate, burst: burst, max: max, now: map[K]bucket{}}
}

// take spends one token. Without one, wait is how long until there is; first is true for the first refusal in a row.
func (b *buckets[K]) take(key K, at time.Time) (wait time.Duration, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(at)
	k, known := b.now[key]
	if !known {
		k, known = b.old[key]
	}
	if !known {
		k = bucket{tokens: b.burst, at: at}
	}
	if passed := at.Sub(k.at); passed > 0 {
		k.tokens = min(b.burst, k.tokens+passed.Seconds()*b.rate)
		k.at = at
	}
	if k.tokens >= 1 {
		k.tokens--
		k.refusing = false
	} else {
		wait = time.Duration((1 - k.tokens) / b.rate * float64(time.Second))
		first = !k.refusing
		k.refusing = true
	}
	b.now[key] = k
	return wait, first
}

// turn starts a new generation when the present one is old enough to have filled all its buckets, or too large.
func (b *buckets[K]) turn(at time.Time) {
	fills := time.Duration(b.burst / b.rate * float64(time.Second))
	if len(b.now) < b.max/2 && at.Sub(b.turned) < fills {
		return
	}
	b.old, b.now, b.turned = b.now, map[K]bucket{}, at
}
