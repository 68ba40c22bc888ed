package store

import "context"

// KnownKey says whether a key is host or member of any nest here. A ban makes nobody known.
func (db *DB) KnownKey(ctx context.Context, pubkey string) (bool, error) {
	count := 0
	err := db.read(ctx, func(t *tx) error {
		return t.one([]any{&count}, `SELECT COUNT(*) FROM members WHERE pubkey = $1 AND NOT banned`, pubkey)
	})
	return count > 0, err
}
