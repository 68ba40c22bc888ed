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
	return reconcile.Want{Nests: map[string]reconcile.Nest{id: n}, Checks: map[string]bool{}}
}

func observed(people ...nest.Participant) reconcile.Room {
	return reconcile.Room{Listed: true, RoomState: nest.RoomState{Name: id, SID: "RM_1", Metadata: `{"server":"us"}`, MaxParticipants: 10,
		CreatedAt: now - 60_000, Participants: people}}
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
	stranger := with(observed(), func(r *reconcile.Room) { r.Name = other; r.Metadata = "" })
	cases := []struct {
		name  string
		owner reconcile.Owner
		want  reconcile.Want
		room  reconcile.Room
		steps []row
	}{
		{"all is well", ours, desired(nil), observed(person(host, true, "host"), person(speaker, true, "member"), person(listener, false, ""), person(guest, false, "")), nil},
		{"ended but alive", ours, desired(func(n *reconcile.Nest) { n.Nest.Status = nest.Ended }), observed(person(host, true, "host")),
			[]row{{"end_room", "ended_but_alive", ""}}},
		{"the last session's room", ours, desired(func(n *reconcile.Nest) { n.Nest.StaleSID = "RM_1" }), observed(), []row{{"end_room", "stale_session", ""}}},
		{"metadata lost", ours, desired(nil), with(observed(), func(r *reconcile.Room) { r.Metadata = "" }), []row{{"set_metadata", "metadata_lost", ""}}},
		{"wrong limits with people", ours, desired(nil), with(observed(person(host, true, "host")), func(r *reconcile.Room) { r.MaxParticipants = 0 }),
			[]row{{"note", "room_limits", ""}}},
		{"wrong limits, empty", ours, desired(nil), with(observed(), func(r *reconcile.Room) { r.MaxParticipants = 0 }), []row{{"end_room", "room_limits", ""}}},
		{"wrong limits, somebody may be coming", ours, desired(nil), with(observed(), func(r *reconcile.Room) { r.MaxParticipants = 0; r.CreatedAt = now }),
			[]row{{"note", "room_limits", ""}}},
		{"a listener who may publish", ours, desired(nil), observed(person(listener, true, "")), []row{{"set_grant", "wrong_permission", listener}}},
		{"a speaker who may not", ours, desired(nil), observed(person(speaker, false, "member")), []row{{"set_grant", "wrong_permission", speaker}}},
		{"a permission set nobody grants", ours, desired(nil), observed(nest.Participant{Identity: listener, SID: "PA"}), []row{{"set_grant", "wrong_permission", listener}}},
		{"an attribute is behind", ours, desired(nil), observed(person(speaker, true, "")), []row{{"set_grant", "", speaker}}},
		{"banned", ours, desired(func(n *reconcile.Nest) {
			n.Members = append(n.Members, nest.Member{Nest: id, Pubkey: listener, Banned: true})
		}), observed(person(listener, false, "")), []row{{"remove", "participant_without_right", listener}}},
		{"guests off", ours, desired(func(n *reconcile.Nest) { n.Nest.Guests = false }), observed(person(guest, false, "")),
			[]row{{"remove", "participant_without_right", guest}}},
		{"a listener before the start", ours, desired(func(n *reconcile.Nest) { n.Nest.Status = nest.Planned }),
			observed(person(host, true, "host"), person(listener, false, "")), []row{{"remove", "participant_without_right", listener}}},
		{"an identity that is nobody", ours, desired(nil), observed(person("recorder-x", false, "")), []row{{"remove", "participant_without_right", "recorder-x"}}},
		{"blocked by the operator", ours, func() reconcile.Want {
			want := desired(nil)
			want.Blocked = map[string]bool{speaker: true, guest: true}
			return want
		}(), observed(person(speaker, true, "member"), person(listener, false, "")), []row{{"remove", "", speaker}}},
		{"people unknown", ours, desired(nil), with(observed(person(listener, true, "")), func(r *reconcile.Room) { r.Listed = false }), nil},
		{"a room nobody asked for", ours, desired(nil), stranger, []row{{"end_room", "room_without_nest", ""}}},
		{"somebody else's room on a shared LiveKit", shared, desired(nil), stranger, []row{{"note", "foreign_room", ""}}},
		{"our room, its row lost, empty", shared, desired(nil), with(stranger, func(r *reconcile.Room) { r.Metadata = `{"server":"us"}` }),
			[]row{{"end_room", "room_without_nest", ""}}},
		{"our room, its row lost, people inside", shared, desired(nil), with(observed(person(listener, false, "")), func(r *reconcile.Room) { r.Name = other }),
			[]row{{"adopt_room", "room_without_nest", ""}}},
		{"our room, its row lost, people unknown", shared, desired(nil), with(observed(), func(r *reconcile.Room) { r.Name = other; r.Listed = false }),
			[]row{{"note", "room_without_nest", ""}}},
		{"a connection test", ours, reconcile.Want{Checks: map[string]bool{check: true}}, with(observed(), func(r *reconcile.Room) { r.Name = check }), nil},
		{"a connection test that is over", ours, reconcile.Want{}, with(observed(), func(r *reconcile.Room) { r.Name = check }), []row{{"end_room", "check_expired", ""}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []row
			for _, s := range reconcile.Plan(c.owner, c.want, reconcile.Have{Rooms: []reconcile.Room{c.room}, Now: now}) {
				got = append(got, row{string(s.Kind), s.Drift, s.Identity})
			}
			if !reflect.DeepEqual(got, c.steps) {
				t.Errorf("steps %v, want %v", got, c.steps)
			}
		})
	}
}

// Applying what Plan asks for leaves nothing to plan: a pass converges.
func TestPlanRestatesTheWholeRight(t *testing.T) {
	want := desired(nil)
	steps := reconcile.Plan(reconcile.Owner{Server: "us", Exclusive: true}, want,
		reconcile.Have{Rooms: []reconcile.Room{observed(person(speaker, false, ""), person(listener, true, "host"))}, Now: now})
	mended := map[string]nest.Participant{}
	for _, s := range steps {
		mended[s.Identity] = nest.Participant{Identity: s.Identity, Publish: s.Grant.Publish, Regular: true, Attributes: s.Attributes}
	}
	again := reconcile.Plan(reconcile.Owner{Server: "us", Exclusive: true}, want,
		reconcile.Have{Rooms: []reconcile.Room{observed(mended[speaker], mended[listener])}, Now: now})
	if len(steps) != 2 || len(again) != 0 {
		t.Errorf("%d steps, then %d more; want 2 and 0", len(steps), len(again))
	}
}

// What one change did not touch, it does not excuse: somebody else was at LiveKit at the same moment.
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
	speaks, intrudes := person(speaker, true, "speaker"), person(listener, true, "")
	for name, c := range map[string]struct {
		want  reconcile.Want
		seen  bool // before
		room  reconcile.Room
		drift map[string]bool // whether each is ordinary
	}{
		"a speaker who was moved down":               {revised(1, down), true, observed(speaks), map[string]bool{reconcile.WrongPermission: true}},
		"a speaker who was banned":                   {revised(1, banned), true, observed(speaks), map[string]bool{reconcile.NoRight: true}},
		"nothing changed, and somebody has a right":  {revised(0, nil), true, observed(intrudes), map[string]bool{reconcile.WrongPermission: false}},
		"something changed, and somebody else has":   {revised(1, banned), true, observed(speaks, intrudes), map[string]bool{reconcile.NoRight: true, reconcile.WrongPermission: false}},
		"the metadata is gone while somebody is out": {revised(1, banned), true, with(observed(speaks), func(r *reconcile.Room) { r.Metadata = "" }), map[string]bool{reconcile.NoRight: true, reconcile.MetadataLost: false}},
		"changed twice, which may explain anything":  {revised(2, nil), true, observed(intrudes), map[string]bool{reconcile.WrongPermission: true}},
		"a nest that was not seen before":            {revised(1, nil), false, observed(intrudes), map[string]bool{reconcile.WrongPermission: true}},
	} {
		before := map[string]reconcile.Nest{}
		if c.seen {
			before = desired(nil).Nests
		}
		have := reconcile.Have{Rooms: []reconcile.Room{c.room}, Now: now}
		ordinary := reconcile.Ordinary(reconcile.Owner{Server: "us"}, before, c.want, have)
		got := map[string]bool{}
		for _, step := range reconcile.Plan(reconcile.Owner{Server: "us"}, c.want, have) {
			got[step.Drift] = ordinary(step)
		}
		if !reflect.DeepEqual(got, c.drift) {
			t.Errorf("%s: %v, want %v", name, got, c.drift)
		}
	}
}
