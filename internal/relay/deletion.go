package relay

import (
	"context"
	"errors"

	"nests/internal/nest"
	"nests/internal/nip"
)

// keepDeletion applies a kind 5 (NIP-09): a nest's space by the domain, everything else of its author here.
func (r *Relay) keepDeletion(ctx context.Context, e nest.Event) (bool, error) {
	applied, err := r.config.Spaces.ApplyDeletion(ctx, e)
	if err != nil {
		return false, err
	}
	stored := false
	err = r.config.Store.Write(ctx, func(tx nest.Tx) error {
		var err error
		if stored, err = tx.PutEvent(e); err != nil {
			return err
		}
		for _, tag := range e.Tags {
			if len(tag) < 2 {
				continue
			}
			if err := deleteNamed(tx, e, tag[0], tag[1]); err != nil {
				return err
			}
		}
		return nil
	})
	return stored || applied, err
}

// deleteNamed removes what one tag of a deletion names, when it is its author's. A deletion cannot be deleted, and a
// space that a nest rests on goes only together with the nest: that was the domain's turn.
func deleteNamed(tx nest.Tx, e nest.Event, tag, value string) error {
	switch tag {
	case "e":
		target, err := tx.Event(value)
		if errors.Is(err, nest.ErrNoRow) {
			return nil
		} else if err != nil || target.PubKey != e.PubKey || target.Kind == nest.KindDeletion {
			return err
		}
		if rests, err := nestRestsOn(tx, target); err != nil || rests {
			return err
		}
		return tx.DeleteEvent(target.ID)
	case "a":
		a, err := nip.ParseAddress(value)
		if err != nil || a.Pubkey != e.PubKey {
			return nil
		}
		target, err := tx.Addressable(a.Kind, a.Pubkey, a.D)
		if err != nil && !errors.Is(err, nest.ErrNoRow) {
			return err
		}
		if rests, err := nestRestsOn(tx, target); err != nil || rests {
			return err
		}
		return tx.TombstoneAddress(a.Kind, a.Pubkey, a.D, e.CreatedAt)
	}
	return nil
}

func nestRestsOn(tx nest.Tx, space nest.Event) (bool, error) {
	if space.Kind != nest.KindSpace {
		return false, nil
	}
	n, err := tx.Nest(space.Tag("d"))
	if errors.Is(err, nest.ErrNoRow) {
		return false, nil
	}
	return n.SpaceID == space.ID, err
}

// whyNot tells an event that its author has deleted from one that a newer event stands in the place of.
func (r *Relay) notStoredReason(ctx context.Context, e nest.Event) error {
	by := nest.EventFilter{Authors: []string{e.PubKey}, Kinds: []int{nest.KindDeletion}, Limit: 1}
	by.Tags = map[string][]string{"e": {e.ID}}
	found, err := r.query(ctx, by)
	if err == nil && len(found) == 0 && e.Kind >= 30000 {
		address := nip.Address{Kind: e.Kind, Pubkey: e.PubKey, D: e.Tag("d")}
		by.Tags, by.Since = map[string][]string{"a": {address.String()}}, e.CreatedAt
		found, err = r.query(ctx, by)
	}
	switch {
	case err != nil:
		return err
	case len(found) > 0:
		return refusef("blocked", "its author has deleted it")
	}
	return refusef("duplicate", "a newer one is stored already")
}
