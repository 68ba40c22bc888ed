package store

import "context"

// SeenWebhook records a LiveKit event id. fresh is true for exactly one of all calls with that id.
func (db *DB) SeenWebhook(ctx context.Context, id string, now int64) (fresh bool, err error) {
	err = db.writePlain(ctx, func(t *tx) error {
		added, err := t.exec(`INSERT INTO webhooks (id, seen_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`,
			bounded(id), now)
		fresh = added > 0
		return err
	})
	return fresh && err == nil, err
}

// PurgeWebhooks deletes ids seen before that time (unix ms). LiveKit repeats an event for minutes at most.
func (db *DB) PurgeWebhooks(ctx context.Context, before int64) error {
	return db.purge(ctx, `DELETE FROM webhooks WHERE seen_at < $1`, before)
}
