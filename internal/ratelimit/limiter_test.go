package ratelimit

import (
	"strconv"
	"testing"
	"time"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Unix(1_750_000_000, 0)} }

func (c *clock) Now() time.Time { return c.now }

var evictions = map[string]Eviction{"older half": EvictOlderHalf, "when full": EvictWhenFull}

func TestLimiter(t *testing.T) {
	t.Parallel()
	for name, eviction := range evictions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			l := Limiter[string]{Rate: Rate{PerSecond: 10, Burst: 3}, MaxKeys: 100, Eviction: eviction, Now: c.Now}
			take := func(key string, after time.Duration) (time.Duration, bool) {
				c.now = c.now.Add(after)
				return l.Take(key)
			}
			for i := range 3 {
				if wait, _ := take("a", 0); wait != 0 {
					t.Fatalf("take %d within the burst waits %v", i, wait)
				}
			}
			if wait, first := take("a", 0); wait != 100*time.Millisecond || !first {
				t.Errorf("after the burst: wait %v, first %v", wait, first)
			}
			if wait, first := take("a", 50*time.Millisecond); wait != 50*time.Millisecond || first {
				t.Errorf("second refusal in a row: wait %v, first %v", wait, first)
			}
			if wait, _ := take("b", 0); wait != 0 {
				t.Error("the refusal of one key affects another")
			}
			if wait, _ := take("a", 50*time.Millisecond); wait != 0 {
				t.Error("the bucket was not refilled after 100 ms at 10/s")
			}
			if _, first := take("a", 0); !first {
				t.Error("the first refusal after a success is not the first in a row")
			}
			if wait, _ := take("a", -time.Hour); wait <= 0 {
				t.Error("a clock set back added tokens")
			}
			if wait, _ := take("a", 100*time.Millisecond); wait != 0 {
				t.Error("a clock set back stopped the refill")
			}
		})
	}
}

func TestLimiterKeepsBucketsAcrossTurns(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := Limiter[string]{Rate: Rate{PerSecond: 1, Burst: 10}, MaxKeys: 100, Now: c.Now}
	for range 10 {
		l.Take("a")
	}
	c.now = c.now.Add(500 * time.Millisecond)
	if l.Allow("a") {
		t.Fatal("event 11 of a burst of 10 is allowed")
	}
	l.turn(c.now.Add(time.Minute)) // the bucket of a is an older one now
	c.now = c.now.Add(200 * time.Millisecond)
	if l.Allow("a") {
		t.Error("the turn forgot a bucket that is not full")
	}
}

func TestLimiterSweepForgetsFullBucketsFirst(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := Limiter[string]{Rate: Rate{PerSecond: 1, Burst: 2}, MaxKeys: 100, Eviction: EvictWhenFull, Now: c.Now}
	for i := range 50 {
		l.Take("full " + strconv.Itoa(i))
	}
	c.now = c.now.Add(time.Minute)
	for i := range 50 {
		l.Take(strconv.Itoa(i))
		l.Take(strconv.Itoa(i))
	}
	l.Take("one more")
	if n := len(l.recent); n != 51 {
		t.Errorf("%d buckets are left of 50 that are not full and a new one", n)
	}
	for i := range 50 {
		if l.Allow(strconv.Itoa(i)) {
			t.Errorf("the empty bucket of key %d was forgotten though others were full", i)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	for name, eviction := range evictions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			l := Limiter[string]{Rate: Rate{PerSecond: 1, Burst: 10}, MaxKeys: 100, Eviction: eviction, Now: c.Now}
			for i := range 10_000 {
				l.Take(strconv.Itoa(i))
			}
			if n := len(l.recent) + len(l.older); n > 100 {
				t.Errorf("the limiter holds %d keys, more than 100", n)
			}
		})
	}
}

func BenchmarkLimiter(b *testing.B) {
	c := newClock()
	l := Limiter[string]{Rate: Rate{PerSecond: 10, Burst: 120}, MaxKeys: 50_000, Now: c.Now}
	for b.Loop() {
		c.now = c.now.Add(time.Millisecond)
		l.Take("key")
	}
}
