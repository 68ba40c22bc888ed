package store

import (
	"context"
	"database/sql"

	"nests/internal/nest"
)

// reportsKept bounds how many reports are kept for the operator.
const reportsKept = 10_000

func (t *tx) PutReport(e nest.Event, receivedAt int64) (bool, error) {
	raw, err := encodeEvent(e)
	if err != nil {
		return false, err
	}
	added, err := t.exec(`INSERT INTO reports (id, pubkey, received_at, raw) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO NOTHING`,
		e.ID, e.PubKey, receivedAt, raw)
	return added > 0, err
}

func (t *tx) Reports(before nest.Cursor, limit int) ([]nest.Report, error) {
	var q conditions
	if before != (nest.Cursor{}) {
		at, id := q.bind(before.CreatedAt), q.bind(before.ID)
		q.add("(received_at, id) < (" + at + ", " + id + ")")
	}
	query := `SELECT received_at, raw FROM reports` + q.where() +
		` ORDER BY received_at DESC, id DESC LIMIT ` + q.bind(limit)
	var reports []nest.Report
	err := t.each(query, q.args, func(rows *sql.Rows) error {
		var r nest.Report
		raw := ""
		err := rows.Scan(&r.ReceivedAt, &raw)
		if err == nil {
			r.Event, err = decodeEvent(raw)
		}
		reports = append(reports, r)
		return err
	})
	return reports, err
}

func (t *tx) CountReports(author string) (int, error) {
	count := 0
	err := t.one([]any{&count}, `SELECT COUNT(*) FROM reports WHERE pubkey = $1`, author)
	return count, err
}

func (t *tx) DeleteReport(id string) error {
	_, err := t.exec(`DELETE FROM reports WHERE id = $1`, bounded(id))
	return err
}

// PurgeReports deletes reports received before that time (unix ms), and all but the newest reportsKept.
func (db *DB) PurgeReports(ctx context.Context, before int64) error {
	return db.writePlain(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM reports WHERE received_at < $1
			OR id IN (SELECT id FROM reports ORDER BY received_at DESC, id DESC LIMIT 1000 OFFSET $2)`,
			before, reportsKept)
		return err
	})
}
