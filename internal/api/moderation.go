package api

import (
	"net/http"

	"nests/internal/nest"
)

// permissions changes stage and role of a key, or mutes its microphone once.
func (s *Server) permissions(x *exchange) error {
	var body PermissionsBody
	if err := x.decode(&body); err != nil {
		return err
	}
	changed, err := s.Moderation.ChangePermissions(x.r.Context(), x.id, x.actor, nest.PermissionChange{
		Participant: body.Participant,
		Publish:     body.CanPublish,
		Admin:       body.IsAdmin,
		Mute:        body.Mute,
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

// remove disconnects a participant, and bans it on request.
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

// bans lists the bans of a nest.
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

// liftBan lifts a ban.
func (s *Server) liftBan(x *exchange) error {
	if err := s.Moderation.LiftBan(x.r.Context(), x.id, x.actor, x.r.PathValue("pubkey")); err != nil {
		return err
	}
	return x.noContent()
}

// muteAll mutes every microphone once, except the host's.
func (s *Server) muteAll(x *exchange) error {
	if err := s.Moderation.MuteAll(x.r.Context(), x.id, x.actor); err != nil {
		return err
	}
	return x.noContent()
}
