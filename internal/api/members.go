package api

import "net/http"

// members lists who has access to a nest, or is on its stage, or has a role.
func (s *Server) members(x *exchange) error {
	members, err := s.Members.MembersWithAccess(x.r.Context(), x.id, x.actor)
	if err != nil {
		return err
	}
	body := MembersBody{Members: make([]MemberBody, len(members))}
	for i, m := range members {
		body.Members[i] = MemberBody{
			Pubkey:    m.Pubkey,
			Role:      string(m.Role),
			OnStage:   m.OnStage,
			HasAccess: m.HasAccess,
		}
	}
	return x.json(http.StatusOK, body)
}

// grantAccess gives a key access to a private nest.
func (s *Server) grantAccess(x *exchange) error {
	if err := s.Members.GrantAccess(x.r.Context(), x.id, x.actor, x.r.PathValue("pubkey")); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) revokeAccess(x *exchange) error {
	if err := s.Members.RevokeAccess(x.r.Context(), x.id, x.actor, x.r.PathValue("pubkey")); err != nil {
		return err
	}
	return x.noContent()
}
