package relay

import (
	"context"
	"errors"
	"slices"

	"nests/internal/nest"
	"nests/internal/nip"
)

const maxReferences = 20 // a and e tags of one event that are followed

// kindStream is the live event that players list (NIP-53); links of older clients use it with a nest's id and host.
const kindStream = 30311

// nestAddresses returns the addresses of nests that an event names: its own if it announces a nest, and those of
// its a tags, which some clients write as naddr. Each is returned once.
func nestAddresses(e nest.Event) []nip.Address {
	var addresses []nip.Address
	seen := map[string]bool{}
	add := func(a nip.Address) {
		if (a.Kind == nest.KindSpace || a.Kind == kindStream) && nest.IsID(a.D) && !seen[a.String()] {
			seen[a.String()] = true
			addresses = append(addresses, a)
		}
	}
	add(nip.Address{Kind: e.Kind, Pubkey: e.PubKey, D: e.Tag("d")})
	for _, tag := range e.Tags {
		if len(tag) >= 2 && tag[0] == "a" {
			if a, err := nip.ParseAddress(tag[1]); err == nil {
				add(a)
			}
		}
	}
	return addresses
}

// nestAt returns the nest at an address, and whether it exists and has that host.
func nestAt(tx Tx, a nip.Address) (nest.Nest, bool, error) {
	n, err := tx.Nest(a.D)
	switch {
	case errors.Is(err, nest.ErrNoRow):
		return n, false, nil
	case err != nil:
		return n, false, err
	}
	return n, n.Host == a.Pubkey, nil
}

// addressesOf returns the addresses that an event names or, if there are none, those that the events it references
// name: a reaction may name only the chat message.
func addressesOf(tx Tx, e nest.Event) ([]nip.Address, error) {
	addresses := nestAddresses(e)
	if len(addresses) > 0 {
		return addresses[:min(len(addresses), maxReferences)], nil // only a deletion may name more
	}
	looked := 0
	for _, tag := range e.Tags {
		if len(tag) < 2 || tag[0] != "e" || looked >= maxReferences {
			continue
		}
		looked++
		target, err := tx.Event(tag[1])
		switch {
		case errors.Is(err, nest.ErrNoRow):
		case err != nil:
			return nil, err
		default:
			some := nestAddresses(target)
			addresses = append(addresses, some[:min(len(some), maxReferences)]...)
		}
	}
	return addresses, nil
}

// privateNestsOf returns the private nests that an event is about.
func (r *Relay) privateNestsOf(ctx context.Context, e nest.Event) ([]nest.Nest, error) {
	return r.readPrivateNests(ctx, func(tx Tx) ([]nip.Address, error) { return addressesOf(tx, e) })
}

func (r *Relay) privateAt(ctx context.Context, addresses []nip.Address) ([]nest.Nest, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	return r.readPrivateNests(ctx, func(Tx) ([]nip.Address, error) { return addresses, nil })
}

func (r *Relay) readPrivateNests(ctx context.Context, find func(Tx) ([]nip.Address, error)) ([]nest.Nest, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Limits.Query)
	defer cancel()
	var nests []nest.Nest
	err := r.config.Store.Read(ctx, func(tx Tx) error {
		nests = nil
		addresses, err := find(tx)
		if err != nil {
			return err
		}
		for _, address := range addresses {
			n, ok, err := nestAt(tx, address)
			if err != nil {
				return err
			}
			if ok && n.Access == nest.Private {
				nests = append(nests, n)
			}
		}
		return nil
	})
	return nests, err
}

// maySee reports whether a client that proved these keys may see e, which is about these private nests. If the store
// does not answer, it may not.
func (r *Relay) maySee(ctx context.Context, keys []string, e nest.Event, private []nest.Nest) bool {
	if len(private) == 0 || slices.Contains(keys, e.PubKey) {
		return true
	}
	for _, n := range private {
		if inside, err := r.hasAccess(ctx, n, keys); err != nil || !inside {
			return false
		}
	}
	return true
}

// hasAccess reports whether any of the keys has access to the nest.
func (r *Relay) hasAccess(ctx context.Context, n nest.Nest, keys []string) (bool, error) {
	if len(keys) == 0 {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.config.Limits.Query)
	defer cancel()
	now := r.config.Now().UnixMilli()
	inside := false
	err := r.config.Store.Read(ctx, func(tx Tx) error {
		inside = false
		for _, key := range keys {
			m, err := tx.Member(n.ID, key)
			if err != nil {
				return err
			}
			inside = inside || key == n.Host || nest.AuthorizeRead(n, m, now) == nil
		}
		return nil
	})
	return inside, err
}
