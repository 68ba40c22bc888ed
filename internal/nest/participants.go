package nest

import "context"

// ParticipantView is somebody who is in a nest now.
type ParticipantView struct {
	Identity string
	Pubkey   string // "" for a guest
	Role     Role
	OnStage  bool
	Muted    bool
	Hand     int64 // unix ms since the hand is up, 0 when down
}

// guestRemoval is how long a removed guest's identity stays out, in milliseconds.
const guestRemoval = 12 * 60 * 60 * 1000

// Participants is who is here. It asks the policy of every door.
func (s *Service) Participants(ctx context.Context, id string, v Caller) ([]ParticipantView, error) {
	var n Nest
	var members []Member
	err := s.read(ctx, id, func(tx Tx) (err error) {
		if n, err = tx.Nest(id); err != nil {
			return err
		}
		m, err := s.memberFor(tx, n, v)
		if err == nil {
			err = authorizeEntry(n, m, false, s.now())
		}
		if err == nil {
			members, err = tx.Members(id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	inside, known := s.Presence.Participants(id)
	if !known {
		return nil, MediaUnavailable(nil)
	}
	return s.persons(id, inside, members), nil
}

// persons are those inside who are people, with what the store says of them.
func (s *Service) persons(id string, inside []Participant, members []Member) []ParticipantView {
	people := []ParticipantView{}
	for _, p := range inside {
		if !isPerson(p.Identity) {
			continue
		}
		m := MemberOf(members, id, p.Identity)
		person := ParticipantView{Identity: p.Identity, Role: m.roleOrMember(), OnStage: m.OnStage, Muted: !p.Unmuted, Hand: m.Hand}
		if IsPubkey(p.Identity) {
			person.Pubkey = p.Identity
		}
		people = append(people, person)
	}
	return people
}

// Remove takes a person off the stage and out of the nest; with ban a key stays out until the ban is lifted. A guest's
// identity stays out for twelve hours either way.
func (s *Service) Remove(ctx context.Context, id, actor, identity string, ban bool) error {
	guest := IsGuest(identity)
	if !guest && !IsPubkey(identity) {
		return invalid("participant", "This is not the identity of a person", "Take it from the participants list.")
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
		if m.OnStage {
			m.OnStage, m.StageAt = false, now
		}
		m.Hand, m.Updated = 0, now
		if guest {
			m.Banned, m.BannedAt, m.BanUntil = true, now, now+guestRemoval
		} else if ban {
			m.Banned, m.BannedAt, m.BanUntil = true, now, 0
			m.Role, m.RoleAt, m.StageAt = RoleMember, now, now
		}
		if err := tx.PutMember(m); err != nil {
			return err
		}
		act := AuditEntry{Actor: actor, Action: ActionKick, Target: identity, Nest: id}
		if ban && !guest {
			act.Action = ActionBan
		}
		if err := s.audit(tx, act); err != nil {
			return err
		}
		return saveNest(tx, n, now)
	})
	if err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "participant to be removed", "nest", id, "by", ShortIdentity(actor), "identity", ShortIdentity(identity), "ban", ban)
	return s.Media.Remove(ctx, id, identity)
}

// Bans lists who is kept out.
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
			return forbidden("Only the host and moderators see the bans")
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

// LiftBan lets somebody in again. Who was not banned is fine.
func (s *Service) LiftBan(ctx context.Context, id, actor, pubkey string) error {
	if !IsPubkey(pubkey) && !IsGuest(pubkey) {
		return invalid("pubkey", "This is not a 64-digit hex public key", "Take it from the bans list.")
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
			return forbidden("Only the host and moderators lift a ban")
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

func (m Member) roleOrMember() Role {
	if m.Role == "" {
		return RoleMember
	}
	return m.Role
}
