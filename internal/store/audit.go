package store

import (
	"context"
	"database/sql"

	"nests/internal/nest"
)

const actColumns = `id, done_at, actor, act, target, nest, outcome`

// AddAuditEntry stores one entry of the audit log. A target longer than 512 bytes is stored as its hash.
func (t *tx) AddAuditEntry(a nest.AuditEntry) error {
	_, err := t.exec(`INSERT INTO audit (`+actColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.ID, a.At, a.Actor, string(a.Action), bounded(text(a.Target)), a.Nest, text(a.Outcome))
	return err
}

func (t *tx) AuditEntries(f nest.AuditFilter) ([]nest.AuditEntry, error) {
	var q conditions
	if f.Nest != "" {
		q.and("nest = ", bounded(f.Nest))
	}
	if f.Actor != "" {
		q.and("actor = ", bounded(f.Actor))
	}
	if f.Before != (nest.Cursor{}) {
		at, id := q.bind(f.Before.CreatedAt), q.bind(f.Before.ID)
		q.add("(done_at, id) < (" + at + ", " + id + ")")
	}
	query := `SELECT ` + actColumns + ` FROM audit` + q.where() +
		` ORDER BY done_at DESC, id DESC LIMIT ` + q.bind(f.Limit)
	acts := []nest.AuditEntry{}
	err := t.each(query, q.args, func(rows *sql.Rows) error {
		var a nest.AuditEntry
		err := rows.Scan(&a.ID, &a.At, &a.Actor, (*string)(&a.Action), &a.Target, &a.Nest, &a.Outcome)
		acts = append(acts, a)
		return err
	})
	return acts, err
}

// PurgeAudit deletes entries older than before (unix ms).
func (db *DB) PurgeAudit(ctx context.Context, before int64) error {
	return db.purge(ctx, `DELETE FROM audit WHERE done_at < $1`, before)
}
