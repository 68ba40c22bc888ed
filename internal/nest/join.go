package nest

import "context"

// Caller is a user as an entry point knows them.
type Caller struct {
	Pubkey   string   // verified; "" without a key
	GuestIDs []string // guest identities of this browser, the preferred one first
	NewGuest bool     // the guest identities are new, so the store has no rows of them
	Invite   string   // the secret of an invite; "" without one
}

// storedIdentities are the identities under which the store may have rows of the caller.
func (c Caller) storedIdentities() []string {
	if c.Pubkey != "" {
		return []string{c.Pubkey}
	}
	if c.NewGuest {
		return nil
	}
	return c.GuestIDs
}

// memberFor returns the row that decides what a caller may read. A valid invite counts as access, and reading does not
// use it up.
func (s *Service) memberFor(tx Tx, n Nest, c Caller) (Member, error) {
	nonMember := Member{Nest: n.ID, Pubkey: c.Pubkey}
	for _, identity := range c.storedIdentities() {
		m, err := tx.Member(n.ID, identity)
		if err != nil || m.BannedNow(s.now()) || mayEnterPrivate(m) {
			return m, err
		}
	}
	if n.Access != Private || c.Invite == "" {
		return nonMember, nil
	}
	_, err := findInvite(tx, n.ID, c.Invite, s.now())
	nonMember.HasAccess = true
	return nonMember, err
}

// authorizeRead is AuthorizeRead for a caller. A public nest is readable without a look at the caller's rows.
func (s *Service) authorizeRead(tx Tx, n Nest, c Caller) error {
	if n.Access != Private {
		return nil
	}
	m, err := s.memberFor(tx, n, c)
	if err == nil && m.BannedNow(s.now()) {
		return authorizeEntry(n, m, m.Pubkey != c.Pubkey, s.now())
	}
	if err != nil {
		return err
	}
	return AuthorizeRead(n, m, s.now())
}

// Join admits a key. A valid invite gives it access to a private nest.
func (s *Service) Join(ctx context.Context, id, pubkey, invite string) (Entry, error) {
	n, m, err := s.nestAndMember(ctx, id, pubkey)
	if err != nil {
		return Entry{}, err
	}
	return s.admit(ctx, n, m, pubkey, invite)
}

// JoinAsGuest admits a caller without a key as a listener, under the first guest identity that is not connected: each
// tab of a browser is a participant of its own. Access and bans of one identity hold for all identities of the browser.
func (s *Service) JoinAsGuest(ctx context.Context, id string, c Caller) (Entry, error) {
	identity := s.unusedGuestID(id, c.GuestIDs)
	var n Nest
	m := Member{Nest: id, Pubkey: identity}
	hasOwnAccess := false
	err := s.read(ctx, id, func(tx Tx) (err error) {
		if n, err = tx.Nest(id); err != nil || c.NewGuest {
			return err
		}
		var rows []Member
		for _, guestID := range c.GuestIDs {
			row, err := tx.Member(id, guestID)
			if err != nil {
				return err
			}
			rows = append(rows, row)
			hasOwnAccess = hasOwnAccess || guestID == identity && row.HasAccess
		}
		m = guestMember(Member{Nest: id, Pubkey: identity}, rows, s.now())
		return nil
	})
	if err != nil {
		return Entry{}, err
	}
	if m.HasAccess && !hasOwnAccess { // the gate reads the row of this identity only
		if err := s.copyAccess(ctx, id, identity); err != nil {
			return Entry{}, err
		}
	}
	return s.admit(ctx, n, m, identity, c.Invite)
}

// guestMember is m with the access or the ban of any identity of the same browser.
func guestMember(m Member, rows []Member, now int64) Member {
	for _, row := range rows {
		if row.BannedNow(now) {
			return row
		}
		m.HasAccess = m.HasAccess || row.HasAccess
	}
	return m
}

// admit checks entry, and redeems the invite if the nest being private is the only obstacle.
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
	if err := s.checkEntry(n, m, identity); err != nil {
		return Entry{}, err
	}
	return Entry{Nest: n, Admission: admission(n, m, identity)}, nil
}

// EvaluateJoin returns the error that the policy would give Join or JoinAsGuest, and the row that decides. It changes
// nothing. inviteErr is what CheckInvite returned for the caller's invite.
func EvaluateJoin(n Nest, members []Member, c Caller, inviteErr error, now int64) (Member, error) {
	isGuest := c.Pubkey == ""
	m := MemberOf(members, n.ID, c.Pubkey)
	if isGuest {
		var rows []Member
		for _, identity := range c.storedIdentities() {
			rows = append(rows, MemberOf(members, n.ID, identity))
		}
		m = guestMember(m, rows, now)
	}
	err := authorizeEntry(n, m, isGuest, now)
	if CodeOf(err) == CodePrivate && c.Invite != "" && (n.Guests || !isGuest) {
		if err = inviteErr; err == nil {
			m.HasAccess = true
			err = authorizeEntry(n, m, isGuest, now)
		}
	}
	return m, err
}

// InviteReader reads one invite by the hash of its secret; ErrNoRow when there is none.
type InviteReader interface {
	Invite(nestID, secretHash string) (Invite, error)
}

// CheckInvite is nil when the secret of an invite is valid for the nest. It does not use the invite up.
func CheckInvite(tx InviteReader, n Nest, secret string, now int64) error {
	_, err := findInvite(tx, n.ID, secret, now)
	return err
}

// copyAccess gives a guest identity the access that another identity of the same browser has.
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

// unusedGuestID returns the first identity that is not connected to the nest. When all are, it returns the last one:
// LiveKit then disconnects the tab that used it.
func (s *Service) unusedGuestID(id string, identities []string) string {
	participants, _ := s.Presence.Participants(id)
	for i, identity := range identities {
		isConnected := false
		for _, p := range participants {
			isConnected = isConnected || p.Identity == identity
		}
		if !isConnected || i == len(identities)-1 {
			return identity
		}
	}
	return GuestPrefix + s.NewID()
}
