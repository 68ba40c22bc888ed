package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"nests/internal/nest"
)

// tx is one transaction; it implements nest.Tx. Once a statement failed, the transaction is lost, even if the caller
// ignores the error: PostgreSQL accepts no more statements, and SQLite must not commit half of it.
type tx struct {
	ctx    context.Context
	limit  context.Context // the caller's context, checked between statements when ctx is detached from it
	conn   *conn
	failed error
}

var _ nest.Tx = (*tx)(nil)

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.usable(); err != nil {
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

// one scans the first row, or returns nest.ErrNoRow.
func (t *tx) one(dest []any, query string, args ...any) error {
	seen := false
	err := t.each(query, args, func(rows *sql.Rows) error {
		if seen {
			return nil
		}
		seen = true
		return rows.Scan(dest...)
	})
	if err == nil && !seen {
		return nest.ErrNoRow
	}
	return err
}

// each calls scan for every row. scan must not run another statement.
func (t *tx) each(query string, args []any, scan func(*sql.Rows) error) error {
	return t.walk(t.conn.query, query, args, scan)
}

// eachOnce is each for a statement whose text was built for this one call.
func (t *tx) eachOnce(query string, args []any, scan func(*sql.Rows) error) error {
	return t.walk(t.conn.queryOnce, query, args, scan)
}

// readAll returns all rows of a query in one read. dest returns the scan targets of a row.
func readAll[T any](ctx context.Context, db *DB, dest func(*T) []any, query string, args []any) ([]T, error) {
	var all []T
	err := db.read(ctx, func(t *tx) error {
		all = nil
		return t.each(query, args, func(rows *sql.Rows) error {
			var row T
			err := rows.Scan(dest(&row)...)
			all = append(all, row)
			return err
		})
	})
	return all, err
}

type queryFunc func(ctx context.Context, query string, args ...any) (*sql.Rows, error)

func (t *tx) walk(run queryFunc, query string, args []any, scan func(*sql.Rows) error) error {
	if err := t.usable(); err != nil {
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

// usable returns an error when the transaction is lost or the caller cancelled.
func (t *tx) usable() error {
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
		err = fmt.Errorf("%s: %w", statementStart(query), err)
	}
	t.failed = err
	return unavailable(err)
}

// statementStart identifies a statement in an error without showing values.
func statementStart(query string) string {
	runes := []rune(query)
	return string(runes[:min(len(runes), 40)])
}

// exists turns nest.ErrNoRow into false, for callers that expect a row to be missing.
func exists(err error) (bool, error) {
	if errors.Is(err, nest.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}
