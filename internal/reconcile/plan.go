package reconcile

import (
	"nests/internal/nest"
)

// Kind is what a step does.
type Kind string

// Kinds of steps.
const (
	EndRoom     Kind = "end_room"
	AdoptRoom   Kind = "adopt_room"
	SetMetadata Kind = "set_metadata"
	SetGrant    Kind = "set_grant"
	Remove      Kind = "remove"
	Note        Kind = "note" // nothing to do now, but a divergence to record
)

// Words of the drift record that are not refusals already.
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

// Want is what the store says about the rooms of an observation. A room without an entry belongs to no nest.
type Want struct {
	Nests  map[string]Nest
	Checks map[string]bool // connection tests that are not over
	// Blocked are the identities that the operator keeps out of every nest.
	Blocked map[string]bool
}

// Nest is one nest with what its room must be.
type Nest struct {
	Nest    nest.Nest
	Members []nest.Member
	Room    nest.Room
}

// Have is one observation of LiveKit, made before Want was read: a nest is always stored before its room can exist.
type Have struct {
	Rooms []Room
	Now   int64 // unix ms
}

// Room is an observed room. People says whether its participants could be observed too.
type Room struct {
	nest.RoomState
	Listed bool
}

// Step is one thing to do, and the divergence that asks for it. A step without a Drift is the ordinary way of a change.
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

// Owner tells which rooms are ours.
type Owner struct {
	Server    string // our id in room metadata
	Exclusive bool   // LiveKit serves nobody else, so every room is ours
}

// theirs says whether a room of this metadata is somebody else's.
func (o Owner) isForeign(metadata string) bool {
	return !o.Exclusive && nest.RoomServer(metadata) != o.Server
}

// roomSettles is how old an empty room must be before it is ended for wrong limits: somebody may be on the way in.
const emptyRoomGrace = 15_000

// Plan compares one observation with the store. It is pure and total; the steps of one room stand together.
func Plan(owner Owner, want Want, have Have) []Step {
	var steps []Step
	for _, room := range have.Rooms {
		if nest.IsTestRoom(room.Name) {
			steps = append(steps, planCheck(want, room)...)
		} else if n, ok := want.Nests[room.Name]; ok {
			steps = append(steps, planNest(n, room, want.Blocked, have.Now)...)
		} else {
			steps = append(steps, planUnknown(owner, room))
		}
	}
	return steps
}

// Ordinary tells the steps of a change that is on its way from divergences. before is what LiveKit was last brought to: a nest
// that is not in it, or changed more than once since, may explain anything; one change explains only what was right before it.
func Ordinary(owner Owner, before map[string]Nest, want Want, have Have) func(Step) bool {
	once := Want{Nests: map[string]Nest{}, Blocked: want.Blocked}
	then := Have{Now: have.Now}
	for _, room := range have.Rooms {
		if b, seen := before[room.Name]; seen && want.Nests[room.Name].Nest.Revision == b.Nest.Revision+1 {
			once.Nests[room.Name] = b
			then.Rooms = append(then.Rooms, room)
		}
	}
	wrong := map[driftKey]bool{}
	for _, step := range Plan(owner, once, then) {
		wrong[driftKey{step.Drift, step.Room, step.Identity}] = true
	}
	return func(step Step) bool {
		n, known := want.Nests[step.Room]
		b, seen := before[step.Room]
		return known && (!seen || n.Nest.Revision != b.Nest.Revision) && !wrong[driftKey{step.Drift, step.Room, step.Identity}]
	}
}

func planCheck(want Want, room Room) []Step {
	if want.Checks[room.Name] {
		return nil
	}
	return []Step{{Kind: EndRoom, Room: room.Name, SID: room.SID, Drift: CheckExpired}}
}

func planUnknown(owner Owner, room Room) Step {
	server := nest.RoomServer(room.Metadata)
	evidence := map[string]any{"sid": room.SID, "created_at": room.CreatedAt, "people": len(room.Participants), "server": server}
	step := Step{Room: room.Name, SID: room.SID, Evidence: evidence}
	switch {
	case owner.isForeign(room.Metadata):
		step.Kind, step.Drift = Note, ForeignRoom
	case server == owner.Server && !room.Listed && nest.IsID(room.Name): // who is not known may be there
		step.Kind, step.Drift = Note, RoomWithoutNest
	case server == owner.Server && len(room.Participants) > 0 && nest.IsID(room.Name):
		step.Kind, step.Drift = AdoptRoom, RoomWithoutNest
	default:
		step.Kind, step.Drift = EndRoom, RoomWithoutNest
	}
	return step
}

func planNest(n Nest, room Room, blocked map[string]bool, now int64) []Step {
	end := Step{Kind: EndRoom, Room: room.Name, SID: room.SID,
		Evidence: map[string]any{"sid": room.SID, "nest_sid": n.Nest.RoomSID, "status": n.Nest.Status}}
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
		steps = append(steps, Step{Kind: SetMetadata, Room: room.Name, SID: room.SID, Metadata: n.Room.Metadata, Drift: MetadataLost,
			Evidence: map[string]any{"had": clip(room.Metadata), "empty": room.Metadata == ""}})
	}
	if room.MaxParticipants != n.Room.MaxParticipants {
		step := Step{Kind: Note, Room: room.Name, SID: room.SID, Drift: RoomLimits,
			Evidence: map[string]any{"max_participants": room.MaxParticipants, "wanted": n.Room.MaxParticipants}}
		if room.Listed && len(room.Participants) == 0 && now-room.CreatedAt > emptyRoomGrace {
			step.Kind = EndRoom // LiveKit cannot change them; the gate makes the room anew for whoever comes next
		}
		steps = append(steps, step)
	}
	if !room.Listed {
		return steps
	}
	for _, p := range room.Participants {
		if blocked[p.Identity] { // an operator's change on its way, no divergence
			steps = append(steps, Step{Kind: Remove, Room: room.Name, SID: room.SID, Identity: p.Identity})
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
		step.Kind, step.Drift = Remove, NoRight
		step.Evidence = map[string]any{"why": nest.CodeOf(err), "participant": p.SID}
		return step, true
	}
	right := p.Publish == m.OnStage && p.Regular
	if right && nest.SameAttributes(p.Attributes, nest.Attributes(m)) {
		return step, false
	}
	step.Kind, step.Grant, step.Attributes = SetGrant, nest.Grant{Publish: m.OnStage}, nest.Attributes(m)
	if !right {
		step.Drift = WrongPermission
		step.Evidence = map[string]any{"publish": p.Publish, "wanted": m.OnStage, "regular": p.Regular}
	}
	return step, true
}

func clip(s string) string { return s[:min(len(s), 512)] }
