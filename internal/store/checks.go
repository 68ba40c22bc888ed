package store

import "context"

// PutTestRoom stores the row of a test room. The loop ends rooms without a row.
func (t *tx) PutTestRoom(id string, expiresAt int64) error {
	_, err := t.exec(`INSERT INTO checks (id, expires_at) VALUES ($1, $2)
		ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at`, id, expiresAt)
	return err
}

func (t *tx) TestRoom(id string) (expiresAt int64, err error) {
	err = t.one([]any{&expiresAt}, `SELECT expires_at FROM checks WHERE id = $1`, id)
	return expiresAt, err
}

// PurgeChecks deletes test rooms that expired before now (unix ms).
func (db *DB) PurgeChecks(ctx context.Context, now int64) error {
	return db.purge(ctx, `DELETE FROM checks WHERE expires_at < $1`, now)
}

// PurgeEvents deletes events whose NIP-40 expiration passed before now (unix seconds).
func (db *DB) PurgeEvents(ctx context.Context, now int64) error {
	return db.purge(ctx, `DELETE FROM events WHERE expires_at > 0 AND expires_at < $1`, now)
}
