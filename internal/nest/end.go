package nest

import (
	"context"
	"errors"
)

// End is the host's: everyone out, room gone. Again is fine.
func (s *Service) End(ctx context.Context, id, actor string) error {
	return s.end(ctx, id, AuditEntry{Actor: actor, Action: ActionEnd}, "ended by its host", func(_ Nest, m Member) error {
		if m.Role != RoleHost {
			return forbidden("Only the host ends a nest")
		}
		return nil
	})
}

// Close is End for moderators too.
func (s *Service) Close(ctx context.Context, id, actor string) error {
	return s.end(ctx, id, AuditEntry{Actor: actor, Action: ActionEnd}, "closed by a moderator", func(_ Nest, m Member) error {
		if !m.Moderates() || m.BannedNow(s.now()) {
			return forbidden("Only the host and moderators close the show")
		}
		return nil
	})
}

// Expire is the server's own end of a nest that nobody opened or nobody is in; why is for the log. One that is not any more what
// was seen, or that somebody entered since, stays.
func (s *Service) Expire(ctx context.Context, seen Nest, why string) error {
	err := s.end(ctx, seen.ID, AuditEntry{}, why, func(n Nest, _ Member) error {
		if n.Status != seen.Status || n.StatusAt != seen.StatusAt || n.StartsAt != seen.StartsAt || n.Generation != seen.Generation || n.RoomSID != seen.RoomSID {
			return errStays
		}
		if people, known := s.Presence.Participants(n.ID); n.Status == Live && (!known || len(people) > 0) {
			return errStays
		}
		return nil
	})
	if errors.Is(err, errStays) {
		return nil
	}
	return err
}

var errStays = errors.New("the nest stays")

// end writes a line of the audit log for whoever does it; the server's own ends are in the log only.
func (s *Service) end(ctx context.Context, id string, act AuditEntry, why string, may func(Nest, Member) error) error {
	done := false
	err := s.write(ctx, id, func(tx Tx) error {
		done = false
		n, err := tx.Nest(id)
		if err != nil {
			return err
		}
		m, err := tx.Member(id, act.Actor)
		if err != nil {
			return err
		}
		if err := may(n, m); err != nil || n.Status == Ended {
			return err
		}
		now := s.now()
		n.setStatus(Ended, now, now)
		if err := s.updateSignatureDue(tx, &n); err != nil {
			return err
		}
		if act.Nest = id; act.Actor != "" {
			if err := s.audit(tx, act); err != nil {
				return err
			}
		}
		done = true
		return saveNest(tx, &n, now)
	})
	if done && err == nil {
		s.Log.InfoContext(ctx, "nest ended", "nest", id, "why", why)
		s.Wake(id)
	}
	return err
}
