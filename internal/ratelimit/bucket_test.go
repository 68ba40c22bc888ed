package ratelimit

import (
	"testing"
	"time"
)

func TestBucketAllowsBurstThenRate(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_750_000_000, 0)
	b := Bucket{Rate: Rate{PerSecond: 1, Burst: 2}, Now: func() time.Time { return now }}
	for i, want := range []bool{true, true, false} {
		if b.Allow() != want {
			t.Fatalf("event %d of a burst of 2: allowed is %v", i+1, !want)
		}
	}
	now = now.Add(time.Second)
	if !b.Allow() || b.Allow() {
		t.Error("a second at 1/s does not allow exactly one event")
	}
	now = now.Add(time.Hour)
	for i, want := range []bool{true, true, false} {
		if b.Allow() != want {
			t.Errorf("event %d after an hour without any: allowed is %v", i+1, !want)
		}
	}
}

func TestZeroRateAllowsEverything(t *testing.T) {
	t.Parallel()
	var b Bucket
	var l Limiter[string]
	for range 1000 {
		if !b.Allow() || !l.Allow("a") {
			t.Fatal("the zero rate refused an event")
		}
	}
}
