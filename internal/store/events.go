package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"nests/internal/nest"
)

func (t *tx) Event(id string) (nest.Event, error) {
	return t.event(`SELECT raw FROM events WHERE id = $1`, id)
}

// Addressable returns the newest stored event of that kind, author and d tag. Replaceable kinds ignore d.
func (t *tx) Addressable(kind int, pubkey, d string) (nest.Event, error) {
	return t.event(`SELECT raw FROM events WHERE kind = $1 AND pubkey = $2 AND d = $3
		ORDER BY created_at DESC, id LIMIT 1`,
		kind, pubkey, addressD(kind, d))
}

func (t *tx) event(query string, args ...any) (nest.Event, error) {
	raw := ""
	if err := t.one([]any{&raw}, query, args...); err != nil {
		return nest.Event{}, err
	}
	return decodeEvent(raw)
}

// SpacesOf returns the stored events of kind 30312 with that d tag, of any author, newest first.
func (t *tx) SpacesOf(d string) ([]nest.Event, error) {
	return t.events(`SELECT raw FROM events WHERE kind = $1 AND d = $2 ORDER BY created_at DESC, id`,
		nest.KindSpace, bounded(d))
}

// PutEvent stores e by the rules of NIP-01 for its kind. It returns false when the same or a newer event is stored, or
// when the author deleted e (NIP-09). An ephemeral event is not stored, and PutEvent returns true: it may be forwarded.
func (t *tx) PutEvent(e nest.Event) (bool, error) {
	if isEphemeral(e.Kind) {
		return true, nil
	}
	if gone, err := t.isDeleted(e); err != nil || gone {
		return false, err
	}
	if hasAddress(e.Kind) {
		if newest, err := t.replace(e); err != nil || !newest {
			return false, err
		}
	}
	raw, err := encodeEvent(e)
	if err != nil {
		return false, err
	}
	added, err := t.exec(`INSERT INTO events (id, pubkey, kind, created_at, d, expires_at, raw)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
		e.ID, e.PubKey, e.Kind, e.CreatedAt, addressD(e.Kind, e.Tag("d")), expiration(e), raw)
	if err != nil || added == 0 {
		return false, err
	}
	return true, t.putTags(e)
}

// replace deletes the event that e replaces. It returns false when the stored event is the same or newer.
func (t *tx) replace(e nest.Event) (bool, error) {
	var old nest.Event
	d := addressD(e.Kind, e.Tag("d"))
	stored, err := exists(t.one([]any{&old.ID, &old.CreatedAt},
		`SELECT id, created_at FROM events WHERE kind = $1 AND pubkey = $2 AND d = $3
			ORDER BY created_at DESC, id LIMIT 1`,
		e.Kind, e.PubKey, d))
	if err != nil {
		return false, err
	}
	if stored && !e.Newer(old) {
		return false, nil
	}
	_, err = t.exec(`DELETE FROM events WHERE kind = $1 AND pubkey = $2 AND d = $3`, e.Kind, e.PubKey, d)
	return true, err
}

func decodeEvent(raw string) (nest.Event, error) {
	var e nest.Event
	if err := json.Unmarshal([]byte(raw), &e); err != nil {
		return e, fmt.Errorf("read stored event: %w", err)
	}
	return e, nil
}

func encodeEvent(e nest.Event) (string, error) {
	if e.Tags == nil {
		e.Tags = [][]string{}
	}
	var raw strings.Builder
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false) // an escape takes six bytes instead of one
	if err := encoder.Encode(e); err != nil {
		return "", fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return strings.TrimSuffix(raw.String(), "\n"), nil
}

// Kinds by range (NIP-01 §Kinds).
func isEphemeral(kind int) bool   { return kind >= 20000 && kind < 30000 }
func isAddressable(kind int) bool { return kind >= 30000 && kind < 40000 }
func isReplaceable(kind int) bool {
	return kind == 0 || kind == 3 || kind >= 10000 && kind < 20000
}
func hasAddress(kind int) bool { return isReplaceable(kind) || isAddressable(kind) }

// addressD returns the d value that an event of that kind is stored under.
func addressD(kind int, d string) string {
	if !isAddressable(kind) {
		return ""
	}
	return bounded(d)
}

// expiration returns the NIP-40 expiration in unix seconds, 0 when there is none.
func expiration(e nest.Event) int64 {
	at, err := strconv.ParseInt(e.Tag("expiration"), 10, 64)
	if err != nil {
		return 0
	}
	return max(at, 0)
}
