package store

import (
	"context"

	"nests/internal/nest"
)

const driftColumns = `id, code, nest, subject, first_seen, last_seen, evidence, steps, resolved, outcome`

func driftDest(d *nest.Drift) []any {
	return []any{&d.ID, &d.Code, &d.Nest, &d.Subject, &d.First, &d.Last, &d.Evidence, &d.Steps, &d.Resolved, &d.Outcome}
}

// PutDrift inserts or updates by ID. If another process already opened the same divergence under its own id, PutDrift
// updates that row, which keeps its id and first_seen: (Code, Nest, Subject) is open at most once.
func (db *DB) PutDrift(ctx context.Context, d nest.Drift) error {
	return db.write(ctx, func(t *tx) error {
		changed, err := t.exec(`UPDATE drifts SET last_seen = $2, evidence = $3, steps = $4, resolved = $5, outcome = $6
			WHERE id = $1`, d.ID, d.Last, text(d.Evidence), d.Steps, d.Resolved, text(d.Outcome))
		if err != nil || changed > 0 {
			return err
		}
		changed, err = t.exec(`UPDATE drifts SET last_seen = $4, evidence = $5, steps = $6, resolved = $7, outcome = $8
			WHERE code = $1 AND nest = $2 AND subject = $3 AND resolved = 0`,
			d.Code, bounded(d.Nest), bounded(d.Subject), d.Last, text(d.Evidence), d.Steps, d.Resolved, text(d.Outcome))
		if err != nil || changed > 0 {
			return err
		}
		_, err = t.exec(`INSERT INTO drifts (`+driftColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			d.ID, d.Code, bounded(d.Nest), bounded(d.Subject), d.First, d.Last,
			text(d.Evidence), d.Steps, d.Resolved, text(d.Outcome))
		return err
	})
}

// OpenDrifts returns all unresolved divergences, oldest first.
func (db *DB) OpenDrifts(ctx context.Context) ([]nest.Drift, error) {
	return db.drifts(ctx, `WHERE resolved = 0 ORDER BY first_seen, id`)
}

// Drifts returns the drift record, newest first: of one nest, or of all nests when nestID is "".
func (db *DB) Drifts(ctx context.Context, nestID string, limit int) ([]nest.Drift, error) {
	if nestID == "" {
		return db.drifts(ctx, `ORDER BY last_seen DESC, id LIMIT $1`, limit)
	}
	return db.drifts(ctx, `WHERE nest = $1 ORDER BY last_seen DESC, id LIMIT $2`, bounded(nestID), limit)
}

func (db *DB) drifts(ctx context.Context, where string, args ...any) ([]nest.Drift, error) {
	return readAll(ctx, db, driftDest, `SELECT `+driftColumns+` FROM drifts `+where, args)
}

// PurgeDrifts deletes divergences resolved before that time (unix ms).
func (db *DB) PurgeDrifts(ctx context.Context, before int64) error {
	return db.purge(ctx, `DELETE FROM drifts WHERE resolved > 0 AND resolved < $1`, before)
}
