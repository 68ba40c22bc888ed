package api

import (
	"net/http"

	"nests/internal/nest"
)

// members lists who is inside a nest by place, stage or role.
func (s *Server) members(x *exchange) error {
	members, err := s.Members.MembersWithAccess(x.r.Context(), x.id, x.actor)
	if err != nil {
		return err
	}
	body := MembersBody{Members: make([]MemberBody, len(members))}
	for i, m := range members {
		body.Members[i] = MemberBody{Pubkey: m.Pubkey, Role: string(m.Role), OnStage: m.OnStage, Place: m.HasAccess}
	}
	return x.json(http.StatusOK, body)
}

// givePlace lets somebody into a private nest.
func (s *Server) givePlace(x *exchange) error {
	if err := s.Members.GrantAccess(x.r.Context(), x.id, x.actor, x.r.PathValue("pubkey")); err != nil {
		return err
	}
	return x.noContent()
}

// takePlace takes a place back.
func (s *Server) takePlace(x *exchange) error {
	if err := s.Members.RevokeAccess(x.r.Context(), x.id, x.actor, x.r.PathValue("pubkey")); err != nil {
		return err
	}
	return x.noContent()
}

// invite makes an invite.
func (s *Server) invite(x *exchange) error {
	var body InviteBody
	if err := x.decode(&body); err != nil {
		return err
	}
	made, secret, err := s.Invites.Invite(x.r.Context(), x.id, x.actor, nest.InviteRequest{ExpiresAt: body.ExpiresAt, MaxUses: body.MaxUses})
	if err != nil {
		return err
	}
	return x.json(http.StatusCreated, NewInviteBody{ID: made.ID, Invite: secret})
}

// invites lists them, without their secrets.
func (s *Server) invites(x *exchange) error {
	invites, err := s.Invites.Invites(x.r.Context(), x.id, x.actor)
	if err != nil {
		return err
	}
	body := InvitesBody{Invites: make([]InviteView, len(invites))}
	for i, v := range invites {
		body.Invites[i] = InviteView{ID: v.ID, CreatedBy: v.CreatedBy, CreatedAt: v.CreatedAt, ExpiresAt: v.ExpiresAt,
			MaxUses: v.MaxUses, Uses: v.Uses}
	}
	return x.json(http.StatusOK, body)
}

// revokeInvite makes an invite open nothing more.
func (s *Server) revokeInvite(x *exchange) error {
	if err := s.Invites.RevokeInvite(x.r.Context(), x.id, x.actor, x.r.PathValue("iid")); err != nil {
		return err
	}
	return x.noContent()
}
