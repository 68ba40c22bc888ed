package nest

// authorizeEntry is the one answer every door gives to a person: nil, or the refusal. m is the visitor's row, zero for a stranger.
func authorizeEntry(n Nest, m Member, guest bool, now int64) error {
	switch {
	case n.Status == Ended:
		return ended(n)
	case m.BannedNow(now) && guest:
		return &Error{Code: CodeBanned, Message: "You were removed from this nest", Hint: "Ask the host to let you in again."}
	case m.BannedNow(now):
		return &Error{Code: CodeBanned, Message: "You are banned from this nest", Hint: "Ask the host to lift the ban."}
	case n.Access == Private && !mayEnterPrivate(m):
		return &Error{Code: CodePrivate, Message: "This nest is private", Hint: "Ask the host for a place or an invite."}
	case n.Status == Planned && !m.Moderates() && !m.OnStage:
		return notStarted(n)
	case guest && !n.Guests:
		return &Error{Code: CodeGuests, Message: "This nest does not admit guests", Hint: "Log in with a Nostr key to listen."}
	}
	return nil
}

// mayEnterPrivate says whether a private nest has a place for m.
func mayEnterPrivate(m Member) bool { return m.Moderates() || m.OnStage || m.HasAccess }

// grant is what the store's truth makes of a member on the media plane.
func grant(m Member) Grant { return Grant{Publish: m.OnStage} }

// authorizeChange says whether actor may make the change to target, whose key is never empty.
func authorizeChange(actor, target Member, c PermissionChange) error {
	self := actor.Pubkey == target.Pubkey
	if c.Publish != nil {
		switch {
		case self && !*c.Publish, self && actor.Role == RoleHost:
		case target.Role == RoleHost:
			return forbidden("Only the host moves the host")
		case !actor.Moderates():
			return forbidden("Only the host and moderators decide who is on stage")
		}
	}
	if c.Admin != nil {
		switch {
		case actor.Role != RoleHost:
			return forbidden("Only the host makes and unmakes moderators")
		case target.Role == RoleHost && !*c.Admin:
			return forbidden("The host cannot give up the host's own role")
		}
	}
	if c.Mute != nil && !self {
		switch {
		case !actor.Moderates():
			return forbidden("Only the host and moderators mute others")
		case target.Role == RoleHost:
			return forbidden("Nobody mutes the host but the host")
		}
	}
	return nil
}

// authorizeRemoval says whether actor may remove or ban target.
func authorizeRemoval(actor, target Member) error {
	switch {
	case !actor.Moderates():
		return forbidden("Only the host and moderators remove people")
	case target.Role == RoleHost:
		return forbidden("Nobody removes the host")
	case target.Role == RoleAdmin && actor.Role != RoleHost:
		return forbidden("Only the host removes a moderator")
	}
	return nil
}

// AuthorizeConnection is nil when the store lets this identity be connected to the nest's room now, else why not.
func AuthorizeConnection(n Nest, m Member, identity string, now int64) error {
	if !IsPubkey(identity) && !IsGuest(identity) {
		return forbidden("This identity is neither a key nor a guest")
	}
	return authorizeEntry(n, m, IsGuest(identity), now)
}
