package store

import "nests/internal/nest"

// DeleteEvent deletes a stored event for good (NIP-09): its id is never stored again. An unknown id is ignored, because
// its author cannot be checked; a stored kind 5 by that author still keeps the event out.
func (t *tx) DeleteEvent(id string) error {
	removed, err := t.exec(`DELETE FROM events WHERE id = $1`, id)
	if err != nil || removed == 0 {
		return err
	}
	_, err = t.exec(`INSERT INTO deleted_events (id) VALUES ($1) ON CONFLICT (id) DO NOTHING`, id)
	return err
}

// TombstoneAddress deletes the events at an address with created_at up to until (unix seconds), and keeps them out.
func (t *tx) TombstoneAddress(kind int, pubkey, d string, until int64) error {
	d = addressD(kind, d)
	_, err := t.exec(`DELETE FROM events WHERE kind = $1 AND pubkey = $2 AND d = $3 AND created_at <= $4`,
		kind, pubkey, d, until)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO deleted_addresses (kind, pubkey, d, until_time) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, pubkey, d) DO UPDATE SET until_time = excluded.until_time
		WHERE excluded.until_time > deleted_addresses.until_time`, kind, pubkey, d, until)
	return err
}

// isDeleted reports whether e was deleted before it arrived: by id, by address, or by a stored kind 5 of its author.
func (t *tx) isDeleted(e nest.Event) (bool, error) {
	count := 0
	err := t.one([]any{&count}, `SELECT
		(SELECT COUNT(*) FROM deleted_events WHERE id = $1) +
		(SELECT COUNT(*) FROM deleted_addresses WHERE kind = $2 AND pubkey = $3 AND d = $4 AND until_time >= $5) +
		(SELECT COUNT(*) FROM event_tags JOIN events ON events.id = event_tags.event
			WHERE event_tags.name = 'e' AND event_tags.value = $1 AND events.kind = $6 AND events.pubkey = $3)`,
		e.ID, e.Kind, e.PubKey, addressD(e.Kind, e.Tag("d")), e.CreatedAt, nest.KindDeletion)
	return count > 0 && e.Kind != nest.KindDeletion, err
}
