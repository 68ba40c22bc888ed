package nest

import (
	"context"
	"errors"
)

// RestartRequest asks for a nest to be live. Force gives even a live nest a new LiveKit session.
type RestartRequest struct {
	Force bool
	Space *Event // verified; recreates a nest whose row is lost
}

// Restart makes a nest live under the same id: it reopens an ended one, starts a planned one, refreshes a live one when
// forced, and recreates one whose row is lost from its signed space, if that names this server.
func (s *Service) Restart(ctx context.Context, id, actor string, r RestartRequest) (Entry, error) {
	if !IsID(id) {
		return Entry{}, ErrNotFound
	}
	var entry Entry
	var stored *Event // sent to subscribers after the commit
	// Matters only for a lost nest, but has to be read before the transaction.
	createErr := s.authorizeCreate(ctx, actor)
	err := s.Store.Write(ctx, func(tx Tx) error {
		stored = nil
		n, err := tx.Nest(id)
		if errors.Is(err, ErrNoRow) {
			if entry, err = s.adopt(tx, id, actor, r.Space, true); err == nil {
				err = createErr
			}
			if r.Space != nil && entry.Nest.SpaceID == r.Space.ID {
				stored = r.Space
			}
			return err
		} else if err != nil {
			return err
		}
		m, err := tx.Member(id, actor)
		if err != nil {
			return err
		}
		if m.Role != RoleHost && (n.Status != Planned || m.Role != RoleAdmin || m.BannedNow(s.now())) {
			return forbidden("Only the host can restart a nest")
		}
		entry = Entry{Nest: n, Admission: admission(n, m, actor), Message: "The nest is live"}
		return s.restart(tx, &entry, r.Force)
	})
	if err != nil {
		return Entry{}, err
	}
	s.Log.InfoContext(ctx, "nest restarted", "nest", id, "generation", entry.Nest.Generation, "outcome", entry.Message)
	s.Wake(id)
	s.broadcast(ctx, stored)
	return entry, nil
}

// restart applies the restart to entry.Nest and sets the message.
func (s *Service) restart(tx Tx, entry *Entry, force bool) error {
	n, now := &entry.Nest, s.now()
	opening := AuditEntry{Actor: entry.Admission.Identity, Action: ActionOpen, Nest: n.ID}
	switch {
	case n.Status == Ended:
		if err := s.checkQuota(tx, n.Host); err != nil {
			return err
		}
		entry.Message = "The nest is open again"
	case n.Status == Planned:
		entry.Message = "The nest is live now"
	case !force:
		return nil
	case n.RoomSID == "": // no participant since the last restart: it is the same session
		return nil
	default:
		entry.Message = "The nest has a fresh session; everyone reconnects"
		n.Generation++
		n.dropRoom()
		if err := s.audit(tx, opening); err != nil {
			return err
		}
		return saveNest(tx, n, now)
	}
	n.setStatus(Live, now, now)
	if err := s.updateSignatureDue(tx, n); err != nil {
		return err
	}
	if err := s.audit(tx, opening); err != nil {
		return err
	}
	return saveNest(tx, n, now)
}

// adopt recreates a nest without a row from the space that its author signed: event, or else the stored one. byCall is
// true when the author asked for it, and the nest is then live. Otherwise the space states the status, and a closed one
// is not adopted.
func (s *Service) adopt(tx Tx, id, actor string, event *Event, byCall bool) (Entry, error) {
	now := s.now()
	if err := s.CheckBlocked(actor); err != nil {
		return Entry{}, err
	}
	space, err := s.orphan(tx, id, actor, event, now)
	if err != nil {
		return Entry{}, err
	}
	if err := s.checkQuota(tx, actor); err != nil {
		return Entry{}, err
	}
	n := Nest{ID: id, Host: actor, Status: Live, Access: Open, Guests: true, CreatedAt: now, Generation: 1}
	host, err := s.createRows(tx, &n, &space, now)
	if err != nil {
		return Entry{}, err
	}
	if byCall {
		n.setStatus(Live, now, now) // even if the space states another status
	} else if n.Status == Ended {
		return Entry{}, ErrNotFound
	}
	if err := s.updateSignatureDue(tx, &n); err != nil {
		return Entry{}, err
	}
	entry := Entry{
		Nest:      n,
		Admission: admission(n, host, actor),
		Message:   "The nest was recreated from its signed event",
	}
	return entry, saveNest(tx, &n, now)
}

// orphan returns the space of a nest without a row, if actor may adopt it.
func (s *Service) orphan(tx Tx, id, actor string, event *Event, now int64) (Space, error) {
	var e Event
	if event != nil {
		e = *event
	} else {
		stored, err := tx.Addressable(KindSpace, actor, id)
		if errors.Is(err, ErrNoRow) {
			return Space{}, ErrNotFound
		} else if err != nil {
			return Space{}, err
		}
		e = stored
	}
	space, err := s.checkSpace(e, now)
	switch {
	case err != nil:
		return Space{}, err
	case space.Host != actor:
		return Space{}, forbidden("Only the author of the space can restart its nest")
	case space.ID != id:
		return Space{}, invalidEvent("The space's d tag is not the id in the path",
			"Restart the nest with the id of the d tag.")
	case !s.Codec.NamesThisServer(space.Service):
		return Space{}, invalidEvent("The space's service tag names another server", "Restart the nest on that server.")
	}
	return space, nil
}
