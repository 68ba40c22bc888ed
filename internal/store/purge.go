package store

import (
	"context"
	"errors"
	"time"
)

// How long records without an expiry of their own are kept.
const (
	webhooksKept = 24 * time.Hour // LiveKit repeats an event for minutes at most
	driftsKept   = 90 * 24 * time.Hour
)

// Purge deletes everything that expired before now (unix ms), each table in its own short transaction.
func (db *DB) Purge(ctx context.Context, now int64) error {
	return errors.Join(
		db.PurgeAuth(ctx, now),
		db.PurgeSessions(ctx, now),
		db.PurgeChecks(ctx, now),
		db.PurgeEvents(ctx, now/1000),
		db.PurgeWebhooks(ctx, now-webhooksKept.Milliseconds()),
		db.PurgeDrifts(ctx, now-driftsKept.Milliseconds()),
		db.PurgePictures(ctx, now),
		db.PurgeBlocks(ctx, now),
	)
}

func (db *DB) purge(ctx context.Context, query string, before int64) error {
	return db.writePlain(ctx, func(t *tx) error {
		_, err := t.exec(query, before)
		return err
	})
}
