package reconcile

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"nests/internal/nest"
)

// A nest ends for want of people only after the whole time, and never while it is not known who is inside.
func TestEmptyTooLong(t *testing.T) {
	at := time.Unix(1_750_000_000, 0)
	l := &Loop{EmptyTimeout: time.Minute, Now: func() time.Time { return at }}
	empty, full := nest.Nest{ID: "empty"}, nest.Nest{ID: "full"}
	live := []nest.Nest{empty, full}
	l.seen.answered(nil, at)
	l.seen.remember([]Room{{People: true, RoomState: nest.RoomState{Name: "full", Participants: []nest.Participant{{Identity: "x"}}}}},
		[]nest.RoomState{{Name: "full"}}, nil)
	look := func(after time.Duration) []string { return l.emptyTooLong(live, at.Add(after)) }
	if got := look(0); got != nil {
		t.Errorf("ended at first sight: %v", got)
	}
	if got := look(59 * time.Second); got != nil {
		t.Errorf("ended early: %v", got)
	}
	if got := look(time.Minute); !slices.Equal(got, []string{"empty"}) {
		t.Errorf("after a minute: %v", got)
	}
	l.seen.answered(errors.New("away"), at)
	if got := look(2 * time.Minute); got != nil {
		t.Errorf("ended while LiveKit is away: %v", got)
	}
	l.seen.answered(nil, at)
	if got := look(3 * time.Minute); got != nil {
		t.Errorf("the time while LiveKit was away counted: %v", got)
	}
}

// A burst of wakes costs one token, and nothing that was asked for is lost.
func TestWakesGather(t *testing.T) {
	var w wakeList
	for range 3 {
		w.add("a")
		w.add("b")
	}
	select {
	case <-w.ready():
	case <-context.Background().Done():
	}
	if got := w.take(); len(got) != 2 {
		t.Errorf("woken: %v", got)
	}
	select {
	case <-w.ready():
		t.Error("a second token for wakes that were taken")
	default:
	}
}
