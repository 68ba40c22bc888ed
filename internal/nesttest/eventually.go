package nesttest

import (
	"testing"
	"time"
)

// Eventually calls the function until it returns "" and fails the test with its last complaint after the timeout.
// It is the one way in which tests wait for another goroutine or process.
func Eventually(t testing.TB, timeout time.Duration, complaint func() string) {
	t.Helper()
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		last := complaint()
		if last == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("after %v: %s", timeout, last)
		}
	}
}

// Never calls the function during the whole duration and fails the test at its first complaint.
func Never(t testing.TB, duration time.Duration, complaint func() string) {
	t.Helper()
	end := time.NewTimer(duration)
	defer end.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if now := complaint(); now != "" {
			t.Fatal(now)
		}
		select {
		case <-tick.C:
		case <-end.C:
			return
		}
	}
}
