package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"nests/internal/nest"
)

// apply carries out the steps: those of one room in order, several rooms at once, so that no room waits for another
// one. A failed step is planned again in the next pass, and is a divergence from then on. A room's metadata comes
// after its access and grants.
func (l *Loop) apply(ctx context.Context, steps []Step, carriesOutChange func(Step) bool) {
	steps = slices.Clone(steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return order(a) - order(b) })
	byRoom := map[string][]func(){}
	var rooms []string
	for _, step := range steps {
		isDivergence := step.Drift != "" && !carriesOutChange(step)
		if isDivergence {
			l.drifts.open(ctx, l.Store, step, l.Now().UnixMilli(), l.NewID)
		}
		if step.Kind == stepNote {
			continue
		}
		if byRoom[step.Room] == nil {
			rooms = append(rooms, step.Room)
		}
		byRoom[step.Room] = append(byRoom[step.Room], func() { l.runStep(ctx, step, isDivergence) })
	}
	var g errgroup.Group
	g.SetLimit(maxParallelRooms)
	for _, room := range rooms {
		g.Go(func() error {
			for _, run := range byRoom[room] {
				run()
			}
			return nil
		})
	}
	_ = g.Wait() // the funcs return no error: runStep logs each
}

// order sorts the steps of a room: its metadata comes last.
func order(step Step) int {
	if step.Kind == stepSetMetadata {
		return 1
	}
	return 0
}

// runStep applies one step and logs it.
func (l *Loop) runStep(ctx context.Context, step Step, isDivergence bool) {
	err := l.applyStep(ctx, step)
	level := slog.LevelDebug
	if isDivergence || step.Kind == stepEndRoom || step.Kind == stepRemove {
		level = slog.LevelInfo
	}
	l.Log.Log(ctx, level, "reconcile step", "component", "livekit", "nest", step.Room, "step", step.Kind,
		"code", step.Drift, "identity", nest.ShortIdentity(step.Identity), "err", err)
}

func (l *Loop) applyStep(ctx context.Context, step Step) error {
	switch step.Kind {
	case stepEndRoom:
		return l.LiveKit.EndRoom(ctx, step.Room, step.SID)
	case stepSetMetadata:
		return l.LiveKit.SetMetadata(ctx, step.Room, step.Metadata)
	case stepSetGrant:
		return l.LiveKit.SetGrant(ctx, step.Room, step.Identity, step.Grant, step.Attributes)
	case stepRemove:
		return l.LiveKit.Remove(ctx, step.Room, step.Identity)
	case stepAdoptRoom:
		host := hostFromMetadata(l.status.metadata(step.Room))
		err := l.Domain.Adopt(ctx, step.Room, host)
		if isFinal(err) {
			return errors.Join(err, l.LiveKit.EndRoom(ctx, step.Room, step.SID))
		}
		return err
	}
	return nil
}

// isFinal reports whether another try to adopt a room would fail too: no host signed a space for it, or its host
// may not have a nest.
func isFinal(err error) bool {
	switch nest.CodeOf(err) {
	case nest.CodeNotFound, nest.CodeQuota, nest.CodeBlocked, nest.CodeInvalidEvent, nest.CodeForbidden:
		return true
	}
	return false
}

// rememberApplied records the rows that LiveKit was brought to. A full pass forgets nests without a room: the gate
// creates their room from the row of that moment.
func (l *Loop) rememberApplied(want Want, full bool) {
	if l.applied == nil || full {
		l.applied = make(map[string]Nest, len(want.Nests))
	}
	maps.Copy(l.applied, want.Nests)
}
