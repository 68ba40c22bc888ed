package store

import (
	"context"

	"nests/internal/nest"
)

// View is the database for a consumer that declares, as T, the methods of a transaction that it uses.
type View[T any] struct {
	*DB
	narrow func(nest.Tx) T
}

// NewView returns a view of db. narrow returns its argument; compiling it proves that a transaction has the methods of
// T.
func NewView[T any](db *DB, narrow func(nest.Tx) T) View[T] { return View[T]{DB: db, narrow: narrow} }

// Read runs fn on one snapshot.
func (v View[T]) Read(ctx context.Context, fn func(T) error) error {
	return v.DB.Read(ctx, func(tx nest.Tx) error { return fn(v.narrow(tx)) })
}
