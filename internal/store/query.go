package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"nests/internal/nest"
)

const (
	queryLimit    = 500     // events per answer; the default and the largest Limit of a filter
	queryValueMax = 2000    // values in all lists of one filter together
	queryBytes    = 4 << 20 // of one answer, as stored; the event that exceeds it is the last one
)

// QueryEvents returns the events that match a NIP-01 filter: newest first, on a tie the lower id, at most Limit.
func (db *DB) QueryEvents(ctx context.Context, f nest.EventFilter) ([]nest.Event, error) {
	if f.Limit <= 0 || f.Limit > queryLimit {
		f.Limit = queryLimit
	}
	var events []nest.Event
	err := db.read(ctx, func(t *tx) (err error) {
		events, err = t.queryEvents(f)
		return err
	})
	return events, err
}

// CountEvents counts the events that match a filter, regardless of its Limit.
func (db *DB) CountEvents(ctx context.Context, f nest.EventFilter) (int, error) {
	var q conditions
	if possible, err := q.match(f); err != nil || !possible {
		return 0, err
	}
	count := 0
	err := db.read(ctx, func(t *tx) error {
		return t.eachOnce(`SELECT COUNT(*) FROM events e`+q.where(), q.args, func(rows *sql.Rows) error {
			return rows.Scan(&count)
		})
	})
	return count, err
}

// queryEvents reads the index of one tag, value by value, when the filter has a suitable tag: the newest events of all
// values, merged, are the newest of the answer. The planners of both databases would read every event with that tag.
func (t *tx) queryEvents(f nest.EventFilter) ([]nest.Event, error) {
	name, values := leadingTag(f)
	if name == "" {
		all, err := t.queryPart(f, "", "")
		return truncate(all, f.Limit), err
	}
	f.Tags = maps.Clone(f.Tags)
	delete(f.Tags, name)
	var all []stored
	for _, value := range values {
		part, err := t.queryPart(f, name, value)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	if len(values) > 1 {
		slices.SortFunc(all, newestFirst)
		all = slices.CompactFunc(all, func(a, b stored) bool { return a.ID == b.ID })
	}
	return truncate(all, f.Limit), nil
}

// stored is an event and its size in the store, in bytes.
type stored struct {
	nest.Event
	bytes int
}

// truncate returns the first events of a list sorted newest first: at most limit, and none after the one that exceeds
// queryBytes. It copies them, so that the memory of the rest can be freed.
func truncate(all []stored, limit int) []nest.Event {
	var events []nest.Event
	bytes := 0
	for _, e := range all[:min(len(all), limit)] {
		events = append(events, e.Event)
		if bytes += e.bytes; bytes > queryBytes {
			break
		}
	}
	return events
}

const leadingValues = 4 // values of a tag that still make one index read per value worthwhile

// leadingTag returns the tag with the fewest values. It returns "" when the filter lists ids or no tag has few values.
func leadingTag(f nest.EventFilter) (string, []string) {
	best := ""
	if f.IDs != nil {
		return "", nil
	}
	for _, name := range slices.Sorted(maps.Keys(f.Tags)) {
		n := len(f.Tags[name])
		if isTagLetter(name) && n > 0 && n <= leadingValues && (best == "" || n < len(f.Tags[best])) {
			best = name
		}
	}
	return best, slices.Compact(slices.Sorted(slices.Values(f.Tags[best])))
}

func newestFirst(a, b stored) int {
	return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), strings.Compare(a.ID, b.ID))
}

// queryPart returns the events that match f and, with a leading tag, have that value of it. CROSS JOIN makes SQLite
// read the tag index first.
func (t *tx) queryPart(f nest.EventFilter, name, value string) ([]stored, error) {
	var q conditions
	from, order := `events e`, ` ORDER BY e.created_at DESC, e.id LIMIT `
	if name != "" {
		from, order = `event_tags t CROSS JOIN events e`, ` ORDER BY t.created_at DESC, t.event LIMIT `
		q.and("t.name = ", name)
		q.and("t.value = ", bounded(value))
		q.add("e.id = t.event")
	}
	if possible, err := q.match(f); err != nil || !possible {
		return nil, err
	}
	query := `SELECT e.raw FROM ` + from + q.where() + order + q.bind(f.Limit)
	var part []stored
	bytes := 0
	err := t.eachOnce(query, q.args, func(rows *sql.Rows) error {
		if bytes > queryBytes {
			return nil // the answer is full
		}
		raw := ""
		if err := rows.Scan(&raw); err != nil {
			return err
		}
		bytes += len(raw)
		e, err := decodeEvent(raw)
		part = append(part, stored{e, len(raw)})
		return err
	})
	return part, err
}

// match adds the conditions of f for an event e. It returns false when nothing can match: a list is present but empty.
func (q *conditions) match(f nest.EventFilter) (possible bool, err error) {
	if f.IDs != nil && !oneOf(q, "e.id", f.IDs) || f.Authors != nil && !oneOf(q, "e.pubkey", f.Authors) ||
		f.Kinds != nil && !oneOf(q, "e.kind", f.Kinds) {
		return false, nil
	}
	for name, values := range f.Tags {
		if len(values) == 0 || !isTagLetter(name) {
			return false, nil
		}
		q.tagged(name, values)
	}
	if f.Since != 0 {
		q.and("e.created_at >= ", f.Since)
	}
	if f.Until != 0 {
		q.and("e.created_at <= ", f.Until)
	}
	if len(q.args) > queryValueMax {
		return false, &nest.Error{Code: CodeInvalidFilter, Field: "filter", Message: "This filter has too many values",
			Hint: "Ask for fewer ids, authors or tag values at a time."}
	}
	return true, nil
}

// tagged adds the condition that the event has a tag with one of the values.
func (q *conditions) tagged(name string, values []string) {
	at := q.bind(name)
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.bind(bounded(v))
	}
	q.add(`e.id IN (SELECT event FROM event_tags WHERE name = ` + at +
		` AND value IN (` + strings.Join(marks, ", ") + `))`)
}

func (t *tx) events(query string, args ...any) ([]nest.Event, error) {
	return decodeAll(func(scan func(*sql.Rows) error) error { return t.each(query, args, scan) })
}

func decodeAll(each func(func(*sql.Rows) error) error) ([]nest.Event, error) {
	var events []nest.Event
	err := each(func(rows *sql.Rows) error {
		raw := ""
		if err := rows.Scan(&raw); err != nil {
			return err
		}
		e, err := decodeEvent(raw)
		events = append(events, e)
		return err
	})
	return events, err
}
