package reconcile

import (
	"context"
	"time"

	"nests/internal/nest"
)

const (
	openGrace   = 24 * time.Hour // a planned nest waits so long after its start
	expireEvery = time.Minute
)

// expiry is what the loop remembers to let nests end that nobody opened or nobody is in. Only Run touches it.
type expiry struct {
	last  time.Time
	empty map[string]emptySince
}

// emptiness is since when a live nest has been seen without anyone. A restart, of the server or of the nest, counts anew.
type emptySince struct {
	since      time.Time
	generation int64
}

// expire ends planned nests that nobody opened and, where the operator set a time for it, live ones that nobody is in.
func (l *Loop) expireNests(ctx context.Context, now time.Time) {
	every := expireEvery
	if l.EmptyTimeout > 0 {
		every = min(every, l.EmptyTimeout/2)
	}
	if now.Sub(l.expiry.last) < every {
		return
	}
	l.expiry.last = now
	over, why := []nest.Nest{}, map[string]string{}
	err := l.Store.Read(ctx, func(tx Tx) error {
		over = over[:0]
		planned, err := tx.Nests(nest.NestFilter{Statuses: []nest.Status{nest.Planned}})
		if err != nil {
			return err
		}
		for _, n := range planned {
			if n.StartsAt > 0 && now.Sub(time.UnixMilli(n.StartsAt)) > openGrace {
				over, why[n.ID] = append(over, n), "planned and never opened"
			}
		}
		if l.EmptyTimeout == 0 {
			return nil
		}
		live, err := tx.Nests(nest.NestFilter{Statuses: []nest.Status{nest.Live}})
		if err != nil {
			return err
		}
		for _, n := range l.emptyForTooLong(live, now) {
			over, why[n.ID] = append(over, n), "nobody was in it"
		}
		return nil
	})
	if err != nil {
		l.Log.WarnContext(ctx, "expire failed", "component", "store", "err", err)
		return
	}
	for _, n := range over {
		if err := l.Domain.Expire(ctx, n, why[n.ID]); err != nil {
			l.Log.WarnContext(ctx, "expire failed", "component", "store", "nest", n.ID, "err", err)
		}
	}
}

// stillEmpty forgets the emptiness of nests that somebody is in. It looks at every pass, because people come and go between the
// times when nests expire. Not knowing is not emptiness.
func (l *Loop) forgetOccupied() {
	for id := range l.expiry.empty {
		if people, known := l.Participants(id); !known || len(people) > 0 {
			delete(l.expiry.empty, id)
		}
	}
}

// emptyTooLong are the live nests that were seen without anyone for the whole time.
func (l *Loop) emptyForTooLong(live []nest.Nest, now time.Time) []nest.Nest {
	before := l.expiry.empty
	l.expiry.empty = make(map[string]emptySince, len(live))
	var over []nest.Nest
	for _, n := range live {
		people, known := l.Participants(n.ID)
		if !known || len(people) > 0 {
			continue
		}
		empty, seen := before[n.ID]
		if !seen || empty.generation != n.Generation {
			empty = emptySince{now, n.Generation}
		}
		l.expiry.empty[n.ID] = empty
		if now.Sub(empty.since) >= l.EmptyTimeout && now.Sub(time.UnixMilli(n.StatusAt)) >= l.EmptyTimeout {
			over = append(over, n)
		}
	}
	return over
}
