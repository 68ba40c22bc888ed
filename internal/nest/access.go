package nest

import "context"

// GrantAccess lets a key, or a guest's identity, into a private nest. A ban stays a ban.
func (s *Service) GrantAccess(ctx context.Context, id, actor, identity string) error {
	return s.setAccess(ctx, id, actor, identity, true)
}

// RevokeAccess takes it back: who is inside by nothing else is out.
func (s *Service) RevokeAccess(ctx context.Context, id, actor, identity string) error {
	return s.setAccess(ctx, id, actor, identity, false)
}

func (s *Service) setAccess(ctx context.Context, id, actor, identity string, given bool) error {
	if !IsPubkey(identity) && !IsGuest(identity) {
		return invalid("pubkey", "This is not a 64-digit hex public key", "Send the person's pubkey in hex, not as npub.")
	}
	out := false
	err := s.change(ctx, id, actor, func(tx Tx, n *Nest, _ Member) error {
		out = false
		if err := s.authorizeInvites(tx, *n, actor); err != nil {
			return err
		}
		m, err := tx.Member(id, identity)
		if err != nil || m.HasAccess == given {
			return err
		}
		m.HasAccess, m.Updated = given, s.now()
		if !given {
			m.Hand = 0
		}
		out = AuthorizeConnection(*n, m, identity, s.now()) != nil
		act := AuditEntry{Actor: actor, Action: ActionAccessRevoke, Target: identity, Nest: id}
		if given {
			act.Action = ActionAccessGrant
		}
		if err := s.audit(tx, act); err != nil {
			return err
		}
		return tx.PutMember(m)
	})
	if err != nil || !out {
		return err
	}
	return s.Media.Remove(ctx, id, identity)
}

// MembersWithAccess lists who is inside a nest by place, stage or role, for those who let people in.
func (s *Service) MembersWithAccess(ctx context.Context, id, actor string) ([]Member, error) {
	places := []Member{}
	err := s.read(ctx, id, func(tx Tx) error {
		places = places[:0]
		n, err := tx.Nest(id)
		if err != nil {
			return err
		}
		if err := s.authorizeInvites(tx, n, actor); err != nil {
			return err
		}
		members, err := tx.Members(id)
		for _, m := range members {
			if mayEnterPrivate(m) && !m.BannedNow(s.now()) {
				m.Role = m.roleOrMember()
				places = append(places, m)
			}
		}
		return err
	})
	return places, err
}
