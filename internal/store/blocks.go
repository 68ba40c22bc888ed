package store

import (
	"context"
	"database/sql"

	"nests/internal/nest"
)

func (t *tx) Blocks() ([]nest.Block, error) {
	var blocks []nest.Block
	const query = `SELECT subject, reason, blocked_by, created_at, until_time
		FROM blocks ORDER BY created_at DESC, subject`
	err := t.each(query, nil, func(rows *sql.Rows) error {
		var b nest.Block
		err := rows.Scan(&b.Subject, &b.Reason, &b.By, &b.CreatedAt, &b.Until)
		blocks = append(blocks, b)
		return err
	})
	return blocks, err
}

func (t *tx) PutBlock(b nest.Block) error {
	_, err := t.exec(`INSERT INTO blocks (subject, reason, blocked_by, created_at, until_time)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (subject) DO UPDATE SET reason = excluded.reason, blocked_by = excluded.blocked_by,
			created_at = excluded.created_at, until_time = excluded.until_time`,
		bounded(b.Subject), text(b.Reason), b.By, b.CreatedAt, b.Until)
	return err
}

func (t *tx) DeleteBlock(subject string) error {
	_, err := t.exec(`DELETE FROM blocks WHERE subject = $1`, bounded(subject))
	return err
}

// PurgeBlocks deletes blocks that expired before now (unix ms).
func (db *DB) PurgeBlocks(ctx context.Context, now int64) error {
	return db.purge(ctx, `DELETE FROM blocks WHERE until_time > 0 AND until_time < $1`, now)
}
