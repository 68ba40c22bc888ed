package reconcile

import (
	"context"
	"encoding/json"
	"sync"

	"nests/internal/nest"
)

// driftBook is the drift record's open pages, kept in memory so that a divergence is written when it opens, grows or ends,
// and not at every look. The loop alone changes it; mu is never held while the store is asked, so that whoever counts does
// not wait for a database that hangs.
type driftRecord struct {
	mu      sync.Mutex
	current map[driftKey]nest.Drift
}

type driftKey struct{ code, nest, subject string }

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

// DriftCodes are all words of the drift record.
func DriftCodes() []string {
	return []string{RoomWithoutNest, ForeignRoom, EndedButAlive, StaleSession, MetadataLost, RoomLimits, WrongPermission, NoRight,
		CheckExpired, SignatureOwed, SpaceAhead, PublicationOwed}
}

// OpenDrifts counts what is open by its word, every word of the record included.
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

// open records a divergence that a step answers, or one more try at it.
func (b *driftRecord) open(ctx context.Context, store Store, step Step, now int64, newID func() string) {
	key := driftKey{step.Drift, step.Room, step.Identity}
	d, again := b.current[key]
	if again && step.Kind == Note {
		return
	}
	if !again {
		evidence, err := json.Marshal(step.Evidence)
		if err != nil {
			evidence = []byte("{}")
		}
		d = nest.Drift{ID: newID(), Code: step.Drift, Nest: step.Room, Subject: step.Identity, First: now, Evidence: string(evidence)}
	}
	d.Last = now
	if step.Kind != Note {
		d.Steps++
	}
	b.set(key, d)
	_ = store.PutDrift(ctx, d) // the record is evidence, not truth: the next try writes it again
}

// close ends the open pages of a nest that the last look did not find again.
func (b *driftRecord) resolve(ctx context.Context, store Store, looked func(driftKey) bool, found map[driftKey]bool, now int64) []nest.Drift {
	var closed []nest.Drift
	for key, d := range b.current {
		if !looked(key) || found[key] {
			continue
		}
		d.Resolved, d.Last, d.Outcome = now, now, "repaired"
		if d.Steps == 0 {
			d.Outcome = "gone"
		}
		if store.PutDrift(ctx, d) == nil {
			b.remove(key)
			closed = append(closed, d)
		}
	}
	return closed
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
