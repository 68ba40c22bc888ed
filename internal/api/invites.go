package api

import (
	"net/http"

	"nests/internal/nest"
)

// invite creates an invite. Only this answer contains its secret.
func (s *Server) invite(x *exchange) error {
	var body InviteBody
	if err := x.decode(&body); err != nil {
		return err
	}
	request := nest.InviteRequest{ExpiresAt: body.ExpiresAt, MaxUses: body.MaxUses}
	created, secret, err := s.Invites.CreateInvite(x.r.Context(), x.id, x.actor, request)
	if err != nil {
		return err
	}
	return x.json(http.StatusCreated, NewInviteBody{ID: created.ID, Invite: secret})
}

// invites lists the invites of a nest.
func (s *Server) invites(x *exchange) error {
	invites, err := s.Invites.Invites(x.r.Context(), x.id, x.actor)
	if err != nil {
		return err
	}
	body := InvitesBody{Invites: make([]InviteView, len(invites))}
	for i, v := range invites {
		body.Invites[i] = InviteView{
			ID:        v.ID,
			CreatedBy: v.CreatedBy,
			CreatedAt: v.CreatedAt,
			ExpiresAt: v.ExpiresAt,
			MaxUses:   v.MaxUses,
			Uses:      v.Uses,
		}
	}
	return x.json(http.StatusOK, body)
}

func (s *Server) revokeInvite(x *exchange) error {
	if err := s.Invites.RevokeInvite(x.r.Context(), x.id, x.actor, x.r.PathValue("iid")); err != nil {
		return err
	}
	return x.noContent()
}
