package nest

import "context"

// guestRemoval is how long a removed guest stays banned, in milliseconds.
const guestRemoval = 12 * 60 * 60 * 1000

// Remove takes a participant off the stage and disconnects them. With ban, a key stays banned until the ban is lifted.
// A guest's identity is banned for twelve hours in both cases.
func (s *Service) Remove(ctx context.Context, id, actor, identity string, ban bool) error {
	isGuest := IsGuest(identity)
	if !isGuest && !IsPubkey(identity) {
		return invalid("participant", "This is not the identity of a participant",
			"Take it from the participants list.")
	}
	err := s.change(ctx, id, actor, func(tx Tx, n *Nest, by Member) error {
		if by.BannedNow(s.now()) {
			return forbidden("You are banned from this nest")
		}
		m, err := tx.Member(id, identity)
		if err != nil {
			return err
		}
		if err := authorizeRemoval(by, m); err != nil {
			return err
		}
		now := s.now()
		m.remove(ban, now)
		if err := tx.PutMember(m); err != nil {
			return err
		}
		entry := AuditEntry{Actor: actor, Action: ActionKick, Target: identity, Nest: id}
		if ban && !isGuest {
			entry.Action = ActionBan
		}
		if err := s.audit(tx, entry); err != nil {
			return err
		}
		return saveNest(tx, n, now)
	})
	if err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "participant removed by moderator",
		"nest", id,
		"by", ShortIdentity(actor),
		"identity", ShortIdentity(identity),
		"ban", ban,
	)
	return s.Media.Remove(ctx, id, identity)
}

// remove takes the member off the stage, lowers the hand and, for guests and with ban, bans them.
func (m *Member) remove(ban bool, now int64) {
	if m.OnStage {
		m.OnStage, m.StageAt = false, now
	}
	m.Hand, m.Updated = 0, now
	if IsGuest(m.Pubkey) {
		m.Banned, m.BannedAt, m.BanUntil = true, now, now+guestRemoval
	} else if ban {
		m.Banned, m.BannedAt, m.BanUntil = true, now, 0
		m.Role, m.RoleAt, m.StageAt = RoleMember, now, now
	}
}

// Bans lists the banned members and guests, for the host and moderators.
func (s *Service) Bans(ctx context.Context, id, actor string) ([]Member, error) {
	bans := []Member{}
	err := s.read(ctx, id, func(tx Tx) error {
		bans = bans[:0]
		if _, err := tx.Nest(id); err != nil {
			return err
		}
		members, err := tx.Members(id)
		if err != nil {
			return err
		}
		if by := MemberOf(members, id, actor); !by.Moderates() || by.BannedNow(s.now()) {
			return forbidden("Only the host and moderators can see the bans")
		}
		for _, m := range members {
			if m.BannedNow(s.now()) {
				bans = append(bans, m)
			}
		}
		return nil
	})
	return bans, err
}

// LiftBan lifts a ban. It is no error when there is none.
func (s *Service) LiftBan(ctx context.Context, id, actor, pubkey string) error {
	if !IsPubkey(pubkey) && !IsGuest(pubkey) {
		return invalid("pubkey", notPubkey, "Take it from the list of bans.")
	}
	return s.write(ctx, id, func(tx Tx) error {
		if _, err := tx.Nest(id); err != nil {
			return err
		}
		by, err := tx.Member(id, actor)
		if err != nil {
			return err
		}
		if !by.Moderates() || by.BannedNow(s.now()) {
			return forbidden("Only the host and moderators can lift a ban")
		}
		m, err := tx.Member(id, pubkey)
		if err != nil || !m.Banned {
			return err
		}
		m.Banned, m.BannedAt, m.BanUntil, m.Updated = false, 0, 0, s.now()
		if err := s.audit(tx, AuditEntry{Actor: actor, Action: ActionBanLift, Target: pubkey, Nest: id}); err != nil {
			return err
		}
		return tx.PutMember(m)
	})
}
