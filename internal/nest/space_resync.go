package nest

import (
	"context"
	"errors"
)

// Adopt recreates the nest of a LiveKit room of ours that has people in it but no row, from the space that its host signed.
// ErrNotFound when nobody did.
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
		s.Log.WarnContext(ctx, "nest adopted from its room and its space", "nest", id)
		s.Wake(id)
	}
	return err
}

// Resync mends what may lie between the events and the row after a crash or a restored database: a stored space that is newer
// than the row is applied. It says what it mended, in words of the drift record.
func (s *Service) Resync(ctx context.Context, id string) ([]string, error) {
	ahead := func(tx Tx) (n Nest, space Space, ok bool, err error) {
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
	behind := false
	err := s.read(ctx, id, func(tx Tx) (err error) {
		_, _, behind, err = ahead(tx)
		return err
	})
	if err != nil || !behind {
		return nil, err
	}
	now := s.now()
	err = s.write(ctx, id, func(tx Tx) error {
		n, space, ok, err := ahead(tx)
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
