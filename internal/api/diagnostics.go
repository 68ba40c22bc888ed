package api

import (
	"context"
	"net/http"
	"slices"

	"nests/internal/diagnose"
	"nests/internal/nest"
)

// Diagnose looks at this server, and at one nest as somebody meets it.
type Diagnose interface {
	Whole(ctx context.Context) diagnose.Report
	// Nest is for who stands at the door; wide also asks the nest's outside relays.
	Nest(ctx context.Context, id string, v nest.Visitor, wide bool) diagnose.Report
}

// diagnostics explains one nest. It is the one endpoint that answers 200 for a nest that is unknown, ended or planned: why
// the others refuse is what it is asked. A private nest stays shut.
func (h *handler) diagnostics(c *call) error {
	pubkey, err := h.whoAsks(c)
	if err != nil {
		return err
	}
	v := nest.Visitor{Pubkey: pubkey, Guests: guests(c.r, c.id), Invite: invite(c.r)}
	ctx, cancel := context.WithTimeout(c.r.Context(), partTime) // a database that hangs is what the report is to tell
	defer cancel()
	view, err := h.Service.Info(ctx, c.id, v)
	switch nest.CodeOf(err) {
	case nest.CodePrivate, nest.CodeBanned, nest.CodeInviteInvalid, nest.CodeInviteExpired, nest.CodeInviteUsed:
		return err
	}
	viewer := h.viewer(pubkey)
	if viewer < diagnose.Admin && err == nil && slices.Contains(view.Admins, pubkey) {
		viewer = diagnose.Admin
	}
	report := h.Diagnose.Nest(c.r.Context(), c.id, v, viewer >= diagnose.Admin)
	return c.json(http.StatusOK, report.For(viewer))
}

// serverDiagnostics is the report on the server alone.
func (h *handler) serverDiagnostics(c *call) error {
	pubkey, err := h.whoAsks(c)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, h.Diagnose.Whole(c.r.Context()).For(h.viewer(pubkey)))
}

// whoAsks is the proven key of whoever showed one, "" for anybody else. A session that ran out makes a guest; a signed
// request that is wrong is refused with its own code, because that is an answer, too.
func (h *handler) whoAsks(c *call) (string, error) {
	signed := c.r.Header.Get("Authorization") != ""
	if _, err := c.r.Cookie(sessionCookie); err != nil && !signed {
		return "", nil
	}
	step := c.step
	pubkey, err := h.authenticate(c, authKey, false)
	if err != nil && !signed {
		return "", nil
	}
	if err == nil {
		err = h.limitKey(c.r, limitDoor, pubkey)
	}
	if err == nil {
		c.step = step
	}
	return pubkey, err
}

// viewer is the operator for the keys that the configuration names, and for the server's own key, which the doctor signs with.
func (h *handler) viewer(pubkey string) diagnose.Viewer {
	if h.Service.IsOperator(pubkey) {
		return diagnose.Operator
	}
	return diagnose.Guest
}
