package nest

import "context"

// ParticipantView is one participant, with the stored role, stage and hand.
type ParticipantView struct {
	Identity string
	Pubkey   string // "" for a guest
	Role     Role
	OnStage  bool
	Muted    bool
	Hand     int64 // unix ms when it was raised; 0 when down
}

// Participants lists the participants of a nest, for callers who may enter it.
func (s *Service) Participants(ctx context.Context, id string, c Caller) ([]ParticipantView, error) {
	var n Nest
	var members []Member
	err := s.read(ctx, id, func(tx Tx) (err error) {
		if n, err = tx.Nest(id); err != nil {
			return err
		}
		m, err := s.memberFor(tx, n, c)
		if err == nil {
			err = authorizeEntry(n, m, false, s.now())
		}
		if err == nil {
			members, err = tx.Members(id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	connections, isKnown := s.Presence.Participants(id)
	if !isKnown {
		return nil, MediaUnavailable(nil)
	}
	return participantViews(id, connections, members), nil
}

// participantViews leaves out connection tests and recorders.
func participantViews(id string, connections []Participant, members []Member) []ParticipantView {
	views := []ParticipantView{}
	for _, p := range connections {
		if !isPerson(p.Identity) {
			continue
		}
		m := MemberOf(members, id, p.Identity)
		view := ParticipantView{
			Identity: p.Identity,
			Role:     m.roleOrMember(),
			OnStage:  m.OnStage,
			Muted:    !p.Unmuted,
			Hand:     m.Hand,
		}
		if IsPubkey(p.Identity) {
			view.Pubkey = p.Identity
		}
		views = append(views, view)
	}
	return views
}
