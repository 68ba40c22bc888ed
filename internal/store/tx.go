package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"nests/internal/nest"
)

// tx is one transaction; it implements nest.Tx. Once a statement failed, the transaction is lost whatever its user
// makes of the error: PostgreSQL accepts nothing more, and SQLite must not commit half of it.
type tx struct {
	ctx    context.Context
	limit  context.Context // ctx, even when statements do not watch it
	conn   *conn
	failed error
}

var _ nest.Tx = (*tx)(nil)

// exec runs a statement and says how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.alive(); err != nil {
		return 0, err
	}
	res, err := t.conn.exec(t.ctx, query, args...)
	if err != nil {
		return 0, t.fail(query, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, t.fail(query, err)
	}
	return n, nil
}

// one scans the only row, or says nest.ErrNoRow.
func (t *tx) one(dest []any, query string, args ...any) error {
	found := false
	err := t.each(query, args, func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(dest...)
	})
	if err == nil && !found {
		return nest.ErrNoRow
	}
	return err
}

// each calls scan for every row. No other statement may run meanwhile.
func (t *tx) each(query string, args []any, scan func(*sql.Rows) error) error {
	return t.walk(t.conn.query, query, args, scan)
}

// eachOnce is each for a statement whose text was built for this one call.
func (t *tx) eachOnce(query string, args []any, scan func(*sql.Rows) error) error {
	return t.walk(t.conn.queryOnce, query, args, scan)
}

type queryFunc func(ctx context.Context, query string, args ...any) (*sql.Rows, error)

func (t *tx) walk(run queryFunc, query string, args []any, scan func(*sql.Rows) error) error {
	if err := t.alive(); err != nil {
		return err
	}
	rows, err := run(t.ctx, query, args...)
	if err != nil {
		return t.fail(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return t.fail(query, err)
		}
	}
	if err := rows.Err(); err != nil {
		return t.fail(query, err)
	}
	return nil
}

// alive refuses to go on in a lost transaction, or for a caller who has left.
func (t *tx) alive() error {
	if t.failed != nil {
		return unavailable(t.failed)
	}
	if err := t.limit.Err(); err != nil {
		return t.fail("", err)
	}
	return nil
}

func (t *tx) fail(query string, err error) error {
	if query != "" {
		err = fmt.Errorf("%s: %w", firstWords(query), err)
	}
	t.failed = err
	return unavailable(err)
}

// firstWords is enough of a statement to find it by, without any value.
func firstWords(query string) string {
	words := []rune(query)
	return string(words[:min(len(words), 40)])
}

// found turns "no row" into a false, for callers to whom absence is an answer.
func found(err error) (bool, error) {
	if errors.Is(err, nest.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}
