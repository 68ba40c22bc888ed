package diagnose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nests/internal/nest"
)

// facts are what one snapshot of the store says about an id.
type facts struct {
	err     error // the database did not answer
	known   bool
	nest    nest.Nest
	members []nest.Member
	invite  error       // what stands against the visitor's invite
	space   *nest.Event // the newest by the host
	spaces  []nest.Event
	drifts  []nest.Drift
}

// factsMost is the time of the snapshot: a database that hangs must not hold up what can be said without it.
const factsMost = 2 * time.Second

func (s *Server) facts(ctx context.Context, id, invite string) facts {
	var f facts
	ctx, cancel := context.WithTimeout(ctx, factsMost)
	defer cancel()
	f.err = s.Store.Read(ctx, func(tx Tx) (err error) {
		f = facts{}
		if f.spaces, err = tx.SpacesOf(id); err != nil {
			return err
		}
		if f.nest, err = tx.Nest(id); errors.Is(err, nest.ErrNoRow) {
			return nil
		} else if err != nil {
			return err
		}
		f.known = true
		if f.members, err = tx.Members(id); err != nil {
			return err
		}
		if invite != "" {
			f.invite = nest.Invited(tx, f.nest, invite, s.Now().UnixMilli())
			if nest.CodeOf(f.invite) == nest.CodeStoreUnavailable {
				return f.invite
			}
		}
		e, err := tx.Addressable(nest.KindSpace, f.nest.Host, id)
		if err == nil {
			f.space = &e
		} else if !errors.Is(err, nest.ErrNoRow) {
			return err
		}
		return nil
	})
	if f.err == nil {
		f.drifts, f.err = s.Store.Drifts(ctx, id, driftsMost)
	}
	return f
}

// Nest is the report on one nest for somebody, who is a guest without a key. wide also asks the nest's relays.
func (s *Server) NestReport(ctx context.Context, id string, v nest.Visitor, wide bool) Report {
	var server []Check
	done := make(chan struct{})
	go func() {
		defer close(done)
		server = s.checks(ctx)
	}()
	f := s.facts(ctx, id, v.Invite)
	probes := []Probe{
		{ID: "row", Title: "Nest in the database", Scope: OfNest, Run: func(context.Context) Finding { return s.row(f, id) }},
		{ID: "policy", Title: "May you enter?", Scope: OfNest, Run: func(context.Context) Finding { return s.policy(f, id, v) }},
		{ID: "room", Title: "Room in the media server", Scope: OfNest, Run: func(context.Context) Finding { return s.room(f, id) }},
		{ID: "drift", Title: "Database and media server agree", Scope: OfNest, Run: func(context.Context) Finding { return drift(f) }},
		{ID: "space", Title: "Event of the nest", Scope: OfNest, Run: func(context.Context) Finding { return s.space(f) }},
		{ID: "published", Title: "Published to relays", Scope: OfNest, Run: func(ctx context.Context) Finding { return s.published(ctx, f) }},
	}
	if wide && f.space != nil && s.FetchEvents != nil {
		for i, relay := range f.nest.Relays[:min(len(f.nest.Relays), relaysMost)] {
			probes = append(probes, Probe{ID: fmt.Sprintf("relay_%d", i+1), Title: fmt.Sprintf("Relay %d of the nest", i+1), Scope: OfNest,
				TimeoutCode: RelayUnreachable, Run: func(ctx context.Context) Finding { return s.outside(ctx, relay, *f.space) }})
		}
	}
	checks := Run(ctx, probes)
	<-done
	return s.report(id, slices.Concat(checks, server), f.drifts)
}

const relaysMost = 5

// row says whether the store knows the id, and else what may be meant by it.
func (s *Server) row(f facts, id string) Finding {
	if f.err != nil { // its words name addresses, which are for the server's own checks
		return Finding{Status: Unknown, Code: StoreFinding(f.err).Code, Summary: "The database did not tell."}
	}
	if f.known {
		return fine("It is known.", map[string]any{"status": string(f.nest.Status), "access": string(f.nest.Access), "host": f.nest.Host,
			"created_at": f.nest.CreatedAt, "updated_at": f.nest.UpdatedAt, "revision": f.nest.Revision, "members": len(f.members)})
	}
	for _, e := range f.spaces {
		space, err := s.Codec.Space(e)
		if err != nil {
			continue
		}
		evidence := map[string]any{"author": e.PubKey, "service": space.Service, "event": e.ID}
		if s.Codec.Ours(space.Service) {
			return Finding{Status: Fail, Code: OrphanSpace, Summary: "An event names this server, but there is no such nest.", Evidence: evidence}
		}
		return Finding{Status: Fail, Code: WrongServer, Summary: "An event of this id names another server.", Evidence: evidence}
	}
	return s.stray(id)
}

// stray tells what the media server has under an id that neither a row nor an event knows.
func (s *Server) stray(id string) Finding {
	seen := s.Loop.Observed(id)
	evidence := map[string]any{"sid": seen.Room.SID, "created_at": seen.Room.CreatedAt, "people": len(seen.Room.Participants),
		"server": nest.RoomServer(seen.Room.Metadata)}
	switch {
	case !seen.Known:
		return Finding{Status: Fail, Code: UnknownNest, Summary: "There is no such nest and no event of it; the media server could not be asked."}
	case !seen.Present:
		return Finding{Status: Fail, Code: UnknownNest, Summary: "There is no such nest, no event of it, and no room."}
	case s.Loop.IsForeign(seen.Room.Metadata):
		return Finding{Status: Warn, Code: ForeignRoom, Summary: "The room of this name on the media server is somebody else's.", Evidence: evidence}
	}
	return Finding{Status: Fail, Code: RoomWithoutNest, Summary: "The media server has this room, the database does not.", Evidence: evidence}
}

// policies are refusals as verdicts.
var policies = map[nest.Code]Code{
	nest.CodeEnded: Ended, nest.CodeNotStarted: NotStarted, nest.CodePrivate: Private, nest.CodeBanned: Banned,
	nest.CodeGuests: GuestsOff, nest.CodeFull: Full,
	nest.CodeInviteInvalid: Private, nest.CodeInviteExpired: Private, nest.CodeInviteUsed: Private,
}

// policy judges by the rule of the endpoints that let people in.
func (s *Server) policy(f facts, id string, v nest.Visitor) Finding {
	switch {
	case f.err != nil:
		return Finding{Status: Unknown, Summary: "The database did not tell."}
	case !f.known:
		return skipped("There is no nest to enter.")
	}
	m, err := nest.Judge(f.nest, f.members, v, f.invite, s.Now().UnixMilli())
	code := nest.CodeOf(err)
	if err == nil {
		if s.MaxParticipants > 0 && !m.Moderates() && crowded(s.Loop.Observed(id).Room.Participants, v, s.MaxParticipants) {
			return Finding{Status: Warn, Code: Full, Summary: "As many are inside as may be.", Evidence: map[string]any{"max": s.MaxParticipants}}
		}
		return fine("You may.", map[string]any{"guests": f.nest.Guests, "on_stage": m.OnStage})
	}
	return Finding{Status: Warn, Code: policies[code], Summary: errText(err), Evidence: map[string]any{"refusal": string(code)}}
}

// crowded says whether nobody else may enter; who is inside already is not refused.
func crowded(inside []nest.Participant, v nest.Visitor, most int) bool {
	people := 0
	for _, p := range inside {
		if p.Identity == v.Pubkey || v.Pubkey == "" && slices.Contains(v.Guests, p.Identity) {
			return false
		}
		if nest.IsPubkey(p.Identity) || nest.IsGuest(p.Identity) {
			people++
		}
	}
	return people >= most
}

func errText(err error) string {
	var refusal *nest.Error
	if errors.As(err, &refusal) {
		return refusal.Message + "."
	}
	return "Refused."
}

// room tells what the loop last saw. What differs there is a drift, and the next probe's.
func (s *Server) room(f facts, id string) Finding {
	if err := s.Loop.Answering(); err != nil {
		return Finding{Status: Unknown, Code: MediaDown, Summary: "The media server does not answer, so nobody knows."}
	}
	seen := s.Loop.Observed(id)
	evidence := map[string]any{"people": len(seen.Room.Participants), "present": seen.Present, "age_ms": s.Now().UnixMilli() - seen.At}
	switch {
	case !seen.Known:
		return Finding{Status: Warn, Summary: "The people in it could not be listed just now.", Evidence: evidence}
	case !seen.Present:
		return fine("Nobody is inside, so there is none.", evidence)
	}
	evidence["sid"], evidence["nest_sid"], evidence["created_at"] = seen.Room.SID, f.nest.RoomSID, seen.Room.CreatedAt
	return fine("It is there.", evidence)
}

func drift(f facts) Finding {
	if f.err != nil {
		return Finding{Status: Unknown, Summary: "The record could not be read."}
	}
	for _, d := range f.drifts {
		if d.Resolved != 0 || d.Code == string(SignatureOwed) || d.Code == string(ForeignRoom) { // told by others, and nothing is mended
			continue
		}
		return Finding{Status: Warn, Code: Repairing, Summary: "A divergence is open.",
			Evidence: map[string]any{"drift": d.Code, "since": d.First, "steps": d.Steps, "subject": d.Subject}}
	}
	return fine("No divergence is open.", map[string]any{"recorded": len(f.drifts)})
}

func (s *Server) space(f facts) Finding {
	switch {
	case f.err != nil:
		return Finding{Status: Unknown, Summary: "The database did not tell."}
	case !f.known:
		return skipped("There is no nest to compare with.")
	case f.space == nil && f.nest.SpaceID == "":
		return skipped("Nobody has announced it yet, which is fine.")
	case f.space == nil || f.space.ID != f.nest.SpaceID:
		return Finding{Status: Fail, Code: Repairing, Summary: "The newest event and the database do not say the same."}
	}
	space, err := s.Codec.Space(*f.space)
	if err != nil {
		return Finding{Status: Fail, Code: IDMismatch, Summary: "The event cannot be read."}
	}
	evidence := map[string]any{"event": f.space.ID, "event_created_at": f.space.CreatedAt, "event_status": string(space.Status),
		"status": string(f.nest.Status), "service": space.Service}
	switch {
	case f.nest.SignatureOwed:
		return Finding{Status: Warn, Code: SignatureOwed, Summary: "The event says otherwise than the database.", Evidence: evidence}
	case space.Service != "" && !s.Codec.Ours(space.Service):
		return Finding{Status: Warn, Code: WrongServer, Summary: "The newest event names another server.", Evidence: evidence}
	}
	return fine("The newest event and the database agree.", evidence)
}
