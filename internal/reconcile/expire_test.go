package reconcile

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"nests/internal/nest"
)

// A nest ends only after it was empty for the whole timeout, and never while its participants are unknown.
func TestEmptyTooLong(t *testing.T) {
	at := time.Unix(1_750_000_000, 0)
	l := &Loop{EmptyTimeout: time.Minute, Now: func() time.Time { return at }}
	empty, full := nest.Nest{ID: "empty"}, nest.Nest{ID: "full"}
	live := []nest.Nest{empty, full}
	l.status.recordAnswer(nil, at)
	occupied := nest.RoomState{Name: "full", Participants: []nest.Participant{{Identity: "x"}}}
	l.status.update([]Room{{Listed: true, RoomState: occupied}}, []nest.RoomState{{Name: "full"}}, nil)
	expired := func(after time.Duration) []string {
		var ids []string
		for _, n := range l.emptyForTooLong(live, at.Add(after)) {
			ids = append(ids, n.ID)
		}
		return ids
	}
	if got := expired(0); got != nil {
		t.Errorf("ended when first observed: %v", got)
	}
	if got := expired(59 * time.Second); got != nil {
		t.Errorf("ended early: %v", got)
	}
	if got := expired(time.Minute); !slices.Equal(got, []string{"empty"}) {
		t.Errorf("after a minute: %v", got)
	}
	l.status.recordAnswer(errors.New("away"), at)
	if got := expired(2 * time.Minute); got != nil {
		t.Errorf("ended while LiveKit is away: %v", got)
	}
	l.status.recordAnswer(nil, at)
	if got := expired(3 * time.Minute); got != nil {
		t.Errorf("the time while LiveKit was away counted: %v", got)
	}
	observe := func(people ...nest.Participant) {
		room := Room{Listed: true, RoomState: nest.RoomState{Name: "empty", Participants: people}}
		l.status.update([]Room{room}, []nest.RoomState{{Name: "empty"}, {Name: "full"}}, nil)
		l.forgetOccupied()
	}
	observe(nest.Participant{Identity: "y"})
	observe()
	if got := expired(4 * time.Minute); got != nil {
		t.Errorf("ended although a participant joined and left: %v", got)
	}
	live[0].Generation++
	if got := expired(5 * time.Minute); got != nil {
		t.Errorf("the time before a restart counted: %v", got)
	}
	live[0].StatusAt = at.Add(5*time.Minute + time.Second).UnixMilli()
	if got := expired(6 * time.Minute); got != nil {
		t.Errorf("the time before it was live counted: %v", got)
	}
	if got := expired(7 * time.Minute); !slices.Equal(got, []string{"empty"}) {
		t.Errorf("two minutes after the restart: %v", got)
	}
}

// A burst of wakes sends one signal, and no id is lost.
func TestWakeListSendsOneSignal(t *testing.T) {
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
		t.Error("a second signal for ids that were taken")
	default:
	}
}
