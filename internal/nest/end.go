package nest

import "context"

// End is the host's: everyone out, room gone. Again is fine.
func (s *Service) End(ctx context.Context, id, actor string) error {
	return s.end(ctx, id, Act{Actor: actor, What: ActEnd}, "ended by its host", func(m Member) error {
		if m.Role != RoleHost {
			return forbidden("Only the host ends a nest")
		}
		return nil
	})
}

// Close is End for moderators too.
func (s *Service) Close(ctx context.Context, id, actor string) error {
	return s.end(ctx, id, Act{Actor: actor, What: ActEnd}, "closed by a moderator", func(m Member) error {
		if !m.Moderates() || m.BannedNow(s.now()) {
			return forbidden("Only the host and moderators close the show")
		}
		return nil
	})
}

// Expire is the server's own end of a nest that nobody opened or nobody is in; why is for the log.
func (s *Service) Expire(ctx context.Context, id, why string) error {
	return s.end(ctx, id, Act{}, why, func(Member) error { return nil })
}

// end writes a line of the audit log for whoever does it; the server's own ends are in the log only.
func (s *Service) end(ctx context.Context, id string, act Act, why string, may func(Member) error) error {
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
		if err := may(m); err != nil || n.Status == Ended {
			return err
		}
		now := s.now()
		n.setStatus(Ended, now, now)
		if err := s.oweAgain(tx, &n); err != nil {
			return err
		}
		if act.Nest = id; act.Actor != "" {
			if err := s.note(tx, act); err != nil {
				return err
			}
		}
		done = true
		return put(tx, &n, now)
	})
	if done && err == nil {
		s.Log.InfoContext(ctx, "nest ended", "nest", id, "why", why)
		s.Wake(id)
	}
	return err
}
