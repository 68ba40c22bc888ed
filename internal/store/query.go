package store

import (
	"context"
	"database/sql"
	"strings"

	"nests/internal/nest"
)

const (
	queryLimit    = 500  // events of one answer when the filter asks for no number or for more
	queryValueMax = 2000 // values a filter may name in all
)

// QueryEvents answers a NIP-01 filter: newest first, on a tie the lower id, at most Limit.
func (db *DB) QueryEvents(ctx context.Context, f nest.EventFilter) ([]nest.Event, error) {
	query, args, err := eventQuery(f)
	if err != nil || query == "" {
		return nil, err
	}
	var events []nest.Event
	err = db.read(ctx, func(t *tx) (err error) {
		events, err = t.queried(query, args)
		return err
	})
	return events, err
}

// CountEvents counts what a filter matches, whatever its Limit.
func (db *DB) CountEvents(ctx context.Context, f nest.EventFilter) (int, error) {
	q, ok, err := eventConditions(f)
	if err != nil || !ok {
		return 0, err
	}
	count := 0
	err = db.read(ctx, func(t *tx) error {
		return t.eachOnce(`SELECT COUNT(*) FROM events`+q.where(), q.args, func(rows *sql.Rows) error { return rows.Scan(&count) })
	})
	return count, err
}

func eventQuery(f nest.EventFilter) (string, []any, error) {
	q, ok, err := eventConditions(f)
	if err != nil || !ok {
		return "", nil, err
	}
	limit := f.Limit
	if limit <= 0 || limit > queryLimit {
		limit = queryLimit
	}
	return `SELECT raw FROM events` + q.where() + ` ORDER BY created_at DESC, id LIMIT ` + q.bind(limit), q.args, nil
}

// eventConditions says false for a filter that can match nothing: a list that is there and empty.
func eventConditions(f nest.EventFilter) (q conditions, possible bool, err error) {
	if f.IDs != nil && !oneOf(&q, "id", f.IDs) || f.Authors != nil && !oneOf(&q, "pubkey", f.Authors) ||
		f.Kinds != nil && !oneOf(&q, "kind", f.Kinds) {
		return q, false, nil
	}
	for name, values := range f.Tags {
		if len(values) == 0 || !isTagLetter(name) {
			return q, false, nil
		}
		tagged(&q, name, values)
	}
	if f.Since != 0 {
		q.and("created_at >= ", f.Since)
	}
	if f.Until != 0 {
		q.and("created_at <= ", f.Until)
	}
	if len(q.args) > queryValueMax {
		return q, false, &nest.Error{Code: CodeInvalidFilter, Field: "filter",
			Message: "This filter names too many values", Hint: "Ask for fewer ids, authors or tag values at a time."}
	}
	return q, true, nil
}

func oneOf[T any](q *conditions, column string, values []T) bool {
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.bind(v)
	}
	q.add(column + " IN (" + strings.Join(marks, ", ") + ")")
	return len(values) > 0
}

func tagged(q *conditions, name string, values []string) {
	at := q.bind(name)
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.bind(bounded(v))
	}
	q.add(`id IN (SELECT event FROM event_tags WHERE name = ` + at + ` AND value IN (` + strings.Join(marks, ", ") + `))`)
}

func (t *tx) events(query string, args ...any) ([]nest.Event, error) {
	return decodeAll(func(scan func(*sql.Rows) error) error { return t.each(query, args, scan) })
}

func (t *tx) queried(query string, args []any) ([]nest.Event, error) {
	return decodeAll(func(scan func(*sql.Rows) error) error { return t.eachOnce(query, args, scan) })
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
