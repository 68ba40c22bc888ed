package nest

import (
	"context"
	"errors"
)

// Adopt recreates the nest of a LiveKit room that has participants but no row, from the space that its host signed.
// ErrNotFound without such a space.
func (s *Service) Adopt(ctx context.Context, id, host string) error {
	if !IsID(id) || !IsPubkey(host) {
		return ErrNotFound
	}
	err := s.Store.Write(ctx, func(tx Tx) error {
		if _, err := tx.Nest(id); !errors.Is(err, ErrNoRow) {
			return err
		}
		_, err := s.adopt(tx, id, host, nil, false)
		return err
	})
	if err == nil {
		s.Log.WarnContext(ctx, "nest adopted from its space", "nest", id)
		s.Wake(id)
	}
	return err
}

// Resync applies a stored space that is newer than the nest's row, as a crash or a restored database can leave behind.
// It returns the drift codes of what it repaired.
func (s *Service) Resync(ctx context.Context, id string) ([]string, error) {
	newerSpace := func(tx Tx) (n Nest, space Space, ok bool, err error) {
		if n, err = tx.Nest(id); err != nil {
			return
		}
		e, err := tx.Addressable(KindSpace, n.Host, id)
		if errors.Is(err, ErrNoRow) || err == nil && e.ID == n.SpaceID {
			return n, space, false, nil
		} else if err != nil {
			return n, space, false, err
		}
		space, err = s.Codec.ParseSpace(e)
		return n, space, err == nil, nil
	}
	isBehind := false
	err := s.read(ctx, id, func(tx Tx) (err error) {
		_, _, isBehind, err = newerSpace(tx)
		return err
	})
	if err != nil || !isBehind {
		return nil, err
	}
	now := s.now()
	err = s.write(ctx, id, func(tx Tx) error {
		n, space, ok, err := newerSpace(tx)
		if err != nil || !ok {
			return err
		}
		prev, err := s.currentSpace(tx, n)
		if err != nil {
			return err
		}
		if err := s.applyChanges(tx, &n, prev, space, now); err != nil {
			return err
		}
		if err := saveNest(tx, &n, now); err != nil {
			return err
		}
		return s.queueDeliveries(tx, n, space.Event, "", now)
	})
	if err != nil {
		return nil, err
	}
	return []string{"space_ahead"}, nil
}
