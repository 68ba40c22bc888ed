package store

import (
	"context"
	"database/sql"

	"nests/internal/nest"
)

const deliveryColumns = `nest, event, relay, state, attempts, next_try, words, updated`

func deliveryDest(d *nest.Delivery) []any {
	return []any{&d.Nest, &d.Event, &d.Relay, (*string)(&d.State), &d.Attempts, &d.NextTry, &d.Message, &d.Updated}
}

// QueueDeliveries queues a stored event for each relay. When a newer event replaces it, its row and its pending
// deliveries go with it, so a relay gets one publication per change. Publishing again changes nothing, except that a
// delivery in state gave_up becomes pending again.
func (t *tx) QueueDeliveries(nestID string, e nest.Event, relays []string, now int64) error {
	for _, relay := range relays {
		_, err := t.exec(`INSERT INTO outbox (`+deliveryColumns+`) VALUES ($1, $2, $3, $4, 0, $5, '', $5)
			ON CONFLICT (event, relay) DO UPDATE SET state = excluded.state, attempts = 0, next_try = excluded.next_try,
				updated = excluded.updated WHERE outbox.state = $6`,
			nestID, e.ID, bounded(relay), string(nest.DeliveryPending), now, string(nest.DeliveryGaveUp))
		if err != nil {
			return err
		}
	}
	return nil
}

// DueDeliveries returns pending deliveries whose next try is at or before now (unix ms), longest due first.
func (db *DB) DueDeliveries(ctx context.Context, now int64, limit int) ([]nest.Delivery, error) {
	return db.deliveries(ctx, `WHERE state = 'pending' AND next_try <= $1 ORDER BY next_try, event, relay LIMIT $2`,
		now, limit)
}

// Deliveries returns all deliveries of a nest, newest first.
func (db *DB) Deliveries(ctx context.Context, nestID string) ([]nest.Delivery, error) {
	return db.deliveries(ctx, `WHERE nest = $1 ORDER BY updated DESC, event, relay`, nestID)
}

func (db *DB) deliveries(ctx context.Context, where string, args ...any) ([]nest.Delivery, error) {
	return readAll(ctx, db, deliveryDest, `SELECT `+deliveryColumns+` FROM outbox `+where, args)
}

// PutDelivery records the result of a try. If the event was replaced or deleted meanwhile, its delivery stays deleted.
func (db *DB) PutDelivery(ctx context.Context, d nest.Delivery) error {
	return db.writePlain(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE outbox SET state = $1, attempts = $2, next_try = $3, words = $4, updated = $5
			WHERE event = $6 AND relay = $7`,
			string(d.State), d.Attempts, d.NextTry, text(d.Message), d.Updated, d.Event, d.Relay)
		return err
	})
}

// ReleaseClaims makes deliveries due that a killed process had claimed but never attempted.
// Only a process that has the database for itself may call it: another one may be attempting them now.
func (db *DB) ReleaseClaims(ctx context.Context) error {
	return db.writePlain(ctx, func(t *tx) error {
		_, err := t.exec(`UPDATE outbox SET next_try = updated
			WHERE state = 'pending' AND attempts = 0 AND next_try > updated`)
		return err
	})
}

// CancelDeliveries deletes the pending deliveries of a nest. Events that a relay already accepted stay there.
func (t *tx) CancelDeliveries(nestID string) error {
	_, err := t.exec(`DELETE FROM outbox WHERE nest = $1 AND state = $2`, nestID, string(nest.DeliveryPending))
	return err
}

// RelayBacklogs counts the pending and failed deliveries by relay and state, the largest count first.
func (db *DB) RelayBacklogs(ctx context.Context, limit int) ([]nest.RelayBacklog, error) {
	var all []nest.RelayBacklog
	err := db.read(ctx, func(t *tx) error {
		all = nil
		return t.each(`SELECT relay, state, COUNT(*), MIN(next_try), MAX(words) FROM outbox WHERE state <> 'accepted'
			GROUP BY relay, state ORDER BY COUNT(*) DESC, relay, state LIMIT $1`, []any{limit},
			func(rows *sql.Rows) error {
				var o nest.RelayBacklog
				err := rows.Scan(&o.Relay, (*string)(&o.State), &o.Count, &o.NextTry, &o.Message)
				all = append(all, o)
				return err
			})
	})
	return all, err
}

// OutboxStats counts the outbox at now (unix ms).
func (db *DB) OutboxStats(ctx context.Context, now int64) (nest.OutboxStats, error) {
	var o nest.OutboxStats
	err := db.read(ctx, func(t *tx) error {
		o = nest.OutboxStats{}
		return t.one([]any{&o.Pending, &o.Overdue, &o.Oldest, &o.Refused, &o.GaveUp}, `SELECT
			COUNT(CASE WHEN state = 'pending' THEN 1 END),
			COUNT(CASE WHEN state = 'pending' AND next_try < $1 THEN 1 END),
			COALESCE(MIN(CASE WHEN state = 'pending' AND next_try < $1 THEN next_try END), 0),
			COUNT(CASE WHEN state = 'refused' THEN 1 END),
			COUNT(CASE WHEN state = 'gave_up' THEN 1 END) FROM outbox`, now)
	})
	return o, err
}
