package nest

import (
	"context"
	"maps"
	"strconv"
	"strings"
)

// Admit decides whether an identity may be in a room now, and with which grant. The gate calls it at every connect and
// reconnect. Its answer overrides what an older token states.
func (s *Service) Admit(ctx context.Context, room, identity string) (Admission, error) {
	if IsTestRoom(room) {
		return s.admitToTestRoom(ctx, room, identity)
	}
	if !isUserIdentity(identity) {
		return Admission{}, errNoIdentity()
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
	if err := s.checkEntry(n, m, identity); err != nil {
		return Admission{}, err
	}
	a := admission(n, m, identity)
	a.Room = s.Room(n, members)
	return a, nil
}

// RecordRoom stores which LiveKit room now carries the nest. It refuses the room of an earlier generation that is still
// closing, and a nest that has ended in the meantime.
func (s *Service) RecordRoom(ctx context.Context, room, sid string) error {
	if IsTestRoom(room) {
		return nil
	}
	check := func(n Nest) (isRecorded bool, err error) {
		switch {
		case n.Status == Ended:
			return false, ended(n)
		case sid == n.StaleSID:
			return false, MediaUnavailable(ErrClosing)
		}
		return n.RoomSID == sid, nil
	}
	var isRecorded bool
	err := s.read(ctx, room, func(tx Tx) error {
		n, err := tx.Nest(room)
		if err == nil {
			isRecorded, err = check(n)
		}
		return err
	})
	if err != nil || isRecorded {
		return err
	}
	return s.write(ctx, room, func(tx Tx) error {
		n, err := tx.Nest(room)
		if err != nil {
			return err
		}
		if isRecorded, err := check(n); err != nil || isRecorded {
			return err
		}
		n.RoomSID = sid
		return tx.PutNest(n) // the intent is the same, so the revision is too
	})
}

// nestAndMember reads a nest and one identity's row in it.
func (s *Service) nestAndMember(ctx context.Context, id, identity string) (n Nest, m Member, err error) {
	err = s.read(ctx, id, func(tx Tx) error {
		if n, err = tx.Nest(id); err == nil {
			m, err = tx.Member(id, identity)
		}
		return err
	})
	return n, m, err
}

// checkEntry is nil when an identity can enter now. It checks, in this order: policy, LiveKit, capacity.
func (s *Service) checkEntry(n Nest, m Member, identity string) error {
	if err := authorizeEntry(n, m, IsGuest(identity), s.now()); err != nil {
		return err
	}
	if err := s.Presence.CheckAvailable(); err != nil {
		return err
	}
	return s.checkCapacity(n, m, identity)
}

// checkCapacity refuses entry to a nest at capacity. It never refuses moderators, nor an identity that is connected
// already.
func (s *Service) checkCapacity(n Nest, m Member, identity string) error {
	if s.MaxParticipants == 0 || m.Moderates() {
		return nil
	}
	participants, _ := s.Presence.Participants(n.ID)
	if len(participants) < s.MaxParticipants {
		return nil
	}
	count := 0
	for _, p := range participants {
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
	return &Error{
		Code:       CodeFull,
		Message:    "This nest is full",
		Hint:       "Try again in a moment.",
		Nest:       &n,
		RetryAfter: retryWhenFull,
	}
}

// admission is the answer about a member. Its Room has the name only.
func admission(n Nest, m Member, identity string) Admission {
	return Admission{
		Identity:   identity,
		Grant:      grant(m),
		Room:       Room{Name: n.ID},
		Attributes: Attributes(m),
	}
}

// Attributes are the LiveKit attributes of members on stage or with a raised hand. Other listeners have none, so that
// LiveKit sends no update about them in large rooms.
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

// SameAttributes compares the two attributes that the server writes. An empty value equals an absent one.
func SameAttributes(a, b map[string]string) bool {
	own := func(m map[string]string) map[string]string {
		return map[string]string{AttributeRole: m[AttributeRole], AttributeHand: m[AttributeHand]}
	}
	return maps.Equal(own(a), own(b))
}

// MemberOf returns the row of an identity among members, or that of a listener when it has none.
func MemberOf(members []Member, nestID, identity string) Member {
	for _, m := range members {
		if m.Pubkey == identity {
			return m
		}
	}
	return Member{Nest: nestID, Pubkey: identity, Role: RoleMember}
}

// isPerson is false for connection tests and recorders.
func isPerson(identity string) bool {
	return !strings.HasPrefix(identity, TestRoomPrefix) && !strings.HasPrefix(identity, RecorderPrefix)
}
