package api

import (
	"net/http"

	"nests/internal/nest"
)

// withCaller runs an endpoint that needs no key. It authenticates only after an anonymous refusal, so a bad header
// cannot fail a public request.
func (h *handler) withCaller(x *exchange, endpoint func(nest.Caller) error) error {
	caller := nest.Caller{GuestIDs: guestIdentities(x.r, x.id), Invite: inviteOf(x.r)}
	refusal := endpoint(caller)
	switch nest.CodeOf(refusal) {
	case nest.CodePrivate, nest.CodeNotStarted, nest.CodeInviteInvalid, nest.CodeInviteExpired, nest.CodeInviteUsed:
	default:
		return refusal
	}
	if _, err := x.r.Cookie(sessionCookie); err != nil && x.r.Header.Get("Authorization") == "" {
		return refusal
	}
	step := x.step
	pubkey, err := h.authenticate(x, authKey, false)
	if err != nil {
		return err
	}
	x.step = step
	if err := h.limitKey(x.r, limitJoin, pubkey); err != nil {
		return err
	}
	caller.Pubkey = pubkey
	return endpoint(caller)
}

// inviteOf is the secret of an invite in the query, "" without one.
func inviteOf(r *http.Request) string { return r.URL.Query().Get("invite") }
