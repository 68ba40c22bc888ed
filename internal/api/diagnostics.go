package api

import (
	"context"
	"net/http"
	"slices"

	"nests/internal/diagnose"
	"nests/internal/nest"
)

// diagnostics explains one nest. It is the one endpoint that answers 200 for a nest that is unknown, ended or planned: why
// the others refuse is what it is asked. A private nest stays shut.
func (h *handler) diagnostics(x *exchange) error {
	pubkey, err := h.whoAsks(x)
	if err != nil {
		return err
	}
	v := nest.Visitor{Pubkey: pubkey, Guests: guests(x.r, x.id), Invite: invite(x.r)}
	ctx, cancel := context.WithTimeout(x.r.Context(), partTime) // a database that hangs is what the report is to tell
	defer cancel()
	view, err := h.Nests.Info(ctx, x.id, v)
	switch nest.CodeOf(err) {
	case nest.CodePrivate, nest.CodeBanned, nest.CodeInviteInvalid, nest.CodeInviteExpired, nest.CodeInviteUsed:
		return err
	}
	viewer := h.viewer(pubkey)
	if viewer < diagnose.Admin && err == nil && slices.Contains(view.Admins, pubkey) {
		viewer = diagnose.Admin
	}
	report := h.Diagnose.NestReport(x.r.Context(), x.id, v, viewer >= diagnose.Admin)
	return x.json(http.StatusOK, report.VisibleTo(viewer))
}

// serverDiagnostics is the report on the server alone.
func (h *handler) serverDiagnostics(x *exchange) error {
	pubkey, err := h.whoAsks(x)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, h.Diagnose.Report(x.r.Context()).VisibleTo(h.viewer(pubkey)))
}

// whoAsks is the proven key of whoever showed one, "" for anybody else. A session that ran out makes a guest; a signed
// request that is wrong is refused with its own code, because that is an answer, too.
func (h *handler) whoAsks(x *exchange) (string, error) {
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
		err = h.limitKey(x.r, limitDoor, pubkey)
	}
	if err == nil {
		x.step = step
	}
	return pubkey, err
}

// viewer is the operator for the keys that the configuration names, and for the server's own key, which the doctor signs with.
func (h *handler) viewer(pubkey string) diagnose.Viewer {
	if h.Keys.IsOperator(pubkey) {
		return diagnose.Operator
	}
	return diagnose.Guest
}
