package api

import (
	"net/http"

	"nests/internal/nest"
)

// participants lists the participants of a nest.
func (h *handler) participants(x *exchange) error {
	return h.withCaller(x, func(caller nest.Caller) error {
		participants, err := h.Participants.Participants(x.r.Context(), x.id, caller)
		if err != nil {
			return err
		}
		return x.json(http.StatusOK, ParticipantsBody{Participants: participantBodies(participants)})
	})
}

func participantBodies(participants []nest.ParticipantView) []ParticipantBody {
	bodies := make([]ParticipantBody, len(participants))
	for i, p := range participants {
		bodies[i] = ParticipantBody{
			Identity:  p.Identity,
			Pubkey:    p.Pubkey,
			Role:      string(p.Role),
			OnStage:   p.OnStage,
			Muted:     p.Muted,
			HandSince: p.Hand,
		}
	}
	return bodies
}

// hand raises or lowers a hand.
func (s *Server) hand(x *exchange) error {
	var body HandBody
	if err := x.decode(&body); err != nil {
		return err
	}
	if err := s.Participants.SetHand(x.r.Context(), x.id, x.actor, body.Participant, *body.Raised); err != nil {
		return err
	}
	return x.noContent()
}
