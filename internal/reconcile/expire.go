package reconcile

import (
	"context"
	"time"

	"nests/internal/nest"
)

const (
	unopened    = 24 * time.Hour // a planned nest waits so long after its start
	expireEvery = time.Minute
)

// expiry is what the loop remembers to let nests end that nobody opened or nobody is in. Only Run touches it.
type expiry struct {
	last  time.Time
	empty map[string]time.Time // since when a live nest has been seen without anyone; a restart counts anew
}

// expire ends planned nests that nobody opened and, where the operator set a time for it, live ones that nobody is in.
func (l *Loop) expire(ctx context.Context, now time.Time) {
	every := expireEvery
	if l.EmptyTimeout > 0 {
		every = min(every, l.EmptyTimeout/2)
	}
	if now.Sub(l.expiry.last) < every {
		return
	}
	l.expiry.last = now
	over := map[string]string{}
	err := l.Store.Read(ctx, func(tx nest.Tx) error {
		clear(over)
		planned, err := tx.Nests(nest.NestFilter{Statuses: []nest.Status{nest.Planned}})
		if err != nil {
			return err
		}
		for _, n := range planned {
			if n.StartsAt > 0 && now.Sub(time.UnixMilli(n.StartsAt)) > unopened {
				over[n.ID] = "planned and never opened"
			}
		}
		if l.EmptyTimeout == 0 {
			return nil
		}
		live, err := tx.Nests(nest.NestFilter{Statuses: []nest.Status{nest.Live}})
		for _, id := range l.emptyTooLong(live, now) {
			over[id] = "nobody was in it"
		}
		return err
	})
	if err != nil {
		l.Log.WarnContext(ctx, "expire failed", "component", "store", "err", err)
		return
	}
	for id, why := range over {
		if err := l.Domain.Expire(ctx, id, why); err != nil {
			l.Log.WarnContext(ctx, "expire failed", "component", "store", "nest", id, "err", err)
		}
	}
}

// emptyTooLong are the live nests that were seen without anyone for the whole time. Not knowing is not emptiness.
func (l *Loop) emptyTooLong(live []nest.Nest, now time.Time) []string {
	before := l.expiry.empty
	l.expiry.empty = make(map[string]time.Time, len(live))
	var over []string
	for _, n := range live {
		people, known := l.Participants(n.ID)
		if !known || len(people) > 0 {
			continue
		}
		since, seen := before[n.ID]
		if !seen {
			since = now
		}
		l.expiry.empty[n.ID] = since
		if now.Sub(since) >= l.EmptyTimeout {
			over = append(over, n.ID)
		}
	}
	return over
}
