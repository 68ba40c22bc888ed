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
type driftBook struct {
	mu    sync.Mutex
	pages map[driftKey]nest.Drift
}

type driftKey struct{ code, nest, subject string }

func (b *driftBook) load(ctx context.Context, store Store) error {
	open, err := store.OpenDrifts(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages = map[driftKey]nest.Drift{}
	for _, d := range open {
		b.pages[driftKey{d.Code, d.Nest, d.Subject}] = d
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
	l.drift.mu.Lock()
	defer l.drift.mu.Unlock()
	for key := range l.drift.pages {
		open[key.code]++
	}
	return open
}

// open records a divergence that a step answers, or one more try at it.
func (b *driftBook) open(ctx context.Context, store Store, step Step, now int64, newID func() string) {
	key := driftKey{step.Drift, step.Room, step.Identity}
	d, again := b.pages[key]
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
	b.put(key, d)
	_ = store.PutDrift(ctx, d) // the record is evidence, not truth: the next try writes it again
}

// close ends the open pages of a nest that the last look did not find again.
func (b *driftBook) close(ctx context.Context, store Store, looked func(driftKey) bool, found map[driftKey]bool, now int64) []nest.Drift {
	var closed []nest.Drift
	for key, d := range b.pages {
		if !looked(key) || found[key] {
			continue
		}
		d.Resolved, d.Last, d.Outcome = now, now, "repaired"
		if d.Steps == 0 {
			d.Outcome = "gone"
		}
		if store.PutDrift(ctx, d) == nil {
			b.drop(key)
			closed = append(closed, d)
		}
	}
	return closed
}

func (b *driftBook) put(key driftKey, d nest.Drift) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pages == nil {
		b.pages = map[driftKey]nest.Drift{}
	}
	b.pages[key] = d
}

func (b *driftBook) drop(key driftKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pages, key)
}
