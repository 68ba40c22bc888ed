package nest

import (
	"context"
	"errors"
)

// RestartRequest asks for a nest to be live again. Force gives a fresh LiveKit session even to a live one.
type RestartRequest struct {
	Force bool
	Space *Event // the signed space of a nest this server lost; verified
}

// Restart makes a nest live under the same id: it reopens an ended one, starts a planned one, refreshes a live one when
// forced, and adopts one whose row is gone but whose signed space names this server.
func (s *Service) Restart(ctx context.Context, id, actor string, r RestartRequest) (Entry, error) {
	if !IsID(id) {
		return Entry{}, ErrNotFound
	}
	var entry Entry
	var shown *Event
	allowed := s.authorizeCreate(ctx, actor) // asked before the transaction, and of matter to an adoption only
	err := s.Store.Write(ctx, func(tx Tx) error {
		shown = nil
		n, err := tx.Nest(id)
		if errors.Is(err, ErrNoRow) {
			if entry, err = s.adopt(tx, id, actor, r.Space, true); err == nil {
				err = allowed
			}
			if r.Space != nil && entry.Nest.SpaceID == r.Space.ID {
				shown = r.Space // a nest that is here has no use for one: it was not even looked at
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
			return forbidden("Only the host restarts a nest")
		}
		entry = Entry{Nest: n, Admission: admission(n, m, actor), Message: "The nest is live"}
		return s.restart(tx, &entry, r.Force)
	})
	if err != nil {
		return Entry{}, err
	}
	s.Log.InfoContext(ctx, "nest restarted", "nest", id, "generation", entry.Nest.Generation, "outcome", entry.Message)
	s.Wake(id)
	s.broadcast(ctx, shown)
	return entry, nil
}

func (s *Service) restart(tx Tx, entry *Entry, force bool) error {
	n, now := &entry.Nest, s.now()
	open := AuditEntry{Actor: entry.Admission.Identity, Action: ActionOpen, Nest: n.ID}
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
	case n.RoomSID == "": // nobody entered since the last restart: this is the same one
		return nil
	default:
		entry.Message = "The nest has a fresh session; everyone reconnects"
		n.Generation++
		n.dropRoom()
		if err := s.audit(tx, open); err != nil {
			return err
		}
		return saveNest(tx, n, now)
	}
	n.setStatus(Live, now, now)
	if err := s.updateSignatureDue(tx, n); err != nil {
		return err
	}
	if err := s.audit(tx, open); err != nil {
		return err
	}
	return saveNest(tx, n, now)
}

// adopt recreates a nest that the store does not know from the space its author signed. By its author's call it is live; without
// one it is what the space says, which is no nest to adopt when that is closed.
func (s *Service) adopt(tx Tx, id, actor string, handed *Event, called bool) (Entry, error) {
	now := s.now()
	if err := s.CheckBlocked(actor); err != nil {
		return Entry{}, err
	}
	space, err := s.orphan(tx, id, actor, handed, now)
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
	if called {
		n.setStatus(Live, now, now) // whatever the event said when it was signed
	} else if n.Status == Ended {
		return Entry{}, ErrNotFound
	}
	if err := s.updateSignatureDue(tx, &n); err != nil {
		return Entry{}, err
	}
	return Entry{Nest: n, Admission: admission(n, host, actor), Message: "The nest was recreated from its signed event"}, saveNest(tx, &n, now)
}

func (s *Service) orphan(tx Tx, id, actor string, handed *Event, now int64) (Space, error) {
	var e Event
	if handed != nil {
		e = *handed
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
		return Space{}, forbidden("Only the author of the space adopts it")
	case space.ID != id:
		return Space{}, invalidEvent("The space's d tag is another id", "Call restart under the id of the d tag.")
	case !s.Codec.NamesThisServer(space.Service):
		return Space{}, invalidEvent("The space's service tag names another server", "Call restart on the server it names.")
	}
	return space, nil
}
