package reconcile_test

import (
	"reflect"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/reconcile"
)

const (
	id    = "11111111-2222-3333-4444-555555555555"
	other = "99999999-2222-3333-4444-555555555555"
	now   = int64(1_750_000_000_000)
)

var (
	host     = strings.Repeat("a", 64)
	speaker  = strings.Repeat("b", 64)
	listener = strings.Repeat("c", 64)
	guest    = nest.GuestPrefix + other
	check    = nest.TestRoomPrefix + other
)

func desired(change func(*reconcile.Nest)) reconcile.Want {
	n := reconcile.Nest{
		Nest: nest.Nest{ID: id, Host: host, Status: nest.Live, Access: nest.Open, Guests: true, RoomSID: "RM_1"},
		Members: []nest.Member{
			{Nest: id, Pubkey: host, Role: nest.RoleHost, OnStage: true},
			{Nest: id, Pubkey: speaker, Role: nest.RoleMember, OnStage: true},
		},
		Room: nest.Room{Name: id, Metadata: `{"server":"us"}`, MaxParticipants: 10},
	}
	if change != nil {
		change(&n)
	}
	return reconcile.Want{Nests: map[string]reconcile.Nest{id: n}, TestRooms: map[string]bool{}}
}

func observed(people ...nest.Participant) reconcile.Room {
	return reconcile.Room{
		Listed: true,
		RoomState: nest.RoomState{Name: id, SID: "RM_1", Metadata: `{"server":"us"}`, MaxParticipants: 10,
			CreatedAt: now - 60_000, Participants: people},
	}
}

func person(identity string, publish bool, role string) nest.Participant {
	p := nest.Participant{Identity: identity, SID: "PA_" + identity[:3], Publish: publish, Regular: true}
	if role != "" {
		p.Attributes = map[string]string{"role": role}
	}
	return p
}

func with(r reconcile.Room, change func(*reconcile.Room)) reconcile.Room {
	change(&r)
	return r
}

func TestPlan(t *testing.T) {
	type row struct{ Kind, Drift, Identity string }
	ours := reconcile.Owner{Server: "us", Exclusive: true}
	shared := reconcile.Owner{Server: "us"}
	otherRoom := with(observed(), func(r *reconcile.Room) { r.Name = other; r.Metadata = "" })
	cases := []struct {
		name  string
		owner reconcile.Owner
		want  reconcile.Want
		room  reconcile.Room
		steps []row
	}{
		{
			name:  "all is well",
			owner: ours,
			want:  desired(nil),
			room: observed(person(host, true, "host"), person(speaker, true, "member"),
				person(listener, false, ""), person(guest, false, "")),
		},
		{
			name:  "ended but alive",
			owner: ours,
			want:  desired(func(n *reconcile.Nest) { n.Nest.Status = nest.Ended }),
			room:  observed(person(host, true, "host")),
			steps: []row{{"end_room", "ended_but_alive", ""}},
		},
		{
			name:  "the room of the previous session",
			owner: ours,
			want:  desired(func(n *reconcile.Nest) { n.Nest.StaleSID = "RM_1" }),
			room:  observed(),
			steps: []row{{"end_room", "stale_session", ""}},
		},
		{
			name:  "metadata lost",
			owner: ours,
			want:  desired(nil),
			room:  with(observed(), func(r *reconcile.Room) { r.Metadata = "" }),
			steps: []row{{"set_metadata", "metadata_lost", ""}},
		},
		{
			name:  "wrong limits with participants",
			owner: ours,
			want:  desired(nil),
			room:  with(observed(person(host, true, "host")), func(r *reconcile.Room) { r.MaxParticipants = 0 }),
			steps: []row{{"note", "room_limits", ""}},
		},
		{
			name:  "wrong limits, empty",
			owner: ours,
			want:  desired(nil),
			room:  with(observed(), func(r *reconcile.Room) { r.MaxParticipants = 0 }),
			steps: []row{{"end_room", "room_limits", ""}},
		},
		{
			name:  "wrong limits, a participant may be connecting",
			owner: ours,
			want:  desired(nil),
			room:  with(observed(), func(r *reconcile.Room) { r.MaxParticipants = 0; r.CreatedAt = now }),
			steps: []row{{"note", "room_limits", ""}},
		},
		{
			name:  "a listener who may publish",
			owner: ours,
			want:  desired(nil),
			room:  observed(person(listener, true, "")),
			steps: []row{{"set_grant", "wrong_permission", listener}},
		},
		{
			name:  "a speaker who may not publish",
			owner: ours,
			want:  desired(nil),
			room:  observed(person(speaker, false, "member")),
			steps: []row{{"set_grant", "wrong_permission", speaker}},
		},
		{
			name:  "a permission set that no grant gives",
			owner: ours,
			want:  desired(nil),
			room:  observed(nest.Participant{Identity: listener, SID: "PA"}),
			steps: []row{{"set_grant", "wrong_permission", listener}},
		},
		{
			name:  "an attribute is out of date",
			owner: ours,
			want:  desired(nil),
			room:  observed(person(speaker, true, "")),
			steps: []row{{"set_grant", "", speaker}},
		},
		{
			name:  "banned",
			owner: ours,
			want: desired(func(n *reconcile.Nest) {
				n.Members = append(n.Members, nest.Member{Nest: id, Pubkey: listener, Banned: true})
			}),
			room:  observed(person(listener, false, "")),
			steps: []row{{"remove", "participant_without_right", listener}},
		},
		{
			name:  "guests off",
			owner: ours,
			want:  desired(func(n *reconcile.Nest) { n.Nest.Guests = false }),
			room:  observed(person(guest, false, "")),
			steps: []row{{"remove", "participant_without_right", guest}},
		},
		{
			name:  "a listener before the start",
			owner: ours,
			want:  desired(func(n *reconcile.Nest) { n.Nest.Status = nest.Planned }),
			room:  observed(person(host, true, "host"), person(listener, false, "")),
			steps: []row{{"remove", "participant_without_right", listener}},
		},
		{
			name:  "an identity of no participant",
			owner: ours,
			want:  desired(nil),
			room:  observed(person("recorder-x", false, "")),
			steps: []row{{"remove", "participant_without_right", "recorder-x"}},
		},
		{
			name:  "blocked by the operator",
			owner: ours,
			want: func() reconcile.Want {
				want := desired(nil)
				want.Blocked = map[string]bool{speaker: true, guest: true}
				return want
			}(),
			room:  observed(person(speaker, true, "member"), person(listener, false, "")),
			steps: []row{{"remove", "", speaker}},
		},
		{
			name:  "participants unknown",
			owner: ours,
			want:  desired(nil),
			room:  with(observed(person(listener, true, "")), func(r *reconcile.Room) { r.Listed = false }),
		},
		{"a room without a nest", ours, desired(nil), otherRoom, []row{{"end_room", "room_without_nest", ""}}},
		{
			name:  "another server's room on a shared LiveKit",
			owner: shared,
			want:  desired(nil),
			room:  otherRoom,
			steps: []row{{"note", "foreign_room", ""}},
		},
		{
			name:  "this server's room, its row lost, empty",
			owner: shared,
			want:  desired(nil),
			room:  with(otherRoom, func(r *reconcile.Room) { r.Metadata = `{"server":"us"}` }),
			steps: []row{{"end_room", "room_without_nest", ""}},
		},
		{
			name:  "this server's room, its row lost, with participants",
			owner: shared,
			want:  desired(nil),
			room:  with(observed(person(listener, false, "")), func(r *reconcile.Room) { r.Name = other }),
			steps: []row{{"adopt_room", "room_without_nest", ""}},
		},
		{
			name:  "this server's room, its row lost, participants unknown",
			owner: shared,
			want:  desired(nil),
			room:  with(observed(), func(r *reconcile.Room) { r.Name = other; r.Listed = false }),
			steps: []row{{"note", "room_without_nest", ""}},
		},
		{
			name:  "a connection test",
			owner: ours,
			want:  reconcile.Want{TestRooms: map[string]bool{check: true}},
			room:  with(observed(), func(r *reconcile.Room) { r.Name = check }),
		},
		{
			name:  "an expired connection test",
			owner: ours,
			want:  reconcile.Want{},
			room:  with(observed(), func(r *reconcile.Room) { r.Name = check }),
			steps: []row{{"end_room", "check_expired", ""}},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []row
			for _, s := range reconcile.Plan(c.owner, c.want, reconcile.Have{
				Rooms: []reconcile.Room{c.room},
				Now:   now,
			}) {
				got = append(got, row{string(s.Kind), s.Drift, s.Identity})
			}
			if !reflect.DeepEqual(got, c.steps) {
				t.Errorf("steps %v, want %v", got, c.steps)
			}
		})
	}
}

// Once the steps of a plan are applied, the next plan has none.
func TestPlanConverges(t *testing.T) {
	want := desired(nil)
	steps := reconcile.Plan(reconcile.Owner{Server: "us", Exclusive: true}, want,
		reconcile.Have{
			Rooms: []reconcile.Room{observed(person(speaker, false, ""), person(listener, true, "host"))},
			Now:   now,
		})
	repaired := map[string]nest.Participant{}
	for _, s := range steps {
		repaired[s.Identity] = nest.Participant{
			Identity:   s.Identity,
			Publish:    s.Grant.Publish,
			Regular:    true,
			Attributes: s.Attributes,
		}
	}
	again := reconcile.Plan(reconcile.Owner{Server: "us", Exclusive: true}, want,
		reconcile.Have{Rooms: []reconcile.Room{observed(repaired[speaker], repaired[listener])}, Now: now})
	if len(steps) != 2 || len(again) != 0 {
		t.Errorf("%d steps, then %d more; want 2 and 0", len(steps), len(again))
	}
}

// A step that the last change does not explain is a divergence, even if it is found in the same pass.
func TestOrdinary(t *testing.T) {
	revised := func(by int64, change func(*reconcile.Nest)) reconcile.Want {
		return desired(func(n *reconcile.Nest) {
			n.Nest.Revision += by
			if change != nil {
				change(n)
			}
		})
	}
	down := func(n *reconcile.Nest) { n.Members[1].OnStage = false }
	banned := func(n *reconcile.Nest) { n.Members[1].Banned = true }
	speaks, listens := person(speaker, true, "speaker"), person(listener, true, "")
	for name, c := range map[string]struct {
		want  reconcile.Want
		seen  bool // before
		room  reconcile.Room
		drift map[string]bool // whether each carries out a change of the store
	}{
		"a speaker who was moved down": {
			want:  revised(1, down),
			seen:  true,
			room:  observed(speaks),
			drift: map[string]bool{reconcile.WrongPermission: true},
		},
		"a speaker who was banned": {
			want:  revised(1, banned),
			seen:  true,
			room:  observed(speaks),
			drift: map[string]bool{reconcile.NoRight: true},
		},
		"nothing changed, and a listener may publish": {
			want:  revised(0, nil),
			seen:  true,
			room:  observed(listens),
			drift: map[string]bool{reconcile.WrongPermission: false},
		},
		"a speaker was banned, and a listener may publish": {
			want:  revised(1, banned),
			seen:  true,
			room:  observed(speaks, listens),
			drift: map[string]bool{reconcile.NoRight: true, reconcile.WrongPermission: false},
		},
		"the metadata is lost while a speaker is banned": {
			want:  revised(1, banned),
			seen:  true,
			room:  with(observed(speaks), func(r *reconcile.Room) { r.Metadata = "" }),
			drift: map[string]bool{reconcile.NoRight: true, reconcile.MetadataLost: false},
		},
		"changed twice, which may explain anything": {
			want:  revised(2, nil),
			seen:  true,
			room:  observed(listens),
			drift: map[string]bool{reconcile.WrongPermission: true},
		},
		"a nest that was not observed before": {
			want:  revised(1, nil),
			seen:  false,
			room:  observed(listens),
			drift: map[string]bool{reconcile.WrongPermission: true},
		},
	} {
		before := map[string]reconcile.Nest{}
		if c.seen {
			before = desired(nil).Nests
		}
		have := reconcile.Have{Rooms: []reconcile.Room{c.room}, Now: now}
		carriesOutChange := reconcile.CarriesOutChange(reconcile.Owner{Server: "us"}, before, c.want, have)
		got := map[string]bool{}
		for _, step := range reconcile.Plan(reconcile.Owner{Server: "us"}, c.want, have) {
			got[step.Drift] = carriesOutChange(step)
		}
		if !reflect.DeepEqual(got, c.drift) {
			t.Errorf("%s: %v, want %v", name, got, c.drift)
		}
	}
}
