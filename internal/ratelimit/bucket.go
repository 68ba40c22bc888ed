package ratelimit

import "time"

// Rate allows PerSecond events in the long run and Burst at once. The zero Rate allows everything.
type Rate struct {
	PerSecond float64
	Burst     int
}

// fillTime is how long an empty bucket takes to fill.
func (r Rate) fillTime() time.Duration {
	return time.Duration(float64(r.Burst) / r.PerSecond * float64(time.Second))
}

// Bucket is one token bucket. It has no lock: it belongs to one goroutine. A bucket is full when it is first used.
type Bucket struct {
	Rate Rate
	Now  func() time.Time

	used bool
	bucket
}

// Allow spends one token, and returns false without one.
func (b *Bucket) Allow() bool {
	if b.Rate == (Rate{}) {
		return true
	}
	now := b.Now()
	if !b.used {
		b.used, b.bucket = true, full(b.Rate, now)
	}
	wait, _ := b.take(b.Rate, now)
	return wait == 0
}

// bucket is the state of a token bucket.
type bucket struct {
	tokens   float64
	at       time.Time // when tokens was computed
	refusing bool      // the last take was refused
}

func full(rate Rate, now time.Time) bucket { return bucket{tokens: float64(rate.Burst), at: now} }

// take spends one token. Without one, wait is how long until there is one, and first is true for the first refusal in a
// row. A clock that is set back neither adds tokens nor stops the refill.
func (b *bucket) take(rate Rate, now time.Time) (wait time.Duration, first bool) {
	b.tokens, b.at = b.refilled(rate, now), now
	if b.tokens >= 1 {
		b.tokens--
		b.refusing = false
		return 0, false
	}
	first = !b.refusing
	b.refusing = true
	wait = time.Duration((1 - b.tokens) / rate.PerSecond * float64(time.Second))
	return max(wait, 1), first // less than a nanosecond is a refusal, too
}

func (b *bucket) refilled(rate Rate, now time.Time) float64 {
	return min(float64(rate.Burst), b.tokens+max(0, now.Sub(b.at).Seconds())*rate.PerSecond)
}
