package api

import (
	"fmt"
	"net/http"

	"nests/internal/nest"
)

// info is asked first, by everybody, without auth; only a private nest asks who wants to know.
func (h *handler) info(c *call) error {
	return h.asVisitor(c, func(v nest.Visitor) error {
		view, err := h.Service.Info(c.r.Context(), c.id, v)
		if err != nil {
			return err
		}
		return c.json(http.StatusOK, h.Facts.nestBody(view))
	})
}

// join lets a key in.
func (s *Server) join(c *call) error {
	s.remember(c)
	entry, err := s.Service.Join(c.r.Context(), c.id, c.actor, invite(c.r))
	if err != nil {
		return err
	}
	return s.answerToken(c, entry)
}

// guest lets somebody without a key listen.
func (s *Server) guest(c *call) error {
	if err := s.outcast(c); err != nil {
		return err
	}
	entry, err := s.Service.Guest(c.r.Context(), c.id, s.knownGuest(c))
	if err != nil {
		return err
	}
	return s.answerToken(c, entry)
}

func (s *Server) answerToken(c *call, entry nest.Entry) error {
	token, err := s.token(c, entry.Nest.ID, entry.Pass)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, TokenBody{Token: token})
}

// token signs what a door gave away. The line says for whom, never what.
func (s *Server) token(c *call, id string, pass nest.Pass) (string, error) {
	token, err := s.Tokens.Mint(pass, tokenTTL)
	if err != nil {
		c.step = "token"
		return "", fmt.Errorf("mint token %s: %w", id, err)
	}
	c.log.InfoContext(c.r.Context(), "token minted", "nest", id, "identity", prefix(pass.Identity), "step", c.step, "publish", pass.Grant.Publish)
	return token, nil
}

// checkRoom makes a throw-away room for a connection test.
func (s *Server) checkRoom(c *call) error {
	pass, expires, err := s.Service.CheckRoom(c.r.Context())
	if err != nil {
		return err
	}
	token, err := s.token(c, pass.Room.Name, pass)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, CheckRoomBody{Endpoint: s.Facts.livekit(), Token: token, ExpiresAt: expires})
}

// hls asks the policy like every door, so that an unknown nest is unknown here too.
func (h *handler) hls(c *call) error {
	return h.asVisitor(c, func(v nest.Visitor) error {
		if _, err := h.Service.Info(c.r.Context(), c.id, v); err != nil {
			return err
		}
		return &nest.Error{Code: codeHLSUnavailable, Message: "This server does not offer HLS yet",
			Hint: "Join the nest in a browser that speaks WebRTC."}
	})
}
