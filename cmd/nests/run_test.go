package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// Why a server stops is said also when it cannot stop in time.
func TestSlowStopSaysWhy(t *testing.T) {
	why := errors.New("disk on fire")
	release := make(chan struct{})
	group, failed := errgroup.WithContext(context.Background())
	group.Go(func() error { return why })
	group.Go(func() error { <-release; return nil })
	<-failed.Done()
	if err := waitAtMost(failed, group.Wait, time.Millisecond); !errors.Is(err, why) || !errors.Is(err, errStopTimeout) {
		t.Errorf("it stopped with %v", err)
	}
	close(release)
	healthy, stop := errgroup.WithContext(context.Background())
	still := make(chan struct{})
	healthy.Go(func() error { <-still; return nil })
	if err := waitAtMost(stop, healthy.Wait, time.Millisecond); err == nil || err.Error() != errStopTimeout.Error() {
		t.Errorf("stopped by its operator, it says %v", err)
	}
	close(still)
}
