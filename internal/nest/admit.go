package nest

import (
	"context"
	"maps"
	"strconv"
	"strings"
)

// Admit is the gate's question at every connect and reconnect: may this identity be in this room now, and with what right?
// Its answer beats whatever an older token says.
func (s *Service) Admit(ctx context.Context, room, identity string) (Admission, error) {
	if IsTestRoom(room) {
		return s.admitToTestRoom(ctx, room, identity)
	}
	if !IsPubkey(identity) && !IsGuest(identity) {
		return Admission{}, forbidden("This identity is neither a key nor a guest")
	}
	if err := s.CheckBlocked(identity); err != nil {
		return Admission{}, err
	}
	var n Nest
	var members []Member
	err := s.read(ctx, room, func(tx Tx) (err error) {
		if n, err = tx.Nest(room); err == nil {
			members, err = tx.Members(room)
		}
		return err
	})
	if err != nil {
		return Admission{}, err
	}
	m := MemberOf(members, room, identity)
	if err := s.authorizeConnect(n, m, identity); err != nil {
		return Admission{}, err
	}
	p := admission(n, m, identity)
	p.Room = s.Room(n, members)
	return p, nil
}

// RecordRoom tells the store which LiveKit room now carries the nest. It refuses a room of an earlier life that is still on its
// way out, and a nest that ended meanwhile.
func (s *Service) RecordRoom(ctx context.Context, room, sid string) error {
	if IsTestRoom(room) {
		return nil
	}
	check := func(n Nest) (known bool, err error) {
		switch {
		case n.Status == Ended:
			return false, ended(n)
		case sid == n.StaleSID:
			return false, MediaUnavailable(ErrClosing)
		}
		return n.RoomSID == sid, nil
	}
	var known bool
	err := s.read(ctx, room, func(tx Tx) error {
		n, err := tx.Nest(room)
		if err == nil {
			known, err = check(n)
		}
		return err
	})
	if err != nil || known {
		return err
	}
	return s.write(ctx, room, func(tx Tx) error {
		n, err := tx.Nest(room)
		if err != nil {
			return err
		}
		if known, err := check(n); err != nil || known {
			return err
		}
		n.RoomSID = sid
		return tx.PutNest(n) // not a change of intent: the revision stays
	})
}

// nestAndMember reads the nest and the visitor's row.
func (s *Service) nestAndMember(ctx context.Context, id, identity string) (n Nest, m Member, err error) {
	err = s.read(ctx, id, func(tx Tx) error {
		if n, err = tx.Nest(id); err == nil {
			m, err = tx.Member(id, identity)
		}
		return err
	})
	return n, m, err
}

// authorizeConnect asks everything a door asks, in this order: policy, LiveKit, capacity.
func (s *Service) authorizeConnect(n Nest, m Member, identity string) error {
	if err := authorizeEntry(n, m, IsGuest(identity), s.now()); err != nil {
		return err
	}
	if err := s.Presence.CheckAvailable(); err != nil {
		return err
	}
	return s.checkCapacity(n, m, identity)
}

// checkCapacity refuses when the nest is full; who is inside already and who moderates is never refused.
func (s *Service) checkCapacity(n Nest, m Member, identity string) error {
	if s.MaxParticipants == 0 || m.Moderates() {
		return nil
	}
	people, _ := s.Presence.Participants(n.ID)
	if len(people) < s.MaxParticipants {
		return nil
	}
	count := 0
	for _, p := range people {
		if p.Identity == identity {
			return nil
		}
		if isPerson(p.Identity) {
			count++
		}
	}
	if count < s.MaxParticipants {
		return nil
	}
	return &Error{Code: CodeFull, Message: "This nest is full", Nest: &n, RetryAfter: fullRetry, Hint: "Try again in a moment."}
}

// admission is what the gate and the token say about a member; its Room carries the name only.
func admission(n Nest, m Member, identity string) Admission {
	return Admission{Identity: identity, Grant: grant(m), Room: Room{Name: n.ID}, Attributes: Attributes(m)}
}

// Attributes are what the server writes for those on stage or with a raised hand. Plain listeners carry none: LiveKit then
// spares large rooms the update.
func Attributes(m Member) map[string]string {
	if !m.OnStage && m.Hand == 0 {
		return nil
	}
	attributes := map[string]string{AttributeRole: string(m.roleOrMember())}
	if m.Hand != 0 {
		attributes[AttributeHand] = strconv.FormatInt(m.Hand, 10)
	}
	return attributes
}

// SameAttributes compares the two attributes the server writes; an empty value is an absent one.
func SameAttributes(a, b map[string]string) bool {
	own := func(m map[string]string) map[string]string {
		return map[string]string{AttributeRole: m[AttributeRole], AttributeHand: m[AttributeHand]}
	}
	return maps.Equal(own(a), own(b))
}

// MemberOf is the row of an identity among members, or a zero one: a listener.
func MemberOf(members []Member, nestID, identity string) Member {
	for _, m := range members {
		if m.Pubkey == identity {
			return m
		}
	}
	return Member{Nest: nestID, Pubkey: identity, Role: RoleMember}
}

func isPerson(identity string) bool {
	return !strings.HasPrefix(identity, TestRoomPrefix) && !strings.HasPrefix(identity, RecorderPrefix)
}
