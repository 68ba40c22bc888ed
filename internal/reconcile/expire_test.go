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
	l.presence.recordAnswer(nil, at)
	l.presence.update([]Room{{Listed: true, RoomState: nest.RoomState{Name: "full", Participants: []nest.Participant{{Identity: "x"}}}}},
		[]nest.RoomState{{Name: "full"}}, nil)
	look := func(after time.Duration) []string {
		var ids []string
		for _, n := range l.emptyForTooLong(live, at.Add(after)) {
			ids = append(ids, n.ID)
		}
		return ids
	}
	if got := look(0); got != nil {
		t.Errorf("ended at first sight: %v", got)
	}
	if got := look(59 * time.Second); got != nil {
		t.Errorf("ended early: %v", got)
	}
	if got := look(time.Minute); !slices.Equal(got, []string{"empty"}) {
		t.Errorf("after a minute: %v", got)
	}
	l.presence.recordAnswer(errors.New("away"), at)
	if got := look(2 * time.Minute); got != nil {
		t.Errorf("ended while LiveKit is away: %v", got)
	}
	l.presence.recordAnswer(nil, at)
	if got := look(3 * time.Minute); got != nil {
		t.Errorf("the time while LiveKit was away counted: %v", got)
	}
	inside := func(people ...nest.Participant) {
		l.presence.update([]Room{{Listed: true, RoomState: nest.RoomState{Name: "empty", Participants: people}}}, []nest.RoomState{{Name: "empty"}, {Name: "full"}}, nil)
		l.forgetOccupied()
	}
	inside(nest.Participant{Identity: "y"})
	inside()
	if got := look(4 * time.Minute); got != nil {
		t.Errorf("somebody came and went between two looks: %v", got)
	}
	live[0].Generation++
	if got := look(5 * time.Minute); got != nil {
		t.Errorf("the time before a restart counted: %v", got)
	}
	live[0].StatusAt = at.Add(5*time.Minute + time.Second).UnixMilli()
	if got := look(6 * time.Minute); got != nil {
		t.Errorf("the time before it was live counted: %v", got)
	}
	if got := look(7 * time.Minute); !slices.Equal(got, []string{"empty"}) {
		t.Errorf("two minutes after the restart: %v", got)
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
