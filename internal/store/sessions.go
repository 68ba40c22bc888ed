package store

import "context"

// PutSession stores a session under the hash of its token until expires (unix ms). The token itself is never stored.
func (db *DB) PutSession(ctx context.Context, tokenHash, pubkey string, expires int64) error {
	return db.writePlain(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO sessions (token_hash, pubkey, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (token_hash) DO UPDATE SET pubkey = excluded.pubkey, expires_at = excluded.expires_at`,
			tokenHash, pubkey, expires)
		return err
	})
}

// Session returns the session's pubkey and expiry (unix ms). ok is false when there is none or it expired before now.
func (db *DB) Session(
	ctx context.Context, tokenHash string, now int64,
) (pubkey string, expires int64, ok bool, err error) {
	err = db.read(ctx, func(t *tx) (err error) {
		ok, err = exists(t.one([]any{&pubkey, &expires},
			`SELECT pubkey, expires_at FROM sessions WHERE token_hash = $1 AND expires_at > $2`, tokenHash, now))
		return err
	})
	return pubkey, expires, ok, err
}

// DropSession deletes a session. An unknown one is no error.
func (db *DB) DropSession(ctx context.Context, tokenHash string) error {
	return db.writePlain(ctx, func(t *tx) error {
		_, err := t.exec(`DELETE FROM sessions WHERE token_hash = $1`, tokenHash)
		return err
	})
}

// PurgeSessions deletes sessions that expired before now (unix ms).
func (db *DB) PurgeSessions(ctx context.Context, now int64) error {
	return db.purge(ctx, `DELETE FROM sessions WHERE expires_at < $1`, now)
}
