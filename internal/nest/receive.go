package nest

import (
	"context"
	"errors"
)

// Address names an addressable event: its kind, author and d tag (NIP-01).
type Address struct {
	Kind   int
	Pubkey string
	D      string
}

// Receive stores and applies an event whose id and signature were verified, by its kind. It is the only entry point for
// events, whichever connection they came by. from is the relay on which the event was seen, or "" when a client sent it
// to this server's relay.
//
// It reports whether the event is new: stored, or, when it was seen on another relay, applied. A new event is shown to
// subscribers once it is committed; a report is for operators only and is never shown.
func (s *Service) Receive(ctx context.Context, e Event, from string) (isNew bool, err error) {
	switch e.Kind {
	case KindReport:
		return s.StoreReport(ctx, e)
	case KindSpace:
		isNew, err = s.receiveSpace(ctx, e, from)
	case KindDeletion:
		isNew, err = s.receiveDeletion(ctx, e, from)
	case KindPresence, KindRequest, KindGrant, KindInvite:
		isNew, err = s.ApplySignal(ctx, e, from)
	default:
		if from != "" {
			return false, nil // other kinds are stored only if a client sends them here
		}
		isNew, err = s.storeEvent(ctx, e)
	}
	if err != nil || !isNew {
		return false, err
	}
	s.broadcast(ctx, &e)
	if e.Kind == KindFollows && s.CreateRule == CreateFollows {
		if _, err := s.ApplyFollowList(ctx, e); err != nil {
			// It is read again soon.
			s.Log.WarnContext(ctx, "follow list not applied", "component", "relay", "event", e.ID, "err", err)
		}
	}
	return true, nil
}

// receiveSpace applies a space. One from a client is new when it is stored, even if it changes no nest.
func (s *Service) receiveSpace(ctx context.Context, e Event, from string) (bool, error) {
	applied, err := s.ApplySpace(ctx, e, from)
	if err != nil || applied || from != "" {
		return applied, err
	}
	stored := false
	err = s.Store.Read(ctx, func(tx Tx) error {
		_, err := tx.Event(e.ID)
		if stored = err == nil; errors.Is(err, ErrNoRow) {
			return nil
		}
		return err
	})
	return stored, err
}

// receiveDeletion ends the nests whose spaces a deletion names (NIP-09). When a client sent it here, it is stored, and
// the other events that it names are deleted too.
func (s *Service) receiveDeletion(ctx context.Context, e Event, from string) (bool, error) {
	applied, err := s.ApplyDeletion(ctx, e)
	if err != nil || from != "" {
		return applied, err
	}
	stored := false
	err = s.Store.Write(ctx, func(tx Tx) (err error) {
		if stored, err = tx.PutEvent(e); err != nil {
			return err
		}
		for _, tag := range e.Tags {
			if len(tag) < 2 {
				continue
			}
			if err := s.deleteNamed(tx, e, tag[0], tag[1]); err != nil {
				return err
			}
		}
		return nil
	})
	return stored || applied, err
}

// deleteNamed deletes the event that one tag of a deletion names, if both have the same author. It leaves deletions,
// which cannot be deleted, and the current spaces of nests, which ApplyDeletion deletes together with the nest's
// status.
func (s *Service) deleteNamed(tx Tx, deletion Event, tag, value string) error {
	switch tag {
	case "e":
		target, err := tx.Event(value)
		if errors.Is(err, ErrNoRow) {
			return nil
		} else if err != nil || target.PubKey != deletion.PubKey || target.Kind == KindDeletion {
			return err
		}
		if current, err := isCurrentSpace(tx, target); err != nil || current {
			return err
		}
		return tx.DeleteEvent(target.ID)
	case "a":
		a, ok := s.Codec.Address(value)
		if !ok || a.Pubkey != deletion.PubKey {
			return nil
		}
		target, err := tx.Addressable(a.Kind, a.Pubkey, a.D)
		if err != nil && !errors.Is(err, ErrNoRow) {
			return err
		}
		if current, err := isCurrentSpace(tx, target); err != nil || current {
			return err
		}
		return tx.TombstoneAddress(a.Kind, a.Pubkey, a.D, deletion.CreatedAt)
	}
	return nil
}

// isCurrentSpace reports whether an event is the space that a nest's row was last set by.
func isCurrentSpace(tx Tx, e Event) (bool, error) {
	if e.Kind != KindSpace {
		return false, nil
	}
	n, err := tx.Nest(e.Tag("d"))
	if errors.Is(err, ErrNoRow) {
		return false, nil
	}
	return n.SpaceID == e.ID, err
}

func (s *Service) storeEvent(ctx context.Context, e Event) (stored bool, err error) {
	err = s.Store.Write(ctx, func(tx Tx) (err error) {
		stored, err = tx.PutEvent(e)
		return err
	})
	return stored, err
}
