package api

import (
	"net/http"

	"nests/internal/nest"
)

// permissions changes stage and role of one key.
func (s *Server) permissions(c *call) error {
	var body PermissionsBody
	if err := c.decode(&body); err != nil {
		return err
	}
	changed, err := s.Service.Permit(c.r.Context(), c.id, c.actor, nest.PermissionChange{
		Participant: body.Participant, Publish: body.CanPublish, Admin: body.IsAdmin, Mute: body.Mute,
	})
	if err != nil {
		return err
	}
	if changed {
		c.w.WriteHeader(http.StatusCreated)
		return nil
	}
	return c.noContent()
}

// participants is who is here.
func (h *handler) participants(c *call) error {
	return h.asVisitor(c, func(v nest.Visitor) error {
		inside, err := h.Service.Participants(c.r.Context(), c.id, v)
		if err != nil {
			return err
		}
		return c.json(http.StatusOK, ParticipantsBody{Participants: people(inside)})
	})
}

// people are participants on the wire.
func people(inside []nest.Person) []PersonBody {
	bodies := make([]PersonBody, len(inside))
	for i, p := range inside {
		bodies[i] = PersonBody{Identity: p.Identity, Pubkey: p.Pubkey, Role: string(p.Role), OnStage: p.OnStage, Muted: p.Muted, HandSince: p.Hand}
	}
	return bodies
}

// hand raises or lowers a hand.
func (s *Server) hand(c *call) error {
	var body HandBody
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := s.Service.Hand(c.r.Context(), c.id, c.actor, body.Participant, *body.Raised); err != nil {
		return err
	}
	return c.noContent()
}

// remove puts somebody out, and bans on request.
func (s *Server) remove(c *call) error {
	var body RemoveBody
	if err := c.decode(&body); err != nil {
		return err
	}
	if err := s.Service.Remove(c.r.Context(), c.id, c.actor, c.r.PathValue("identity"), body.Ban); err != nil {
		return err
	}
	return c.noContent()
}

// bans lists who is kept out.
func (s *Server) bans(c *call) error {
	members, err := s.Service.Bans(c.r.Context(), c.id, c.actor)
	if err != nil {
		return err
	}
	body := BansBody{Bans: make([]BanBody, len(members))}
	for i, m := range members {
		body.Bans[i] = BanBody{Pubkey: m.Pubkey, BannedAt: m.BannedAt, Until: m.BanUntil}
	}
	return c.json(http.StatusOK, body)
}

// liftBan lets somebody in again.
func (s *Server) liftBan(c *call) error {
	if err := s.Service.LiftBan(c.r.Context(), c.id, c.actor, c.r.PathValue("pubkey")); err != nil {
		return err
	}
	return c.noContent()
}

// muteAll mutes every microphone but the host's, once.
func (s *Server) muteAll(c *call) error {
	if err := s.Service.MuteAll(c.r.Context(), c.id, c.actor); err != nil {
		return err
	}
	return c.noContent()
}
