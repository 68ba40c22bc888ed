package nest

import (
	"context"
	"errors"
)

// End ends a nest for its host. The loop then ends its room, which disconnects all participants. It is no error when
// the nest has ended.
func (s *Service) End(ctx context.Context, id, actor string) error {
	entry := AuditEntry{Actor: actor, Action: ActionEnd}
	return s.end(ctx, id, entry, "ended by its host", func(_ Nest, m Member) error {
		if m.Role != RoleHost {
			return forbidden("Only the host can end a nest")
		}
		return nil
	})
}

// Close is End for the host and moderators.
func (s *Service) Close(ctx context.Context, id, actor string) error {
	entry := AuditEntry{Actor: actor, Action: ActionEnd}
	return s.end(ctx, id, entry, "closed by a moderator", func(_ Nest, m Member) error {
		if !m.Moderates() || m.BannedNow(s.now()) {
			return forbidden("Only the host and moderators can close a nest")
		}
		return nil
	})
}

// Expire ends a nest that was never opened or that stays empty. reason is for the log. A nest that changed since it was
// observed as seen, or that has participants again, stays.
func (s *Service) Expire(ctx context.Context, seen Nest, reason string) error {
	err := s.end(ctx, seen.ID, AuditEntry{}, reason, func(n Nest, _ Member) error {
		if n.Status != seen.Status || n.StatusAt != seen.StatusAt || n.StartsAt != seen.StartsAt ||
			n.Generation != seen.Generation || n.RoomSID != seen.RoomSID {
			return errNotExpired
		}
		participants, isKnown := s.Presence.Participants(n.ID)
		if n.Status == Live && (!isKnown || len(participants) > 0) {
			return errNotExpired
		}
		return nil
	})
	if errors.Is(err, errNotExpired) {
		return nil
	}
	return err
}

var errNotExpired = errors.New("the nest has not expired")

// end ends a nest if authorize allows it. An entry with an actor is added to the audit log; ends by the server itself
// are not.
func (s *Service) end(
	ctx context.Context, id string, entry AuditEntry, reason string, authorize func(Nest, Member) error,
) error {
	hasEnded := false
	err := s.write(ctx, id, func(tx Tx) error {
		hasEnded = false
		n, err := tx.Nest(id)
		if err != nil {
			return err
		}
		m, err := tx.Member(id, entry.Actor)
		if err != nil {
			return err
		}
		if err := authorize(n, m); err != nil || n.Status == Ended {
			return err
		}
		now := s.now()
		n.setStatus(Ended, now, now)
		if err := s.updateSignatureDue(tx, &n); err != nil {
			return err
		}
		if entry.Nest = id; entry.Actor != "" {
			if err := s.audit(tx, entry); err != nil {
				return err
			}
		}
		hasEnded = true
		return saveNest(tx, &n, now)
	})
	if hasEnded && err == nil {
		s.Log.InfoContext(ctx, "nest ended", "nest", id, "why", reason)
		s.Wake(id)
	}
	return err
}
