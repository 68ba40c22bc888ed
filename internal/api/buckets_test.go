package api

import (
	"strconv"
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	t.Parallel()
	b := newBuckets[string](10, 3, 100)
	at := time.Unix(1_750_000_000, 0)
	take := func(key string, after time.Duration) (time.Duration, bool) {
		at = at.Add(after)
		return b.take(key, at)
	}
	for i := range 3 {
		if wait, _ := take("a", 0); wait != 0 {
			t.Fatalf("take %d within the burst waits %v", i, wait)
		}
	}
	if wait, first := take("a", 0); wait != 100*time.Millisecond || !first {
		t.Errorf("after the burst: %v, %v", wait, first)
	}
	if wait, first := take("a", 50*time.Millisecond); wait != 50*time.Millisecond || first {
		t.Errorf("refused again: %v, %v; only the first of a row is told", wait, first)
	}
	if wait, _ := take("b", 0); wait != 0 {
		t.Error("one key's refusal reached another")
	}
	if wait, _ := take("a", 50*time.Millisecond); wait != 0 {
		t.Error("a token that came back was not given")
	}
	if _, first := take("a", 0); !first {
		t.Error("a new row of refusals was not told")
	}
	if wait, _ := take("a", -time.Hour); wait <= 0 {
		t.Error("a clock set back gave tokens away")
	}
}

func TestBucketsRememberAcrossTurns(t *testing.T) {
	t.Parallel()
	b := newBuckets[string](1, 10, 100)
	at := time.Unix(1_750_000_000, 0)
	for range 10 {
		b.take("a", at)
	}
	if wait, _ := b.take("a", at.Add(500*time.Millisecond)); wait == 0 {
		t.Fatal("not refused")
	}
	b.turn(at.Add(time.Minute)) // a new generation; a is in the old one
	if wait, _ := b.take("a", at.Add(700*time.Millisecond)); wait == 0 {
		t.Error("the turn forgot a bucket that was not full")
	}
}

func TestBucketsAreBounded(t *testing.T) {
	t.Parallel()
	b := newBuckets[string](1, 10, 100)
	at := time.Unix(1_750_000_000, 0)
	for i := range 10_000 {
		b.take(strconv.Itoa(i), at)
	}
	if n := len(b.now) + len(b.old); n > 100 {
		t.Errorf("%d keys are kept, more than 100", n)
	}
}

func BenchmarkBuckets(b *testing.B) {
	buckets := newBuckets[string](10, 120, keysMax)
	at := time.Unix(1_750_000_000, 0)
	for i := 0; b.Loop(); i++ {
		buckets.take("key", at.Add(time.Duration(i)*time.Millisecond))
	}
}
