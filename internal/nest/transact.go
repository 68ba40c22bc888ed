package nest

import (
	"context"
	"errors"
	"time"
)

const retryWhenFull = 10 * time.Second

// read runs fn in a read transaction about the nest id. A missing row becomes ErrNotFound.
func (s *Service) read(ctx context.Context, id string, fn func(Tx) error) error {
	if !IsID(id) {
		return ErrNotFound
	}
	return asNotFound(s.Store.Read(ctx, fn))
}

// write is like read, in a write transaction.
func (s *Service) write(ctx context.Context, id string, fn func(Tx) error) error {
	if !IsID(id) {
		return ErrNotFound
	}
	return asNotFound(s.Store.Write(ctx, fn))
}

// asNotFound turns ErrNoRow into ErrNotFound.
func asNotFound(err error) error {
	if errors.Is(err, ErrNoRow) {
		return ErrNotFound
	}
	return err
}

// change runs fn in a write transaction about a nest that has not ended, with the actor's row, and wakes the loop after
// the commit.
func (s *Service) change(ctx context.Context, id, actor string, fn func(tx Tx, n *Nest, actor Member) error) error {
	err := s.write(ctx, id, func(tx Tx) error {
		n, err := tx.Nest(id)
		if err != nil {
			return err
		}
		m, err := tx.Member(id, actor)
		if err != nil {
			return err
		}
		if n.Status == Ended {
			return ended(n)
		}
		return fn(tx, &n, m)
	})
	if err == nil {
		s.Wake(id)
	}
	return err
}
