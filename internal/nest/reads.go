package nest

// AuthorizeRead is nil when m may read what belongs to the nest — its space, its chat, who is there — whether or not it is live.
// Only a private nest keeps that to itself.
func AuthorizeRead(n Nest, m Member, now int64) error {
	if n.Access != Private || mayEnterPrivate(m) && !m.BannedNow(now) {
		return nil
	}
	return &Error{Code: CodePrivate, Message: "This nest is private", Hint: "Ask the host for a place or an invite."}
}
