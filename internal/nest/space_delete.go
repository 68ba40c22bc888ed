package nest

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// ApplyDeletion ends the nests whose spaces a verified deletion of their host names (NIP-09). False when it names none.
func (s *Service) ApplyDeletion(ctx context.Context, e Event) (bool, error) {
	now := s.now()
	var nests []Nest
	if err := s.CheckBlocked(e.PubKey); err != nil {
		return false, err
	}
	err := s.Store.Write(ctx, func(tx Tx) (err error) {
		if nests, err = nestsOfDeletion(tx, e); err != nil || len(nests) == 0 {
			return err
		}
		if _, err := tx.PutEvent(e); err != nil {
			return err
		}
		for _, n := range nests {
			if err := s.deleteSpace(tx, n, e, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	for _, n := range nests {
		s.Log.InfoContext(ctx, "space deleted by its host", "nest", n.ID, "event", e.ID)
		s.Wake(n.ID)
	}
	return len(nests) > 0, nil
}

// deleteSpace deletes the space of n, ends n unless a later statement about its status is stored, and publishes the
// deletion.
func (s *Service) deleteSpace(tx Tx, n Nest, deletion Event, now int64) error {
	if err := tx.TombstoneAddress(KindSpace, n.Host, n.ID, deletion.CreatedAt); err != nil {
		return err
	}
	if err := s.queueDeliveries(tx, n, deletion, "", now); err != nil {
		return err
	}
	n.SpaceID, n.SignatureDue = "", false
	if at := statedAt(deletion, now); at >= n.StatusAt && n.Status != Ended {
		n.setStatus(Ended, at, now)
		if err := s.audit(tx, AuditEntry{Actor: n.Host, Action: ActionEnd, Nest: n.ID}); err != nil {
			return err
		}
	}
	return saveNest(tx, &n, now)
}

// nestsOfDeletion returns the nests of the deletion's author whose newest space it names by id or by address, each
// once.
func nestsOfDeletion(tx Tx, deletion Event) ([]Nest, error) {
	var nests []Nest
	for _, tag := range deletion.Tags {
		if len(tag) < 2 {
			continue
		}
		id, err := nestOfTag(tx, deletion.PubKey, tag[0], tag[1])
		if err != nil {
			return nil, err
		}
		if id == "" || slices.ContainsFunc(nests, func(n Nest) bool { return n.ID == id }) {
			continue
		}
		n, err := tx.Nest(id)
		if errors.Is(err, ErrNoRow) || err == nil && n.Host != deletion.PubKey {
			continue
		} else if err != nil {
			return nil, err
		}
		space, err := tx.Addressable(KindSpace, n.Host, n.ID)
		if errors.Is(err, ErrNoRow) {
			continue
		} else if err != nil {
			return nil, err
		}
		if tag[0] == "e" && space.ID == tag[1] || tag[0] == "a" && deletion.CreatedAt >= space.CreatedAt {
			nests = append(nests, n)
		}
	}
	return nests, nil
}

// nestOfTag returns the id of the nest whose space an e or a tag names, or "" when it names no space of author.
func nestOfTag(tx Tx, author, tag, value string) (string, error) {
	switch tag {
	case "e":
		e, err := tx.Event(value)
		if errors.Is(err, ErrNoRow) {
			return "", nil
		} else if err != nil {
			return "", err
		}
		if e.Kind == KindSpace && e.PubKey == author {
			return e.Tag("d"), nil
		}
	case "a":
		if d, isOwn := strings.CutPrefix(value, "30312:"+author+":"); isOwn {
			return d, nil
		}
	}
	return "", nil
}
