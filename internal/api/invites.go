package api

import (
	"net/http"

	"nests/internal/nest"
)

// members lists who is inside a nest by place, stage or role.
func (s *Server) members(c *call) error {
	members, err := s.Service.Places(c.r.Context(), c.id, c.actor)
	if err != nil {
		return err
	}
	body := MembersBody{Members: make([]MemberBody, len(members))}
	for i, m := range members {
		body.Members[i] = MemberBody{Pubkey: m.Pubkey, Role: string(m.Role), OnStage: m.OnStage, Place: m.Place}
	}
	return c.json(http.StatusOK, body)
}

// givePlace lets somebody into a private nest.
func (s *Server) givePlace(c *call) error {
	if err := s.Service.GivePlace(c.r.Context(), c.id, c.actor, c.r.PathValue("pubkey")); err != nil {
		return err
	}
	return c.noContent()
}

// takePlace takes a place back.
func (s *Server) takePlace(c *call) error {
	if err := s.Service.TakePlace(c.r.Context(), c.id, c.actor, c.r.PathValue("pubkey")); err != nil {
		return err
	}
	return c.noContent()
}

// invite makes an invite.
func (s *Server) invite(c *call) error {
	var body InviteBody
	if err := c.decode(&body); err != nil {
		return err
	}
	made, secret, err := s.Service.Invite(c.r.Context(), c.id, c.actor, nest.InviteRequest{ExpiresAt: body.ExpiresAt, MaxUses: body.MaxUses})
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, NewInviteBody{ID: made.ID, Invite: secret})
}

// invites lists them, without their secrets.
func (s *Server) invites(c *call) error {
	invites, err := s.Service.Invites(c.r.Context(), c.id, c.actor)
	if err != nil {
		return err
	}
	body := InvitesBody{Invites: make([]InviteView, len(invites))}
	for i, v := range invites {
		body.Invites[i] = InviteView{ID: v.ID, CreatedBy: v.CreatedBy, CreatedAt: v.CreatedAt, ExpiresAt: v.ExpiresAt,
			MaxUses: v.MaxUses, Uses: v.Uses}
	}
	return c.json(http.StatusOK, body)
}

// revokeInvite makes an invite open nothing more.
func (s *Server) revokeInvite(c *call) error {
	if err := s.Service.RevokeInvite(c.r.Context(), c.id, c.actor, c.r.PathValue("iid")); err != nil {
		return err
	}
	return c.noContent()
}
