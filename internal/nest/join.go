package nest

import "context"

// Caller is who stands at a door.
type Caller struct {
	Pubkey   string   // proven, "" for who has no key
	GuestIDs []string // identities this browser may be a guest by, in the order of preference
	NewGuest bool     // the guest identities are new: nothing can be known of them
	Invite   string   // the secret of an invite, "" without
}

// identities are all the names under which the store may know the visitor.
func (v Caller) identities() []string {
	if v.Pubkey != "" {
		return []string{v.Pubkey}
	}
	if v.NewGuest {
		return nil
	}
	return v.GuestIDs
}

// memberFor is the row by which a visitor is judged. An invite that would open the nest counts as a place, and is not used up
// by being looked at.
func (s *Service) memberFor(tx Tx, n Nest, v Caller) (Member, error) {
	stranger := Member{Nest: n.ID, Pubkey: v.Pubkey}
	for _, identity := range v.identities() {
		m, err := tx.Member(n.ID, identity)
		if err != nil || m.BannedNow(s.now()) || mayEnterPrivate(m) {
			return m, err
		}
	}
	if n.Access != Private || v.Invite == "" {
		return stranger, nil
	}
	_, err := findInvite(tx, n.ID, v.Invite, s.now())
	stranger.HasAccess = true
	return stranger, err
}

// authorizeRead is AuthorizeRead for a visitor; what is public is read without asking who reads.
func (s *Service) authorizeRead(tx Tx, n Nest, v Caller) error {
	if n.Access != Private {
		return nil
	}
	m, err := s.memberFor(tx, n, v)
	if err == nil && m.BannedNow(s.now()) {
		return authorizeEntry(n, m, m.Pubkey != v.Pubkey, s.now())
	}
	if err != nil {
		return err
	}
	return AuthorizeRead(n, m, s.now())
}

// JoinAsGuest lets somebody without a key listen, under the first of the identities that is not inside already: each tab of a
// browser is a participant of its own. What one of them may, all may; who was removed under one is removed.
func (s *Service) JoinAsGuest(ctx context.Context, id string, v Caller) (Entry, error) {
	identity := s.unusedGuestID(id, v.GuestIDs)
	var n Nest
	m := Member{Nest: id, Pubkey: identity}
	placed := false
	err := s.read(ctx, id, func(tx Tx) (err error) {
		if n, err = tx.Nest(id); err != nil || v.NewGuest {
			return err
		}
		var rows []Member
		for _, known := range v.GuestIDs {
			row, err := tx.Member(id, known)
			if err != nil {
				return err
			}
			rows = append(rows, row)
			placed = placed || known == identity && row.HasAccess
		}
		m = guestMember(Member{Nest: id, Pubkey: identity}, rows, s.now())
		return nil
	})
	if err != nil {
		return Entry{}, err
	}
	if m.HasAccess && !placed { // another tab's: the gate asks for this identity's own
		if err := s.copyAccess(ctx, id, identity); err != nil {
			return Entry{}, err
		}
	}
	return s.admit(ctx, n, m, identity, v.Invite)
}

// guestMember is m with what a browser may by the rows of its identities: the place of any, and the ban of any.
func guestMember(m Member, rows []Member, now int64) Member {
	for _, row := range rows {
		if row.BannedNow(now) {
			return row
		}
		m.HasAccess = m.HasAccess || row.HasAccess
	}
	return m
}

// EvaluateJoin is what Join and Guest would say to a visitor, by the rows of the nest alone, and the row that decides. invite is what Invited
// says of the visitor's invite, when there is one.
func EvaluateJoin(n Nest, members []Member, v Caller, invite error, now int64) (Member, error) {
	guest := v.Pubkey == ""
	m := MemberOf(members, n.ID, v.Pubkey)
	if guest {
		var rows []Member
		for _, identity := range v.identities() {
			rows = append(rows, MemberOf(members, n.ID, identity))
		}
		m = guestMember(m, rows, now)
	}
	err := authorizeEntry(n, m, guest, now)
	if CodeOf(err) == CodePrivate && v.Invite != "" && (n.Guests || !guest) {
		if err = invite; err == nil {
			m.HasAccess = true
			err = authorizeEntry(n, m, guest, now)
		}
	}
	return m, err
}

// InviteReader reads one invite by the hash of its secret; ErrNoRow when there is none.
type InviteReader interface {
	Invite(nestID, secretHash string) (Invite, error)
}

// CheckInvite is nil when the secret of an invite opens the nest, which does not use it up.
func CheckInvite(tx InviteReader, n Nest, secret string, now int64) error {
	_, err := findInvite(tx, n.ID, secret, now)
	return err
}

// Join lets a key in.
func (s *Service) Join(ctx context.Context, id, pubkey, invite string) (Entry, error) {
	n, m, err := s.nestAndMember(ctx, id, pubkey)
	if err != nil {
		return Entry{}, err
	}
	return s.admit(ctx, n, m, pubkey, invite)
}

// admit asks the policy; an invite is redeemed only where nothing but the nest's being private stands in the way.
func (s *Service) admit(ctx context.Context, n Nest, m Member, identity, invite string) (Entry, error) {
	if err := s.CheckBlocked(identity); err != nil {
		return Entry{}, err
	}
	err := authorizeEntry(n, m, IsGuest(identity), s.now())
	if CodeOf(err) == CodePrivate && invite != "" && (n.Guests || !IsGuest(identity)) {
		if m, err = s.redeem(ctx, n.ID, identity, invite); err != nil {
			return Entry{}, err
		}
	}
	if err := s.authorizeConnect(n, m, identity); err != nil {
		return Entry{}, err
	}
	return Entry{Nest: n, Admission: admission(n, m, identity)}, nil
}

// copyAccess gives the place that a browser has by one guest identity to another of the same browser.
func (s *Service) copyAccess(ctx context.Context, id, identity string) error {
	return s.write(ctx, id, func(tx Tx) error {
		m, err := tx.Member(id, identity)
		if err != nil || m.HasAccess {
			return err
		}
		m.HasAccess, m.Updated = true, s.now()
		return tx.PutMember(m)
	})
}

// unusedGuestID is the first identity that is not in the nest now; when all are, the last one moves here from its tab.
func (s *Service) unusedGuestID(id string, identities []string) string {
	people, _ := s.Presence.Participants(id)
	for i, identity := range identities {
		taken := false
		for _, p := range people {
			taken = taken || p.Identity == identity
		}
		if !taken || i == len(identities)-1 {
			return identity
		}
	}
	return GuestPrefix + s.NewID()
}
