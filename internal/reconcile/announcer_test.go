package reconcile

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// spoken records for which nests a meeting event is published.
type spoken struct {
	mu   sync.Mutex
	due  []string
	said []string
}

func (s *spoken) MeetingsDue(context.Context) ([]string, error) { return s.due, nil }
func (s *spoken) PublishMeeting(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, id)
	return nil
}

func (s *spoken) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.said
	s.said = nil
	return said
}

// Meeting events that are due after a crash are published at the start, those of woken nests at once, and those of
// occupied nests at every tick.
func TestAnnouncer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		domain := &spoken{due: []string{"a", "b"}}
		inhabited := []string{"b", "c"}
		a := &Announcer{
			Domain:        domain,
			OccupiedNests: func() []string { return inhabited },
			Log:           slog.New(slog.DiscardHandler),
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = a.Run(ctx) })
		wants := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			if got := domain.take(); !slices.Equal(got, want) {
				t.Errorf("%s: published %v, want %v", when, got, want)
			}
		}
		wants("at the start", "a", "b", "c")
		a.Wake("x")
		wants("woken", "x")
		domain.due, inhabited = nil, []string{"c"}
		<-time.After(4 * time.Second) // of the bubble's own clock, which takes no time
		wants("between ticks")
		<-time.After(2 * time.Second)
		wants("at the next tick", "c")
		stop()
		running.Wait()
	})
}
