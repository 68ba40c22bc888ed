package reconcile

import (
	"context"
)

// Divergences between the store's own parts, which need no LiveKit to be seen.
const (
	SignatureOwed   = "signature_owed"
	SpaceAhead      = "space_ahead"
	PublicationOwed = "publication_owed"
)

// resyncAtOnce keeps a burst of new nests from being read twice; the full pass looks at them all the same.
const maxResyncWakes = 16

// settle closes what is mended, opens what the store itself owes, and lets old plans end.
func (l *Loop) recordDivergences(ctx context.Context, want Want, rooms []Room, steps []Step, only map[string]bool) {
	now := l.Now().UnixMilli()
	found := map[driftKey]bool{}
	for _, step := range steps {
		found[driftKey{step.Drift, step.Room, step.Identity}] = true
	}
	for id, n := range want.Nests {
		if n.Nest.SignatureDue {
			step := Step{Kind: Note, Room: id, Drift: SignatureOwed, Evidence: map[string]any{"status": n.Nest.Status, "space": n.Nest.SpaceID}}
			l.drifts.open(ctx, l.Store, step, now, l.NewID)
			found[driftKey{SignatureOwed, id, ""}] = true
		}
		if len(only) <= maxResyncWakes {
			l.resync(ctx, id, found, now)
		}
	}
	unsure := map[string]bool{}
	for _, r := range rooms {
		if !r.Listed {
			unsure[r.Name] = true
		}
	}
	looked := func(key driftKey) bool {
		_, known := want.Nests[key.nest]
		// what LiveKit's list alone tells is closed by a full look; the store's own parts only when the nest was read
		return !unsure[key.nest] && (known || only == nil && key.code != SignatureOwed)
	}
	for _, d := range l.drifts.resolve(ctx, l.Store, looked, found, now) {
		l.Log.InfoContext(ctx, "divergence ended", "component", "livekit", "nest", d.Nest, "code", d.Code, "outcome", d.Outcome,
			"took_ms", d.Resolved-d.First)
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

// resync mends what a crash or a restored database left between events and rows.
func (l *Loop) resync(ctx context.Context, id string, found map[driftKey]bool, now int64) {
	mended, err := l.Domain.Resync(ctx, id)
	if err != nil {
		l.Log.WarnContext(ctx, "resync failed", "component", "store", "nest", id, "err", err)
		return
	}
	for _, code := range mended {
		step := Step{Kind: SetMetadata, Room: id, Drift: code}
		l.drifts.open(ctx, l.Store, step, now, l.NewID)
		found[driftKey{code, id, ""}] = true
	}
}
