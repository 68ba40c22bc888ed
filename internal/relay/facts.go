package relay

import (
	"context"
	"errors"

	"nests/internal/nest"
	"nests/internal/nip"
)

// facts reads what the policy needs to know about e.
func (r *Relay) facts(ctx context.Context, e nest.Event) (Facts, error) {
	var f Facts
	if e.Kind != nest.KindDeletion && len(nestAddresses(e)) > maxReferences {
		return f, refusef("invalid", "an event names at most %d nests", maxReferences)
	}
	now := r.config.Now().UnixMilli()
	err := r.config.Store.Read(ctx, func(tx Tx) error {
		f = Facts{}
		addresses, err := addressesOf(tx, e)
		if err != nil {
			return err
		}
		// A deletion counts as related only if it names a nest, or below an event of the same author.
		ties := e.Kind != nest.KindDeletion || len(nestAddresses(e)) > 0
		for _, address := range addresses {
			n, ok, err := nestAt(tx, address)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			m, err := tx.Member(n.ID, e.PubKey)
			if err != nil {
				return err
			}
			f.Related = ties
			f.HostsNest = f.HostsNest || address.D == e.Tag("d") && n.Host == e.PubKey
			f.Banned = f.Banned || m.BannedNow(now)
			f.NoAccess = f.NoAccess ||
				n.Access == nest.Private && n.Host != e.PubKey && nest.AuthorizeRead(n, m, now) != nil
		}
		if !f.Related {
			return referencesStored(tx, e, &f)
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	if e.Kind == nest.KindSpace || e.Kind == kindStream {
		f.NamesServer = r.config.Codec.NamesThisServer(e.Tag("service"))
		return f, nil
	}
	if f.Related || r.config.Known == nil {
		return f, nil
	}
	if e.Kind == nest.KindReport {
		f.ReportsKnownKey, err = r.reportsKnownKey(ctx, e)
		return f, err
	}
	f.AuthorKnown, err = r.config.Known(ctx, e.PubKey)
	return f, err
}

// reportsKnownKey reports whether a report names a host, member or participant of this server.
func (r *Relay) reportsKnownKey(ctx context.Context, e nest.Event) (bool, error) {
	looked := 0
	for _, tag := range e.Tags {
		if len(tag) < 2 || tag[0] != "p" || looked >= maxReferences {
			continue
		}
		looked++
		if is, err := r.config.Known(ctx, tag[1]); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// referencesStored sets f.Related if e names a stored event, as a reaction names a chat message.
func referencesStored(tx Tx, e nest.Event, f *Facts) error {
	looked := 0
	for _, tag := range e.Tags {
		if len(tag) < 2 || looked >= maxReferences {
			continue
		}
		var target nest.Event
		var err error
		switch tag[0] {
		case "e":
			target, err = tx.Event(tag[1])
		case "a":
			a, parseErr := nip.ParseAddress(tag[1])
			if parseErr != nil {
				continue
			}
			target, err = tx.Addressable(a.Kind, a.Pubkey, a.D)
		default:
			continue
		}
		looked++
		switch {
		case errors.Is(err, nest.ErrNoRow):
		case err != nil:
			return err
		case e.Kind != nest.KindDeletion || target.PubKey == e.PubKey:
			f.Related = true
			return nil
		}
	}
	return nil
}
