package nest

import "context"

// PermissionChange is a change of one member's stage, role and sound. A nil field changes nothing.
type PermissionChange struct {
	Participant string // 64-hex pubkey; need not be connected or known
	Publish     *bool  // put on stage, or take off it
	Admin       *bool  // make a moderator, or take the role
	Mute        *bool  // true mutes the tracks published now, once; false does nothing
}

// ChangePermissions changes the stage and role of one key, and mutes it. It reports whether anything changed.
func (s *Service) ChangePermissions(ctx context.Context, id, actor string, c PermissionChange) (bool, error) {
	if !IsPubkey(c.Participant) {
		return false, invalid("participant", "participant is not a 64-digit hex public key", "Send the pubkey in hex.")
	}
	changed := false
	err := s.change(ctx, id, actor, func(tx Tx, n *Nest, by Member) error {
		changed = false
		if by.BannedNow(s.now()) {
			return forbidden("You are banned from this nest")
		}
		m, err := tx.Member(id, c.Participant)
		if err != nil {
			return err
		}
		if err := authorizeChange(by, m, c); err != nil {
			return err
		}
		if m.BannedNow(s.now()) && (isTrue(c.Publish) || isTrue(c.Admin)) {
			return &Error{Code: CodeBanned, Message: "This user is banned", Hint: "Lift the ban first."}
		}
		before := m
		if changed = s.setPermissions(&m, c); !changed {
			return nil
		}
		if err := s.auditMemberChange(tx, actor, before, m); err != nil {
			return err
		}
		if err := tx.PutMember(m); err != nil {
			return err
		}
		return saveNest(tx, n, s.now()) // the speakers and admins in info are part of the nest
	})
	if err != nil {
		return false, err
	}
	if changed {
		s.Log.InfoContext(ctx, "permissions changed",
			"nest", id,
			"by", ShortIdentity(actor),
			"identity", ShortIdentity(c.Participant),
		)
	}
	if !isTrue(c.Mute) {
		return changed, nil
	}
	muted, err := s.Media.Mute(ctx, id, c.Participant)
	if (muted || err != nil) && actor != c.Participant {
		s.auditOutcome(ctx, AuditEntry{Actor: actor, Action: ActionMute, Target: c.Participant, Nest: id}, err)
	}
	return changed || muted, err
}

// auditMemberChange adds entries about changes of another member's stage and role.
func (s *Service) auditMemberChange(tx Tx, actor string, before, target Member) error {
	if actor == target.Pubkey {
		return nil
	}
	auditFlag := func(before, after bool, give, take Action) error {
		if before == after {
			return nil
		}
		action := take
		if after {
			action = give
		}
		return s.audit(tx, AuditEntry{Actor: actor, Action: action, Target: target.Pubkey, Nest: target.Nest})
	}
	err := auditFlag(before.Role == RoleAdmin, target.Role == RoleAdmin, ActionAdminGive, ActionAdminTake)
	if err != nil {
		return err
	}
	return auditFlag(before.OnStage, target.OnStage, ActionStageGive, ActionStageTake)
}

// setPermissions applies c to the row, apart from Mute, and reports whether anything changed.
func (s *Service) setPermissions(m *Member, c PermissionChange) bool {
	now, changed := s.now(), false
	if c.Publish != nil && m.OnStage != *c.Publish {
		m.OnStage, m.StageAt, changed = *c.Publish, now, true
		if m.OnStage {
			m.Hand = 0
		}
	}
	if c.Admin != nil && m.Role != RoleHost && (m.Role == RoleAdmin) != *c.Admin {
		m.Role, m.RoleAt, changed = RoleMember, now, true
		if *c.Admin {
			m.Role = RoleAdmin
		}
	}
	m.Updated = now
	return changed
}

// MuteAll mutes all participants except the host and the actor, once.
func (s *Service) MuteAll(ctx context.Context, id, actor string) error {
	n, by, err := s.nestAndMember(ctx, id, actor)
	switch {
	case err != nil:
		return err
	case n.Status == Ended:
		return ended(n)
	case !by.Moderates() || by.BannedNow(s.now()):
		return forbidden("Only the host and moderators can mute others")
	}
	if err := s.Presence.CheckAvailable(); err != nil {
		return err
	}
	participants, _ := s.Presence.Participants(id)
	for _, p := range participants {
		if !p.Publish || p.Identity == n.Host || p.Identity == actor {
			continue
		}
		if _, err = s.Media.Mute(ctx, id, p.Identity); err != nil {
			break
		}
	}
	s.auditOutcome(ctx, AuditEntry{Actor: actor, Action: ActionMuteAll, Nest: id}, err)
	return err
}

func isTrue(b *bool) bool { return b != nil && *b }
