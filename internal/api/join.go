package api

import (
	"fmt"
	"net/http"

	"nests/internal/nest"
)

// info is asked first, by everybody, without auth; only a private nest asks who wants to know.
func (h *handler) info(x *exchange) error {
	return h.asVisitor(x, func(v nest.Visitor) error {
		view, err := h.Nests.Info(x.r.Context(), x.id, v)
		if err != nil {
			return err
		}
		return x.json(http.StatusOK, h.Config.nestBody(view))
	})
}

// join lets a key in.
func (s *Server) join(x *exchange) error {
	s.remember(x)
	entry, err := s.Admission.Join(x.r.Context(), x.id, x.actor, invite(x.r))
	if err != nil {
		return err
	}
	return s.answerToken(x, entry)
}

// guest lets somebody without a key listen.
func (s *Server) guest(x *exchange) error {
	if err := s.outcast(x); err != nil {
		return err
	}
	entry, err := s.Admission.Guest(x.r.Context(), x.id, s.knownGuest(x))
	if err != nil {
		return err
	}
	return s.answerToken(x, entry)
}

func (s *Server) answerToken(x *exchange, entry nest.Entry) error {
	token, err := s.token(x, entry.Nest.ID, entry.Pass)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, TokenBody{Token: token})
}

// token signs what a door gave away. The line says for whom, never what.
func (s *Server) token(x *exchange, id string, pass nest.Pass) (string, error) {
	token, err := s.Tokens.Mint(pass, tokenTTL)
	if err != nil {
		x.step = "token"
		return "", fmt.Errorf("mint token %s: %w", id, err)
	}
	x.log.InfoContext(x.r.Context(), "token minted", "nest", id, "identity", prefix(pass.Identity), "step", x.step, "publish", pass.Grant.Publish)
	return token, nil
}

// checkRoom makes a throw-away room for a connection test.
func (s *Server) checkRoom(x *exchange) error {
	pass, expires, err := s.Admission.CheckRoom(x.r.Context())
	if err != nil {
		return err
	}
	token, err := s.token(x, pass.Room.Name, pass)
	if err != nil {
		return err
	}
	return x.json(http.StatusCreated, CheckRoomBody{Endpoint: s.Config.livekit(), Token: token, ExpiresAt: expires})
}

// hls asks the policy like every door, so that an unknown nest is unknown here too.
func (h *handler) hls(x *exchange) error {
	return h.asVisitor(x, func(v nest.Visitor) error {
		if _, err := h.Nests.Info(x.r.Context(), x.id, v); err != nil {
			return err
		}
		return &nest.Error{Code: nest.CodeHLSUnavailable, Message: "This server does not offer HLS yet",
			Hint: "Join the nest in a browser that speaks WebRTC."}
	})
}
