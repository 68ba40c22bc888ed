package reconcile

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"nests/internal/nest"
)

// unresponsiveRoom is a room whose participants LiveKit failed to list.
type unresponsiveRoom struct {
	failures    int
	lastFailure time.Time
}

// observe asks LiveKit for the participants of each room in this pass, several rooms at once. It returns the rooms and
// updates the status that the API reads. A nil only means every room.
func (l *Loop) observe(ctx context.Context, all []nest.RoomState, only map[string]bool) []Room {
	var rooms []Room
	for _, r := range all {
		if only == nil || only[r.Name] {
			rooms = append(rooms, Room{RoomState: r})
		}
	}
	var g errgroup.Group
	g.SetLimit(maxParallelLists)
	listed := l.roomsToList(rooms, only == nil)
	for _, i := range listed {
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, listTimeout)
			defer cancel()
			participants, err := l.LiveKit.Participants(ctx, rooms[i].Name)
			rooms[i].Participants, rooms[i].Listed = participants, err == nil
			return nil
		})
	}
	_ = g.Wait() // the funcs return no error: a failure leaves Listed false
	l.markUnresponsive(rooms, listed, all)
	l.status.update(rooms, all, only)
	return rooms
}

// roomsToList returns the indices of the rooms whose participants are listed now. A full pass skips unresponsive
// rooms for a while.
func (l *Loop) roomsToList(rooms []Room, full bool) []int {
	var indices []int
	for i, r := range rooms {
		u := l.unresponsive[r.Name]
		if !full || u.failures < 2 || l.Now().Sub(u.lastFailure) >= retryUnresponsive {
			indices = append(indices, i)
		}
	}
	return indices
}

// markUnresponsive counts the rooms that could not be listed, and forgets those that could or that LiveKit no
// longer has.
func (l *Loop) markUnresponsive(rooms []Room, listed []int, all []nest.RoomState) {
	before := l.unresponsive
	l.unresponsive = map[string]unresponsiveRoom{}
	for _, r := range all {
		if u, marked := before[r.Name]; marked {
			l.unresponsive[r.Name] = u
		}
	}
	for _, i := range listed {
		name := rooms[i].Name
		if rooms[i].Listed {
			delete(l.unresponsive, name)
		} else {
			l.unresponsive[name] = unresponsiveRoom{failures: l.unresponsive[name].failures + 1, lastFailure: l.Now()}
		}
	}
}

// readDesired reads from the store the desired state of the observed rooms, and the woken nests that have no room.
func (l *Loop) readDesired(ctx context.Context, rooms []Room, only map[string]bool) (Want, error) {
	want := Want{Nests: map[string]Nest{}, TestRooms: map[string]bool{}, Blocked: map[string]bool{}}
	ids := map[string]bool{}
	for _, r := range rooms {
		ids[r.Name] = true
		for _, p := range r.Participants {
			if l.Blocked != nil && l.Blocked(p.Identity) {
				want.Blocked[p.Identity] = true
			}
		}
	}
	for id := range only {
		ids[id] = true
	}
	var nestIDs []string
	for id := range ids {
		switch {
		case nest.IsID(id):
			nestIDs = append(nestIDs, id)
		case nest.IsTestRoom(id):
			open, err := l.isOpenTestRoom(ctx, id)
			if err != nil {
				return want, err
			}
			want.TestRooms[id] = open
		}
	}
	nests, members, err := l.Store.Snapshot(ctx, nestIDs)
	for id, n := range nests {
		want.Nests[id] = Nest{Nest: n, Members: members[id], Room: l.Domain.Room(n, members[id])}
	}
	return want, err
}

// isOpenTestRoom reports whether a test room exists and has not expired.
func (l *Loop) isOpenTestRoom(ctx context.Context, id string) (open bool, err error) {
	now := l.Now().UnixMilli()
	err = l.Store.Read(ctx, func(tx Tx) error {
		expires, err := tx.TestRoom(id)
		open = err == nil && expires > now
		if errors.Is(err, nest.ErrNoRow) {
			return nil
		}
		return err
	})
	return open, err
}
