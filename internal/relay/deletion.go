package relay

import (
	"context"

	"nests/internal/nest"
	"nests/internal/nip"
)

// notStoredReason returns why an event was not stored: its author deleted it, or it is stored already, or a newer
// one is.
func (r *Relay) notStoredReason(ctx context.Context, e nest.Event) error {
	if e.Kind == nest.KindReport {
		return refusef("duplicate", "the report is stored already")
	}
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
		return refusef("blocked", "the author has deleted this event")
	}
	return refusef("duplicate", "a newer one is stored already")
}
