package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// The failure that stopped the server is reported even when the stop takes too long.
func TestSlowStopReportsItsCause(t *testing.T) {
	why := errors.New("disk on fire")
	release := make(chan struct{})
	group, failed := errgroup.WithContext(context.Background())
	group.Go(func() error { return why })
	group.Go(func() error { <-release; return nil })
	<-failed.Done()
	err := waitAtMost(failed, group.Wait, time.Millisecond)
	if !errors.Is(err, why) || !errors.Is(err, errStopTimeout) {
		t.Errorf("the server stopped with %v", err)
	}
	close(release)
	healthy, stop := errgroup.WithContext(context.Background())
	still := make(chan struct{})
	healthy.Go(func() error { <-still; return nil })
	if err := waitAtMost(stop, healthy.Wait, time.Millisecond); err == nil || err.Error() != errStopTimeout.Error() {
		t.Errorf("after a stop by the operator: %v", err)
	}
	close(still)
}
