package nest

import "context"

// GrantAccess allows a key or a guest identity to enter a private nest. It does not lift a ban.
func (s *Service) GrantAccess(ctx context.Context, id, actor, identity string) error {
	return s.setAccess(ctx, id, actor, identity, true)
}

// RevokeAccess takes access back. A participant who may not stay without it is disconnected.
func (s *Service) RevokeAccess(ctx context.Context, id, actor, identity string) error {
	return s.setAccess(ctx, id, actor, identity, false)
}

func (s *Service) setAccess(ctx context.Context, id, actor, identity string, hasAccess bool) error {
	if !isUserIdentity(identity) {
		return invalid("pubkey", notPubkey, "Send the pubkey in hex, not as npub.")
	}
	mustLeave := false
	err := s.change(ctx, id, actor, func(tx Tx, n *Nest, _ Member) error {
		mustLeave = false
		if err := s.authorizeInvites(tx, *n, actor); err != nil {
			return err
		}
		m, err := tx.Member(id, identity)
		if err != nil || m.HasAccess == hasAccess {
			return err
		}
		m.HasAccess, m.Updated = hasAccess, s.now()
		if !hasAccess {
			m.Hand = 0
		}
		mustLeave = AuthorizeConnection(*n, m, identity, s.now()) != nil
		entry := AuditEntry{Actor: actor, Action: ActionAccessRevoke, Target: identity, Nest: id}
		if hasAccess {
			entry.Action = ActionAccessGrant
		}
		if err := s.audit(tx, entry); err != nil {
			return err
		}
		return tx.PutMember(m)
	})
	if err != nil || !mustLeave {
		return err
	}
	return s.Media.Remove(ctx, id, identity)
}

// MembersWithAccess lists the members who may enter a private nest by access, stage or role. Only the host and
// moderators may see it.
func (s *Service) MembersWithAccess(ctx context.Context, id, actor string) ([]Member, error) {
	list := []Member{}
	err := s.read(ctx, id, func(tx Tx) error {
		list = list[:0]
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
				list = append(list, m)
			}
		}
		return err
	})
	return list, err
}
