package api

import (
	"fmt"
	"net/http"

	"nests/internal/nest"
)

// join mints a token for the client's key.
func (s *Server) join(x *exchange) error {
	s.setBanCookie(x)
	entry, err := s.Joins.Join(x.r.Context(), x.id, x.actor, inviteOf(x.r))
	if err != nil {
		return err
	}
	return s.answerToken(x, entry)
}

// answerToken answers with a token for an entry.
func (s *Server) answerToken(x *exchange, entry nest.Entry) error {
	token, err := s.mintToken(x, entry.Nest.ID, entry.Admission)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, TokenBody{Token: token})
}

// mintToken mints a token, and logs for whom but not the token itself.
func (s *Server) mintToken(x *exchange, id string, admission nest.Admission) (string, error) {
	token, err := s.Tokens.Mint(admission, tokenTTL)
	if err != nil {
		x.step = stepToken
		return "", fmt.Errorf("mint token %s: %w", id, err)
	}
	x.log.InfoContext(x.r.Context(), "token minted",
		"nest", id, "identity", nest.ShortIdentity(admission.Identity), "step", x.step,
		"publish", admission.Grant.Publish)
	return token, nil
}

// createTestRoom creates a room for a connection test, which expires soon, and mints a token for it.
func (s *Server) createTestRoom(x *exchange) error {
	admission, expires, err := s.Joins.CreateTestRoom(x.r.Context())
	if err != nil {
		return err
	}
	token, err := s.mintToken(x, admission.Room.Name, admission)
	if err != nil {
		return err
	}
	return x.json(http.StatusCreated, TestRoomBody{Endpoint: s.Config.livekitURL(), Token: token, ExpiresAt: expires})
}
