package store

import "context"

// KnownKey reports whether a key is the host or a member of any nest of this server. A banned member does not count.
func (db *DB) KnownKey(ctx context.Context, pubkey string) (bool, error) {
	count := 0
	err := db.read(ctx, func(t *tx) error {
		return t.one([]any{&count}, `SELECT COUNT(*) FROM members WHERE pubkey = $1 AND NOT banned`, pubkey)
	})
	return count > 0, err
}
