package api

import (
	"net/http"

	"nests/internal/nest"
)

// permissions changes stage and role of one key.
func (s *Server) permissions(x *exchange) error {
	var body PermissionsBody
	if err := x.decode(&body); err != nil {
		return err
	}
	changed, err := s.Moderation.Permit(x.r.Context(), x.id, x.actor, nest.PermissionChange{
		Participant: body.Participant, Publish: body.CanPublish, Admin: body.IsAdmin, Mute: body.Mute,
	})
	if err != nil {
		return err
	}
	if changed {
		x.w.WriteHeader(http.StatusCreated)
		return nil
	}
	return x.noContent()
}

// participants is who is here.
func (h *handler) participants(x *exchange) error {
	return h.asVisitor(x, func(v nest.Visitor) error {
		inside, err := h.Participants.Participants(x.r.Context(), x.id, v)
		if err != nil {
			return err
		}
		return x.json(http.StatusOK, ParticipantsBody{Participants: people(inside)})
	})
}

// people are participants on the wire.
func people(inside []nest.Person) []ParticipantBody {
	bodies := make([]ParticipantBody, len(inside))
	for i, p := range inside {
		bodies[i] = ParticipantBody{Identity: p.Identity, Pubkey: p.Pubkey, Role: string(p.Role), OnStage: p.OnStage, Muted: p.Muted, HandSince: p.Hand}
	}
	return bodies
}

// hand raises or lowers a hand.
func (s *Server) hand(x *exchange) error {
	var body HandBody
	if err := x.decode(&body); err != nil {
		return err
	}
	if err := s.Participants.Hand(x.r.Context(), x.id, x.actor, body.Participant, *body.Raised); err != nil {
		return err
	}
	return x.noContent()
}

// remove puts somebody out, and bans on request.
func (s *Server) remove(x *exchange) error {
	var body RemoveBody
	if err := x.decode(&body); err != nil {
		return err
	}
	if err := s.Moderation.Remove(x.r.Context(), x.id, x.actor, x.r.PathValue("identity"), body.Ban); err != nil {
		return err
	}
	return x.noContent()
}

// bans lists who is kept out.
func (s *Server) bans(x *exchange) error {
	members, err := s.Moderation.Bans(x.r.Context(), x.id, x.actor)
	if err != nil {
		return err
	}
	body := BansBody{Bans: make([]BanBody, len(members))}
	for i, m := range members {
		body.Bans[i] = BanBody{Pubkey: m.Pubkey, BannedAt: m.BannedAt, Until: m.BanUntil}
	}
	return x.json(http.StatusOK, body)
}

// liftBan lets somebody in again.
func (s *Server) liftBan(x *exchange) error {
	if err := s.Moderation.LiftBan(x.r.Context(), x.id, x.actor, x.r.PathValue("pubkey")); err != nil {
		return err
	}
	return x.noContent()
}

// muteAll mutes every microphone but the host's, once.
func (s *Server) muteAll(x *exchange) error {
	if err := s.Moderation.MuteAll(x.r.Context(), x.id, x.actor); err != nil {
		return err
	}
	return x.noContent()
}
