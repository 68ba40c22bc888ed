package nest

// applyClaims gives the roles that appear in a space and takes the roles that disappear. A space without any claim
// takes none: some clients know only the host's p tag.
func (s *Service) applyClaims(tx Tx, n Nest, before, after map[string]Claim, at, now int64) error {
	for pubkey, claim := range after {
		if before[pubkey] != claim {
			if err := s.applyClaim(tx, n, pubkey, before[pubkey], claim, at, now); err != nil {
				return err
			}
		}
	}
	if len(after) == 0 {
		return nil
	}
	for pubkey, claim := range before {
		if _, remains := after[pubkey]; !remains {
			if err := s.applyClaim(tx, n, pubkey, claim, ClaimNone, at, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// applyClaim changes one member's role and stage from one claim to the next, unless a later statement about them is
// stored. The host's own role never changes.
func (s *Service) applyClaim(tx Tx, n Nest, pubkey string, from, to Claim, at, now int64) error {
	if pubkey == n.Host {
		return nil
	}
	m, err := tx.Member(n.ID, pubkey)
	if err != nil {
		return err
	}
	before := m
	if at >= m.RoleAt && (to == ClaimAdmin || from == ClaimAdmin) {
		m.Role, m.RoleAt = RoleMember, at
		if to == ClaimAdmin {
			m.Role = RoleAdmin
		}
	}
	// A speaker who becomes a moderator stays on stage.
	if at >= m.StageAt && (to == ClaimSpeaker || from == ClaimSpeaker && to != ClaimAdmin) {
		m.OnStage, m.StageAt = to == ClaimSpeaker, at
		if m.OnStage {
			m.Hand = 0
		}
	}
	if err := s.auditMemberChange(tx, n.Host, before, m); err != nil {
		return err
	}
	m.Updated = now
	return tx.PutMember(m)
}
