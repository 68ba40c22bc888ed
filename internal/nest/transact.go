package nest

import (
	"context"
	"errors"
	"time"
)

const fullRetry = 10 * time.Second

// read runs fn for the nest id; a row that is not there becomes the one refusal for unknown nests.
func (s *Service) read(ctx context.Context, id string, fn func(Tx) error) error {
	if !IsID(id) {
		return ErrNotFound
	}
	return asNotFound(s.Store.Read(ctx, fn))
}

// write is read for changes.
func (s *Service) write(ctx context.Context, id string, fn func(Tx) error) error {
	if !IsID(id) {
		return ErrNotFound
	}
	return asNotFound(s.Store.Write(ctx, fn))
}

func asNotFound(err error) error {
	if errors.Is(err, ErrNoRow) {
		return ErrNotFound
	}
	return err
}

// change runs a change of a nest that is not over, by an actor whose row it hands to fn.
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
