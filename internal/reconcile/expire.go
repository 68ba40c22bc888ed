package reconcile

import (
	"context"
	"time"

	"nests/internal/nest"
)

const (
	openGrace   = 24 * time.Hour // how long after its start a planned nest may stay unopened
	expireEvery = time.Minute
)

// expiry is the memory of the passes for ending nests that nobody opened or that stay empty.
type expiry struct {
	last  time.Time
	empty map[string]emptySince // by nest
}

// emptySince is when a live nest was first observed without participants. A restart of the nest or of the server
// starts it anew.
type emptySince struct {
	since      time.Time
	generation int64
}

// expireNests ends planned nests that nobody opened and, if the operator set EmptyTimeout, live nests without
// participants.
func (l *Loop) expireNests(ctx context.Context, now time.Time) {
	every := expireEvery
	if l.EmptyTimeout > 0 {
		every = min(every, l.EmptyTimeout/2)
	}
	if now.Sub(l.expiry.last) < every {
		return
	}
	l.expiry.last = now
	var planned, live []nest.Nest
	err := l.Store.Read(ctx, func(tx Tx) (err error) {
		planned, err = tx.Nests(nest.NestFilter{Statuses: []nest.Status{nest.Planned}})
		if err == nil && l.EmptyTimeout > 0 {
			live, err = tx.Nests(nest.NestFilter{Statuses: []nest.Status{nest.Live}})
		}
		return err
	})
	if err != nil {
		l.Log.WarnContext(ctx, "expire failed", "component", "store", "err", err)
		return
	}
	for _, n := range planned {
		if n.StartsAt > 0 && now.Sub(time.UnixMilli(n.StartsAt)) > openGrace {
			l.expire(ctx, n, "planned and never opened")
		}
	}
	if l.EmptyTimeout > 0 {
		for _, n := range l.emptyForTooLong(live, now) {
			l.expire(ctx, n, "no participants for too long")
		}
	}
}

func (l *Loop) expire(ctx context.Context, n nest.Nest, why string) {
	if err := l.Domain.Expire(ctx, n, why); err != nil {
		l.Log.WarnContext(ctx, "expire failed", "component", "store", "nest", n.ID, "err", err)
	}
}

// forgetOccupied restarts the wait of nests that have participants. Every pass calls it, because participants may
// join and leave between two runs of expireNests. A nest that could not be observed does not count as empty.
func (l *Loop) forgetOccupied() {
	for id := range l.expiry.empty {
		if participants, known := l.Participants(id); !known || len(participants) > 0 {
			delete(l.expiry.empty, id)
		}
	}
}

// emptyForTooLong returns the live nests that had no participants in any pass for EmptyTimeout.
func (l *Loop) emptyForTooLong(live []nest.Nest, now time.Time) []nest.Nest {
	before := l.expiry.empty
	l.expiry.empty = make(map[string]emptySince, len(live))
	var expired []nest.Nest
	for _, n := range live {
		participants, known := l.Participants(n.ID)
		if !known || len(participants) > 0 {
			continue
		}
		empty, seen := before[n.ID]
		if !seen || empty.generation != n.Generation {
			empty = emptySince{since: now, generation: n.Generation}
		}
		l.expiry.empty[n.ID] = empty
		if now.Sub(empty.since) >= l.EmptyTimeout && now.Sub(time.UnixMilli(n.StatusAt)) >= l.EmptyTimeout {
			expired = append(expired, n)
		}
	}
	return expired
}
