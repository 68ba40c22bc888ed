package ratelimit

import (
	"sync"
	"time"
)

// Eviction is what a Limiter forgets so that it never holds more than MaxKeys buckets. To forget a full bucket changes
// nothing; a key whose bucket is forgotten early starts again with a full one.
type Eviction int

const (
	// EvictOlderHalf forgets buckets that were not used for as long as a bucket takes to fill. When MaxKeys/2 keys are
	// used within that time, it forgets earlier: all buckets but those. It takes constant time, so it suits a limit
	// that is checked for every request.
	EvictOlderHalf Eviction = iota
	// EvictWhenFull keeps all buckets until there are MaxKeys. Then it forgets the full ones, and any others down to
	// nine tenths of MaxKeys. It forgets the fewest buckets early, but visits all of them under the lock.
	EvictWhenFull
)

// Limiter has a token bucket per key. Its fields are set before its first use.
//
// Concurrency: any goroutine may call it. One lock guards all buckets; it is held for map work and arithmetic only, and
// while Now is called, so that the times that a bucket sees are in order.
type Limiter[K comparable] struct {
	Rate     Rate
	MaxKeys  int
	Eviction Eviction
	Now      func() time.Time

	mu       sync.Mutex
	recent   map[K]bucket
	older    map[K]bucket // used before the last turn; empty with EvictWhenFull
	turnedAt time.Time
}

// Allow spends one token of the key, and returns false without one.
func (l *Limiter[K]) Allow(key K) bool {
	wait, _ := l.Take(key)
	return wait == 0
}

// Take spends one token of the key. Without one, wait is how long until there is one, and first is true for the first
// refusal in a row.
func (l *Limiter[K]) Take(key K) (wait time.Duration, first bool) {
	if l.Rate == (Rate{}) {
		return 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	b := l.bucketOf(key, now)
	wait, first = b.take(l.Rate, now)
	l.recent[key] = b
	return wait, first
}

// bucketOf returns the key's bucket, a full one for a key that has none, after it made room for one more.
func (l *Limiter[K]) bucketOf(key K, now time.Time) bucket {
	if l.recent == nil {
		l.recent, l.turnedAt = map[K]bucket{}, now
	}
	if l.Eviction == EvictOlderHalf {
		l.turn(now)
	}
	if b, exists := l.recent[key]; exists {
		return b
	}
	if b, exists := l.older[key]; exists {
		return b
	}
	if l.Eviction == EvictWhenFull && len(l.recent) >= l.MaxKeys {
		l.sweep(now)
	}
	return full(l.Rate, now)
}

// turn forgets the older buckets and makes the recent ones the older ones: when so much time has passed that all older
// ones are full, or when the recent ones are half of MaxKeys.
func (l *Limiter[K]) turn(now time.Time) {
	if len(l.recent) < l.MaxKeys/2 && now.Sub(l.turnedAt) < l.Rate.fillTime() {
		return
	}
	l.older, l.recent, l.turnedAt = l.recent, map[K]bucket{}, now
}

// sweep goes down to nine tenths, so that it is not needed for every new key.
func (l *Limiter[K]) sweep(now time.Time) {
	for key, b := range l.recent {
		if b.refilled(l.Rate, now) >= float64(l.Rate.Burst) {
			delete(l.recent, key)
		}
	}
	for key := range l.recent {
		if len(l.recent) < l.MaxKeys*9/10 {
			return
		}
		delete(l.recent, key)
	}
}
