package reconcile

import (
	"context"
	"encoding/json"
	"sync"

	"nests/internal/nest"
)

// driftRecord holds the open divergences in memory, so that the store is written only when one opens, is tried
// again or ends. The goroutine of the passes alone changes it. mu guards current for readers and is never held
// during a call of the store.
type driftRecord struct {
	mu      sync.Mutex
	current map[driftKey]nest.Drift
}

type driftKey struct{ code, nest, subject string }

// load replaces the record in memory by the open divergences in the store.
func (b *driftRecord) load(ctx context.Context, store Store) error {
	open, err := store.OpenDrifts(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current = map[driftKey]nest.Drift{}
	for _, d := range open {
		b.current[driftKey{d.Code, d.Nest, d.Subject}] = d
	}
	return nil
}

// DriftCodes returns every code of the drift record.
func DriftCodes() []string {
	return []string{
		RoomWithoutNest, ForeignRoom, EndedButAlive, StaleSession, MetadataLost, RoomLimits, WrongPermission, NoRight,
		CheckExpired, codeSignatureOwed, codeSpaceAhead, codePublicationOwed,
	}
}

// OpenDrifts returns how many divergences are open, by code. Codes without an open one are included.
func (l *Loop) OpenDrifts() map[string]int {
	open := map[string]int{}
	for _, code := range DriftCodes() {
		open[code] = 0
	}
	l.drifts.mu.Lock()
	defer l.drifts.mu.Unlock()
	for key := range l.drifts.current {
		open[key.code]++
	}
	return open
}

// open records the divergence that a step repairs, or one more try to repair it. An open divergence that is only
// noted is not written again.
func (b *driftRecord) open(ctx context.Context, store Store, step Step, now int64, newID func() string) {
	key := driftKey{step.Drift, step.Room, step.Identity}
	d, isOpen := b.current[key]
	if isOpen && step.Kind == stepNote {
		return
	}
	if !isOpen {
		evidence, err := json.Marshal(step.Evidence)
		if err != nil {
			evidence = []byte("{}")
		}
		d = nest.Drift{
			ID:       newID(),
			Code:     step.Drift,
			Nest:     step.Room,
			Subject:  step.Identity,
			First:    now,
			Evidence: string(evidence),
		}
	}
	d.Last = now
	if step.Kind != stepNote {
		d.Steps++
	}
	b.set(key, d)
	_ = store.PutDrift(ctx, d) // the record is evidence only: the next try writes it again
}

// resolve ends the open divergences that a pass checked and did not find again, and returns them.
func (b *driftRecord) resolve(
	ctx context.Context, store Store, checked func(driftKey) bool, found map[driftKey]bool, now int64,
) []nest.Drift {
	var resolved []nest.Drift
	for key, d := range b.current {
		if !checked(key) || found[key] {
			continue
		}
		d.Resolved, d.Last, d.Outcome = now, now, "repaired"
		if d.Steps == 0 {
			d.Outcome = "gone"
		}
		if store.PutDrift(ctx, d) == nil {
			b.remove(key)
			resolved = append(resolved, d)
		}
	}
	return resolved
}

func (b *driftRecord) set(key driftKey, d nest.Drift) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == nil {
		b.current = map[driftKey]nest.Drift{}
	}
	b.current[key] = d
}

func (b *driftRecord) remove(key driftKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.current, key)
}
