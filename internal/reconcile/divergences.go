package reconcile

import (
	"context"
)

// Codes of divergences between rows and events of the store. They are found without LiveKit.
const (
	codeSignatureOwed   = "signature_owed"
	codeSpaceAhead      = "space_ahead"
	codePublicationOwed = "publication_owed"
)

// maxResyncWakes is how many woken nests a pass resyncs. In a larger burst, such as many new nests, the next full
// pass does it.
const maxResyncWakes = 16

// recordDivergences opens the divergences of the store, ends those that are repaired and, in a full pass, ends
// nests that expired and lowers hands that lapsed.
func (l *Loop) recordDivergences(ctx context.Context, want Want, rooms []Room, steps []Step, only map[string]bool) {
	now := l.Now().UnixMilli()
	found := map[driftKey]bool{}
	for _, step := range steps {
		found[driftKey{step.Drift, step.Room, step.Identity}] = true
	}
	for id, n := range want.Nests {
		if n.Nest.SignatureDue {
			step := Step{
				Kind:     stepNote,
				Room:     id,
				Drift:    codeSignatureOwed,
				Evidence: map[string]any{"status": n.Nest.Status, "space": n.Nest.SpaceID},
			}
			l.drifts.open(ctx, l.Store, step, now, l.NewID)
			found[driftKey{codeSignatureOwed, id, ""}] = true
		}
		if len(only) <= maxResyncWakes {
			l.resync(ctx, id, found, now)
		}
	}
	for _, d := range l.drifts.resolve(ctx, l.Store, checkedBy(want, rooms, only), found, now) {
		l.Log.InfoContext(ctx, "divergence ended", "component", "livekit", "nest", d.Nest, "code", d.Code,
			"outcome", d.Outcome, "took_ms", d.Resolved-d.First)
		if l.OnDivergenceEnded != nil {
			l.OnDivergenceEnded(d)
		}
	}
	l.forgetOccupied()
	if only == nil {
		l.expireNests(ctx, l.Now())
		if err := l.Domain.ExpireHands(ctx); err != nil {
			l.Log.WarnContext(ctx, "hands not lowered", "component", "store", "err", err)
		}
	}
}

// checkedBy returns a function that reports whether a pass checked for a divergence: it read the nest, or it was a full
// pass, which sees every room. A missing signature shows only in the nest's row. A room that could not be listed was
// not checked.
func checkedBy(want Want, rooms []Room, only map[string]bool) func(driftKey) bool {
	notListed := map[string]bool{}
	for _, r := range rooms {
		if !r.Listed {
			notListed[r.Name] = true
		}
	}
	return func(key driftKey) bool {
		_, read := want.Nests[key.nest]
		return !notListed[key.nest] && (read || only == nil && key.code != codeSignatureOwed)
	}
}

// resync repairs differences between the events and the rows of one nest, which a crash or a restored backup left. It
// records each repair as a divergence and adds it to found.
func (l *Loop) resync(ctx context.Context, id string, found map[driftKey]bool, now int64) {
	repaired, err := l.Domain.Resync(ctx, id)
	if err != nil {
		l.Log.WarnContext(ctx, "resync failed", "component", "store", "nest", id, "err", err)
		return
	}
	for _, code := range repaired {
		step := Step{Kind: stepSetMetadata, Room: id, Drift: code}
		l.drifts.open(ctx, l.Store, step, now, l.NewID)
		found[driftKey{code, id, ""}] = true
	}
}

// countForeign returns how many steps are about rooms of other servers.
func countForeign(steps []Step) int {
	n := 0
	for _, step := range steps {
		if step.Drift == ForeignRoom {
			n++
		}
	}
	return n
}
