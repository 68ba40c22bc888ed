package nesttest

import (
	"testing"
	"time"
)

// Eventually asks until the condition has nothing to complain about and fails with its last complaint. It is the one
// way tests wait for what happens in another goroutine or process.
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

// Never asks for a whole duration and fails at the first complaint. For what must not happen.
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
