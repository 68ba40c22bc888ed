package api

import (
	"context"
	"net/http"
	"slices"

	"nests/internal/diagnose"
	"nests/internal/nest"
)

// diagnostics explains one nest. It alone answers 200 for a nest that is unknown, ended or planned, because it
// reports why the other endpoints refuse. It refuses non-members of a private nest.
func (h *handler) diagnostics(x *exchange) error {
	pubkey, err := h.optionalKey(x)
	if err != nil {
		return err
	}
	caller := nest.Caller{Pubkey: pubkey, GuestIDs: guestIdentities(x.r, x.id), Invite: inviteOf(x.r)}
	ctx, cancel := context.WithTimeout(x.r.Context(), partTimeout) // a database that hangs is for the report
	defer cancel()
	view, err := h.Nests.Info(ctx, x.id, caller)
	switch nest.CodeOf(err) {
	case nest.CodePrivate, nest.CodeBanned, nest.CodeInviteInvalid, nest.CodeInviteExpired, nest.CodeInviteUsed:
		return err
	}
	viewer := h.viewer(pubkey)
	if viewer < diagnose.Admin && err == nil && slices.Contains(view.Admins, pubkey) {
		viewer = diagnose.Admin
	}
	report := h.Diagnose.NestReport(x.r.Context(), x.id, caller, viewer >= diagnose.Admin)
	return x.json(http.StatusOK, report.VisibleTo(viewer))
}

// serverDiagnostics reports on the server alone.
func (h *handler) serverDiagnostics(x *exchange) error {
	pubkey, err := h.optionalKey(x)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, h.Diagnose.Report(x.r.Context()).VisibleTo(h.viewer(pubkey)))
}

// optionalKey is the key that the request proves, or "" for a guest. An expired session counts as a guest; a signed
// request that is wrong is refused, because its code is what the client's author needs.
func (h *handler) optionalKey(x *exchange) (string, error) {
	signed := x.r.Header.Get("Authorization") != ""
	if _, err := x.r.Cookie(sessionCookie); err != nil && !signed {
		return "", nil
	}
	step := x.step
	pubkey, err := h.authenticate(x, authKey, false)
	if err != nil && !signed {
		return "", nil
	}
	if err == nil {
		err = h.limitKey(x.r, limitJoin, pubkey)
	}
	if err == nil {
		x.step = step
	}
	return pubkey, err
}

// viewer is the operator for the configured keys and for the server's own key, which nests doctor signs with.
func (h *handler) viewer(pubkey string) diagnose.Viewer {
	if h.Keys.IsOperator(pubkey) {
		return diagnose.Operator
	}
	return diagnose.Guest
}
