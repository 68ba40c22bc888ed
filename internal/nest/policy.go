package nest

// authorizeEntry decides for every entry point whether a user may enter: nil, or the refusal. m is the user's row, zero
// for a non-member.
func authorizeEntry(n Nest, m Member, isGuest bool, now int64) error {
	switch {
	case n.Status == Ended:
		return ended(n)
	case m.BannedNow(now) && isGuest:
		return &Error{
			Code:    CodeBanned,
			Message: "You were removed from this nest",
			Hint:    "Ask the host to let you in again.",
		}
	case m.BannedNow(now):
		return &Error{Code: CodeBanned, Message: "You are banned from this nest", Hint: "Ask the host to lift the ban."}
	case n.Access == Private && !mayEnterPrivate(m):
		return errPrivate()
	case n.Status == Planned && !m.Moderates() && !m.OnStage:
		return notStarted(n)
	case isGuest && !n.Guests:
		return &Error{
			Code:    CodeGuests,
			Message: "This nest does not admit guests",
			Hint:    "Log in with a Nostr key to listen.",
		}
	}
	return nil
}

// AuthorizeRead is nil when m may read what belongs to the nest: its space, its chat and the list of participants. It
// does not matter whether the nest is live; only a private nest refuses.
func AuthorizeRead(n Nest, m Member, now int64) error {
	if n.Access != Private || mayEnterPrivate(m) && !m.BannedNow(now) {
		return nil
	}
	return errPrivate()
}

// AuthorizeConnection is nil when the store allows this identity to be connected to the nest's room now.
func AuthorizeConnection(n Nest, m Member, identity string, now int64) error {
	if !isUserIdentity(identity) {
		return errNoIdentity()
	}
	return authorizeEntry(n, m, IsGuest(identity), now)
}

// mayEnterPrivate reports whether m may enter a private nest, apart from bans.
func mayEnterPrivate(m Member) bool { return m.Moderates() || m.OnStage || m.HasAccess }

// grant is what a member may do on the media plane.
func grant(m Member) Grant { return Grant{Publish: m.OnStage} }

// authorizeChange is nil when actor may make the change to target, whose key is never empty.
func authorizeChange(actor, target Member, c PermissionChange) error {
	isSelf := actor.Pubkey == target.Pubkey
	if c.Publish != nil {
		switch {
		case isSelf && !*c.Publish, isSelf && actor.Role == RoleHost:
		case target.Role == RoleHost:
			return forbidden("Only the host can change whether the host is on stage")
		case !actor.Moderates():
			return forbidden("Only the host and moderators decide who is on stage")
		}
	}
	if c.Admin != nil {
		switch {
		case actor.Role != RoleHost:
			return forbidden("Only the host can add or remove moderators")
		case target.Role == RoleHost && !*c.Admin:
			return forbidden("The host cannot give up the host role")
		}
	}
	if c.Mute != nil && !isSelf {
		switch {
		case !actor.Moderates():
			return forbidden("Only the host and moderators can mute others")
		case target.Role == RoleHost:
			return forbidden("Only the host can mute the host")
		}
	}
	return nil
}

// authorizeRemoval is nil when actor may remove or ban target.
func authorizeRemoval(actor, target Member) error {
	switch {
	case !actor.Moderates():
		return forbidden("Only the host and moderators can remove others")
	case target.Role == RoleHost:
		return forbidden("The host cannot be removed")
	case target.Role == RoleAdmin && actor.Role != RoleHost:
		return forbidden("Only the host can remove a moderator")
	}
	return nil
}
