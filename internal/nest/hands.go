package nest

import (
	"context"
	"slices"
)

// SetHand raises or lowers a hand. Users set their own; moderators can lower another's.
func (s *Service) SetHand(ctx context.Context, id, actor, target string, raised bool) error {
	if target == "" {
		target = actor
	}
	if !IsPubkey(target) {
		return invalid("participant", "participant is not a 64-digit hex public key", "Send the pubkey in hex.")
	}
	return s.change(ctx, id, actor, func(tx Tx, n *Nest, by Member) error {
		if err := authorizeEntry(*n, by, false, s.now()); err != nil {
			return err
		}
		if target != actor && raised {
			return forbidden("Nobody can raise another user's hand")
		}
		if target != actor && !by.Moderates() {
			return forbidden("Only the host and moderators can lower another user's hand")
		}
		m, err := tx.Member(id, target)
		if err != nil || raised && m.OnStage {
			return err
		}
		if raised == (m.Hand != 0) && (!raised || m.HandFrom == handByAPI) {
			return nil
		}
		if raised && m.Hand == 0 {
			if err := s.checkHandLimit(tx, id, target); err != nil {
				return err
			}
		}
		m.setHand(raised, s.now())
		if target != actor {
			entry := AuditEntry{Actor: actor, Action: ActionHandLower, Target: target, Nest: id}
			if err := s.audit(tx, entry); err != nil {
				return err
			}
		}
		return tx.PutMember(m)
	})
}

// setHand sets the hand by API. A hand that an event raised belongs to the API from now on.
func (m *Member) setHand(raised bool, now int64) {
	m.Updated, m.HandAt, m.HandFrom = now, now, handByAPI
	switch {
	case !raised:
		m.Hand = 0
	case m.Hand == 0:
		m.Hand = now
	}
}

func (s *Service) checkHandLimit(tx Tx, id, pubkey string) error {
	mayRaise, err := s.mayRaiseHand(tx, id, pubkey)
	if err != nil || mayRaise {
		return err
	}
	return &Error{
		Code:    CodeForbidden,
		Message: "Too many users outside this nest have raised a hand",
		Hint:    "Join the nest, then raise your hand.",
	}
}

// mayRaiseHand is true for participants, and for other keys until maxHandsOutside is reached.
func (s *Service) mayRaiseHand(tx Tx, id, pubkey string) (bool, error) {
	participants, _ := s.Presence.Participants(id)
	isInside := make(map[string]bool, len(participants))
	for _, p := range participants {
		isInside[p.Identity] = true
	}
	if isInside[pubkey] {
		return true, nil
	}
	members, err := tx.Members(id)
	outside := 0
	for _, m := range members {
		if m.Hand != 0 && !isInside[m.Pubkey] {
			outside++
		}
	}
	return outside < maxHandsOutside, err
}

// ExpireHands lowers the hands whose presence expired and those of members who stayed away for hours. It also clears
// times of lowered hands that are too old to matter.
func (s *Service) ExpireHands(ctx context.Context) error {
	now := s.now()
	expired := func(tx Tx) ([]Member, error) { return tx.ExpiredHands(now, now-signalMaxAge, now-handMaxAbsence) }
	var changed []Member
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		changed, err = expired(tx)
		changed = slices.DeleteFunc(changed, func(m Member) bool { return m == m.expireHand(now, s.isAbsent(m)) })
		return err
	})
	if err != nil || len(changed) == 0 {
		return err
	}
	lowered := map[string]bool{}
	err = s.Store.Write(ctx, func(tx Tx) error {
		clear(lowered)
		members, err := expired(tx)
		if err != nil {
			return err
		}
		for _, before := range members {
			after := before.expireHand(now, s.isAbsent(before))
			if after == before {
				continue
			}
			if err := tx.PutMember(after); err != nil {
				return err
			}
			if before.Hand != after.Hand {
				lowered[before.Nest] = true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id := range lowered {
		s.Log.InfoContext(ctx, "hand lowered", "nest", id, "why", "its presence expired, or its member stayed away")
		s.Wake(id)
	}
	return nil
}

// expireHand is the member after the expiry of a presence, of a hand whose member stayed away, and of an old HandAt.
func (m Member) expireHand(now int64, isAbsent bool) Member {
	if m.HandClaim > 0 && m.HandClaim <= now {
		m.HandClaim = 0
		if m.HandFrom == handByPresence {
			m.Hand, m.HandFrom = 0, handByAPI
		}
		m.Updated = now
	}
	if isAbsent && m.HandClaim == 0 && m.Hand != 0 && m.Hand <= now-handMaxAbsence {
		m.Hand, m.HandFrom, m.Updated = 0, handByAPI, now
	}
	if m.Hand == 0 && m.HandClaim == 0 && m.HandAt <= now-signalMaxAge {
		m.HandAt = 0
	}
	return m
}

// isAbsent is true when a member is known not to be connected; false while LiveKit does not answer.
func (s *Service) isAbsent(m Member) bool {
	participants, isKnown := s.Presence.Participants(m.Nest)
	return isKnown && !slices.ContainsFunc(participants, func(p Participant) bool { return p.Identity == m.Pubkey })
}
