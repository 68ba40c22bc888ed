package store

import (
	"context"
	"errors"
	"time"
)

// How long records are kept that carry no expiry of their own.
const (
	webhooksKept = 24 * time.Hour // LiveKit repeats an event for minutes at most
	driftsKept   = 90 * 24 * time.Hour
)

// Purge forgets everything that has run out at now (unix ms). Every table is its own short transaction.
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
