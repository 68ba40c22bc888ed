package reconcile

import (
	"nests/internal/nest"
)

// Kind is the kind of a step.
type Kind string

// Kinds of steps.
const (
	stepEndRoom     Kind = "end_room"
	stepAdoptRoom   Kind = "adopt_room"
	stepSetMetadata Kind = "set_metadata"
	stepSetGrant    Kind = "set_grant"
	stepRemove      Kind = "remove"
	stepNote        Kind = "note" // nothing to do now, but a divergence to record
)

// Codes of divergences between LiveKit and the store.
const (
	RoomWithoutNest = "room_without_nest"
	ForeignRoom     = "foreign_room"
	EndedButAlive   = "ended_but_alive"
	StaleSession    = "stale_session"
	MetadataLost    = "metadata_lost"
	RoomLimits      = "room_limits"
	WrongPermission = "wrong_permission"
	NoRight         = "participant_without_right"
	CheckExpired    = "check_expired"
)

// Want is the content of the store about the observed rooms. A room without an entry belongs to no nest.
type Want struct {
	Nests     map[string]Nest
	TestRooms map[string]bool // that have not expired
	// Blocked holds the observed identities that the operator blocked.
	Blocked map[string]bool
}

// Nest is one nest and the desired state of its LiveKit room.
type Nest struct {
	Nest    nest.Nest
	Members []nest.Member
	Room    nest.Room
}

// Have is one observation of LiveKit. It is made before Want is read, because a nest is always stored before its
// room can exist.
type Have struct {
	Rooms []Room
	Now   int64 // unix ms
}

// Room is an observed room.
type Room struct {
	nest.RoomState
	Listed bool
}

// Step is one change to LiveKit, and the divergence that it repairs. A step without a Drift carries out a
// change of the store.
type Step struct {
	Kind       Kind
	Room       string
	SID        string
	Identity   string
	Grant      nest.Grant
	Attributes map[string]string
	Metadata   string
	Drift      string
	Evidence   map[string]any
}

// Owner decides which rooms belong to this server.
type Owner struct {
	Server    string // this server's id in room metadata
	Exclusive bool   // LiveKit serves this server alone, so every room is this server's
}

// isForeign reports whether a room with this metadata belongs to another server.
func (o Owner) isForeign(metadata string) bool {
	return !o.Exclusive && nest.RoomServer(metadata) != o.Server
}

// emptyRoomGrace is how old, in milliseconds, an empty room must be before it is ended for wrong limits: a
// participant may be connecting.
const emptyRoomGrace = 15_000

// Plan compares one observation with the store and returns the steps that make LiveKit agree. It is pure and never
// fails; the steps of one room are adjacent.
func Plan(owner Owner, want Want, have Have) []Step {
	var steps []Step
	for _, room := range have.Rooms {
		if nest.IsTestRoom(room.Name) {
			steps = append(steps, planTestRoom(want, room)...)
		} else if n, ok := want.Nests[room.Name]; ok {
			steps = append(steps, planNest(n, room, want.Blocked, have.Now)...)
		} else {
			steps = append(steps, planUnknown(owner, room))
		}
	}
	return steps
}

// CarriesOutChange returns a function that reports whether a step carries out a change of the store; other steps repair
// a divergence. before holds the rows that LiveKit was last made to agree with. If a nest is not in it, or changed more
// than once since, every step of the nest carries out a change. After a single change a step does so unless it would
// have been needed before that change too.
func CarriesOutChange(owner Owner, before map[string]Nest, want Want, have Have) func(Step) bool {
	wantBefore := Want{Nests: map[string]Nest{}, Blocked: want.Blocked}
	changedOnce := Have{Now: have.Now}
	for _, room := range have.Rooms {
		if b, seen := before[room.Name]; seen && want.Nests[room.Name].Nest.Revision == b.Nest.Revision+1 {
			wantBefore.Nests[room.Name] = b
			changedOnce.Rooms = append(changedOnce.Rooms, room)
		}
	}
	neededBefore := map[driftKey]bool{}
	for _, step := range Plan(owner, wantBefore, changedOnce) {
		neededBefore[driftKey{step.Drift, step.Room, step.Identity}] = true
	}
	return func(step Step) bool {
		n, known := want.Nests[step.Room]
		b, seen := before[step.Room]
		changed := !seen || n.Nest.Revision != b.Nest.Revision
		return known && changed && !neededBefore[driftKey{step.Drift, step.Room, step.Identity}]
	}
}

func planTestRoom(want Want, room Room) []Step {
	if want.TestRooms[room.Name] {
		return nil
	}
	return []Step{{Kind: stepEndRoom, Room: room.Name, SID: room.SID, Drift: CheckExpired}}
}

// planUnknown plans for a room without a nest: end it, adopt it, or only note it.
func planUnknown(owner Owner, room Room) Step {
	server := nest.RoomServer(room.Metadata)
	step := Step{Room: room.Name, SID: room.SID, Evidence: map[string]any{
		"sid":        room.SID,
		"created_at": room.CreatedAt,
		"people":     len(room.Participants),
		"server":     server,
	}}
	switch {
	case owner.isForeign(room.Metadata):
		step.Kind, step.Drift = stepNote, ForeignRoom
	case server == owner.Server && !room.Listed && nest.IsID(room.Name): // it may have participants
		step.Kind, step.Drift = stepNote, RoomWithoutNest
	case server == owner.Server && len(room.Participants) > 0 && nest.IsID(room.Name):
		step.Kind, step.Drift = stepAdoptRoom, RoomWithoutNest
	default:
		step.Kind, step.Drift = stepEndRoom, RoomWithoutNest
	}
	return step
}

func planNest(n Nest, room Room, blocked map[string]bool, now int64) []Step {
	end := Step{
		Kind:     stepEndRoom,
		Room:     room.Name,
		SID:      room.SID,
		Evidence: map[string]any{"sid": room.SID, "nest_sid": n.Nest.RoomSID, "status": n.Nest.Status},
	}
	switch {
	case n.Nest.Status == nest.Ended:
		end.Drift = EndedButAlive
		return []Step{end}
	case room.SID == n.Nest.StaleSID:
		end.Drift = StaleSession
		return []Step{end}
	}
	var steps []Step
	if room.Metadata != n.Room.Metadata {
		steps = append(steps, Step{
			Kind:     stepSetMetadata,
			Room:     room.Name,
			SID:      room.SID,
			Metadata: n.Room.Metadata,
			Drift:    MetadataLost,
			Evidence: map[string]any{"had": clip(room.Metadata), "empty": room.Metadata == ""},
		})
	}
	if room.MaxParticipants != n.Room.MaxParticipants {
		step := Step{
			Kind:     stepNote,
			Room:     room.Name,
			SID:      room.SID,
			Drift:    RoomLimits,
			Evidence: map[string]any{"max_participants": room.MaxParticipants, "wanted": n.Room.MaxParticipants},
		}
		if room.Listed && len(room.Participants) == 0 && now-room.CreatedAt > emptyRoomGrace {
			step.Kind = stepEndRoom // LiveKit cannot change limits: the gate creates the room again
		}
		steps = append(steps, step)
	}
	if !room.Listed {
		return steps
	}
	for _, p := range room.Participants {
		if blocked[p.Identity] { // carries out the operator's block, so it repairs no divergence
			steps = append(steps, Step{Kind: stepRemove, Room: room.Name, SID: room.SID, Identity: p.Identity})
		} else if step, ok := planParticipant(n, room, p, now); ok {
			steps = append(steps, step)
		}
	}
	return steps
}

func planParticipant(n Nest, room Room, p nest.Participant, now int64) (Step, bool) {
	step := Step{Room: room.Name, SID: room.SID, Identity: p.Identity}
	m := nest.MemberOf(n.Members, n.Nest.ID, p.Identity)
	if err := nest.AuthorizeConnection(n.Nest, m, p.Identity, now); err != nil {
		step.Kind, step.Drift = stepRemove, NoRight
		step.Evidence = map[string]any{"why": nest.CodeOf(err), "participant": p.SID}
		return step, true
	}
	right := p.Publish == m.OnStage && p.Regular
	if right && nest.SameAttributes(p.Attributes, nest.Attributes(m)) {
		return step, false
	}
	step.Kind, step.Grant, step.Attributes = stepSetGrant, nest.Grant{Publish: m.OnStage}, nest.Attributes(m)
	if !right {
		step.Drift = WrongPermission
		step.Evidence = map[string]any{"publish": p.Publish, "wanted": m.OnStage, "regular": p.Regular}
	}
	return step, true
}

// clip bounds a text of the evidence.
func clip(s string) string { return s[:min(len(s), 512)] }
