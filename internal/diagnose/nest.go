package diagnose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"nests/internal/nest"
)

// facts are what the store holds about an id, read in one snapshot.
type facts struct {
	err     error // the database did not answer
	exists  bool
	nest    nest.Nest
	members []nest.Member
	invite  error       // why the visitor's invite is not valid, nil when it is
	space   *nest.Event // the newest by the host
	spaces  []nest.Event
	drifts  []nest.Drift
}

// factsTimeout bounds the snapshot: a database that hangs must not delay the checks that do without it.
const factsTimeout = 2 * time.Second

func (s *Server) facts(ctx context.Context, id, invite string) facts {
	var f facts
	ctx, cancel := context.WithTimeout(ctx, factsTimeout)
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
		f.exists = true
		if f.members, err = tx.Members(id); err != nil {
			return err
		}
		if invite != "" {
			f.invite = nest.CheckInvite(tx, f.nest, invite, s.Now().UnixMilli())
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
		f.drifts, f.err = s.Store.Drifts(ctx, id, maxDrifts)
	}
	return f
}

// NestReport diagnoses one nest for a visitor. wide also asks the nest's outside relays.
func (s *Server) NestReport(ctx context.Context, id string, v nest.Caller, wide bool) Report {
	var server []Check
	done := make(chan struct{})
	go func() {
		defer close(done)
		server = s.checks(ctx)
	}()
	f := s.facts(ctx, id, v.Invite)
	var probes []Probe
	add := func(id, title string, run func(ctx context.Context) Finding) {
		probes = append(probes, Probe{ID: id, Title: title, Scope: OfNest, Run: run})
	}
	add("row", "Nest in the database", func(context.Context) Finding { return s.nestRow(f, id) })
	add("policy", "May you enter?", func(context.Context) Finding { return s.policy(f, id, v) })
	add("room", "Room in the media server", func(context.Context) Finding { return s.room(f, id) })
	add("drift", "Database and media server agree", func(context.Context) Finding { return drift(f) })
	add("space", "Event of the nest", func(context.Context) Finding { return s.space(f) })
	add("published", "Published to relays", func(ctx context.Context) Finding { return s.published(ctx, f) })
	if wide && f.space != nil && s.FetchEvents != nil {
		for i, relay := range f.nest.Relays[:min(len(f.nest.Relays), maxRelays)] {
			probes = append(probes, Probe{
				ID:          fmt.Sprintf("relay_%d", i+1),
				Title:       fmt.Sprintf("Relay %d of the nest", i+1),
				Scope:       OfNest,
				TimeoutCode: RelayUnreachable,
				Run:         func(ctx context.Context) Finding { return s.remoteRelay(ctx, relay, *f.space) },
			})
		}
	}
	checks := Run(ctx, probes)
	<-done
	return s.report(id, slices.Concat(checks, server), f.drifts)
}

const maxRelays = 5

// nestRow checks whether the store has the id; if not, it looks for the id in events and in LiveKit.
func (s *Server) nestRow(f facts, id string) Finding {
	if f.err != nil { // the error may name addresses, which only the server's own checks may show
		return Finding{Status: Unknown, Code: StoreFinding(f.err).Code, Summary: "The database did not answer."}
	}
	if f.exists {
		return passed("The nest exists.", map[string]any{
			"status":     string(f.nest.Status),
			"access":     string(f.nest.Access),
			"host":       f.nest.Host,
			"created_at": f.nest.CreatedAt,
			"updated_at": f.nest.UpdatedAt,
			"revision":   f.nest.Revision,
			"members":    len(f.members),
		})
	}
	for _, e := range f.spaces {
		space, err := s.Codec.ParseSpace(e)
		if err != nil {
			continue
		}
		evidence := map[string]any{"author": e.PubKey, "service": space.Service, "event": e.ID}
		if s.Codec.NamesThisServer(space.Service) {
			return Finding{
				Status:   Fail,
				Code:     OrphanSpace,
				Summary:  "An event names this server, but the database has no such nest.",
				Evidence: evidence,
			}
		}
		return Finding{
			Status:   Fail,
			Code:     WrongServer,
			Summary:  "The event with this id names another server.",
			Evidence: evidence,
		}
	}
	return s.roomWithoutNest(id)
}

// roomWithoutNest checks LiveKit for a room of an id that has neither a row nor an event.
func (s *Server) roomWithoutNest(id string) Finding {
	seen := s.Loop.Observed(id)
	evidence := map[string]any{
		"sid":        seen.Room.SID,
		"created_at": seen.Room.CreatedAt,
		"people":     len(seen.Room.Participants),
		"server":     nest.RoomServer(seen.Room.Metadata),
	}
	switch {
	case !seen.Known:
		return Finding{
			Status:  Fail,
			Code:    UnknownNest,
			Summary: "No nest and no event has this id; the media server did not answer.",
		}
	case !seen.Present:
		return Finding{Status: Fail, Code: UnknownNest, Summary: "No nest, no event and no room has this id."}
	case s.Loop.IsForeign(seen.Room.Metadata):
		return Finding{
			Status:   Warn,
			Code:     ForeignRoom,
			Summary:  "The room of this name on the media server belongs to another server.",
			Evidence: evidence,
		}
	}
	return Finding{
		Status:   Fail,
		Code:     RoomWithoutNest,
		Summary:  "The media server has a room with this id, but the database has no nest for it.",
		Evidence: evidence,
	}
}

// policyVerdicts maps the refusals of the policy.
var policyVerdicts = map[nest.Code]Code{
	nest.CodeEnded: Ended, nest.CodeNotStarted: NotStarted, nest.CodePrivate: Private, nest.CodeBanned: Banned,
	nest.CodeGuests: GuestsOff, nest.CodeFull: Full,
	nest.CodeInviteInvalid: Private, nest.CodeInviteExpired: Private, nest.CodeInviteUsed: Private,
}

// policy applies the rule of the endpoints that admit visitors.
func (s *Server) policy(f facts, id string, v nest.Caller) Finding {
	switch {
	case f.err != nil:
		return Finding{Status: Unknown, Summary: "The database did not answer."}
	case !f.exists:
		return skipped("There is no nest to enter.")
	}
	m, err := nest.EvaluateJoin(f.nest, f.members, v, f.invite, s.Now().UnixMilli())
	code := nest.CodeOf(err)
	if err == nil {
		inside := s.Loop.Observed(id).Room.Participants
		if s.MaxParticipants > 0 && !m.Moderates() && isFull(inside, v, s.MaxParticipants) {
			return Finding{Status: Warn, Code: Full, Summary: "The nest is at capacity.",
				Evidence: map[string]any{"max": s.MaxParticipants}}
		}
		return passed("You may enter.", map[string]any{"guests": f.nest.Guests, "on_stage": m.OnStage})
	}
	return Finding{
		Status:   Warn,
		Code:     policyVerdicts[code],
		Summary:  refusalText(err),
		Evidence: map[string]any{"refusal": string(code)},
	}
}

// isFull reports whether the nest has no slot for the visitor. A visitor who is inside already keeps theirs.
func isFull(inside []nest.Participant, v nest.Caller, limit int) bool {
	count := 0
	for _, p := range inside {
		if p.Identity == v.Pubkey || v.Pubkey == "" && slices.Contains(v.GuestIDs, p.Identity) {
			return false
		}
		if nest.IsPubkey(p.Identity) || nest.IsGuest(p.Identity) {
			count++
		}
	}
	return count >= limit
}

func refusalText(err error) string {
	var refusal *nest.Error
	if errors.As(err, &refusal) {
		return refusal.Message + "."
	}
	return "Access is refused."
}

// room reports what the loop last observed. The probe drift reports divergences.
func (s *Server) room(f facts, id string) Finding {
	if err := s.Loop.CheckAvailable(); err != nil {
		return Finding{
			Status:  Unknown,
			Code:    MediaDown,
			Summary: "The media server does not answer, so the room's state is unknown.",
		}
	}
	seen := s.Loop.Observed(id)
	evidence := map[string]any{
		"people":  len(seen.Room.Participants),
		"present": seen.Present,
		"age_ms":  s.Now().UnixMilli() - seen.At,
	}
	switch {
	case !seen.Known:
		return Finding{Status: Warn,
			Summary: "The participants of the room could not be listed just now.", Evidence: evidence}
	case !seen.Present:
		return passed("Nobody is inside, so there is none.", evidence)
	}
	evidence["sid"], evidence["nest_sid"], evidence["created_at"] = seen.Room.SID, f.nest.RoomSID, seen.Room.CreatedAt
	return passed("The room exists.", evidence)
}

func drift(f facts) Finding {
	if f.err != nil {
		return Finding{Status: Unknown, Summary: "The record of divergences could not be read."}
	}
	for _, d := range f.drifts {
		// Other probes report these two codes, and the loop does not repair them.
		if d.Resolved != 0 || d.Code == string(SignatureOwed) || d.Code == string(ForeignRoom) {
			continue
		}
		return Finding{Status: Warn, Code: Repairing, Summary: "A divergence is open.",
			Evidence: map[string]any{"drift": d.Code, "since": d.First, "steps": d.Steps, "subject": d.Subject}}
	}
	return passed("No divergence is open.", map[string]any{"recorded": len(f.drifts)})
}

func (s *Server) space(f facts) Finding {
	switch {
	case f.err != nil:
		return Finding{Status: Unknown, Summary: "The database did not answer."}
	case !f.exists:
		return skipped("There is no nest to compare with.")
	case f.space == nil && f.nest.SpaceID == "":
		return skipped("The nest has not been announced yet, which is fine.")
	case f.space == nil || f.space.ID != f.nest.SpaceID:
		return Finding{Status: Fail, Code: Repairing, Summary: "The newest event and the database differ."}
	}
	space, err := s.Codec.ParseSpace(*f.space)
	if err != nil {
		return Finding{Status: Fail, Code: IDMismatch, Summary: "The event is malformed."}
	}
	evidence := map[string]any{
		"event":            f.space.ID,
		"event_created_at": f.space.CreatedAt,
		"event_status":     string(space.Status),
		"status":           string(f.nest.Status),
		"service":          space.Service,
	}
	switch {
	case f.nest.SignatureDue:
		return Finding{
			Status:   Warn,
			Code:     SignatureOwed,
			Summary:  "The event does not match the database yet.",
			Evidence: evidence,
		}
	case space.Service != "" && !s.Codec.NamesThisServer(space.Service):
		return Finding{
			Status:   Warn,
			Code:     WrongServer,
			Summary:  "The newest event names another server.",
			Evidence: evidence,
		}
	}
	return passed("The newest event and the database agree.", evidence)
}
