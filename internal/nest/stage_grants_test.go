package nest_test

import (
	"testing"
	"time"

	"nests/internal/nest"
)

func TestGrantsOfModerators(t *testing.T) {
	ann, admin, nonMember := newKey(t), newKey(t), newKey(t)
	p := []string{"p", ann.pubkey}
	for _, c := range []struct {
		name  string
		by    func(w *world) key
		kind  int
		word  string
		age   time.Duration
		stage bool // before
		want  bool
	}{
		{"granted by the host", theHost, nest.KindGrant, "granted", 0, false, true},
		{"granted by an admin", is(admin), nest.KindGrant, "granted", 0, false, true},
		{"granted by a nonMember", is(nonMember), nest.KindGrant, "granted", 0, false, false},
		{"granted by oneself", is(ann), nest.KindGrant, "granted", 0, false, false},
		{"granted long ago", theHost, nest.KindGrant, "granted", 11 * time.Minute, false, false},
		{"granted before the last change", theHost, nest.KindGrant, "granted", 3 * time.Minute, false, false},
		{"revoked", is(admin), nest.KindGrant, "revoked", 0, true, false},
		{"revoked by a nonMember", is(nonMember), nest.KindGrant, "revoked", 0, true, true},
		{"removed before the last change", theHost, nest.KindGrant, "removed", 3 * time.Minute, true, true},
		{"invited", is(admin), nest.KindInvite, "invited", 0, false, true},
		{"invited by a nonMember", is(nonMember), nest.KindInvite, "invited", 0, false, false},
		{"declined", is(ann), nest.KindInvite, "declined", 0, true, false},
		{"declined by another", is(nonMember), nest.KindInvite, "declined", 0, true, true},
		{"accepted without an invitation", is(ann), nest.KindInvite, "accepted", 0, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, from := range []string{"", outside} {
				w := newWorld(t)
				id := w.createNest()
				w.changePermissions(id, w.host.pubkey, admin.pubkey, nest.PermissionChange{Admin: yes()})
				w.changePermissions(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: yes()})
				if !c.stage {
					w.changePermissions(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: no()})
				}
				w.advance(2 * time.Minute)
				revision := w.nest(id).Revision
				if _, err := w.ApplySignal(
					t.Context(), w.signal(c.by(w), c.kind, id, -c.age, p, status(c.word)), from,
				); err != nil {
					t.Fatal(err)
				}
				if got := w.member(id, ann.pubkey).OnStage; got != c.want {
					t.Errorf("from %q: on stage %v", from, got)
				}
				if moved := w.nest(id).Revision != revision; moved != (c.stage != c.want) {
					t.Errorf("from %q: the nest changed: %v", from, moved)
				}
			}
		})
	}
}

// A grant is applied once, even if it arrives again on another way.
func TestGrantIsAppliedOnce(t *testing.T) {
	for _, ways := range [][2]string{{"", ""}, {"", outside}, {outside, ""}, {outside, outside}} {
		w := newWorld(t)
		id, ann := w.createNest(), newKey(t)
		// A fast clock.
		grant := w.signal(w.host, nest.KindGrant, id, 10*time.Minute, []string{"p", ann.pubkey}, status("granted"))
		for i, from := range ways {
			if _, err := w.ApplySignal(t.Context(), grant, from); err != nil {
				t.Fatal(err)
			}
			if up := w.member(id, ann.pubkey).OnStage; up != (i == 0) {
				t.Errorf("%q: after copy %d on stage is %v", ways, i, up)
			}
			w.advance(time.Second)
			if i == 0 {
				w.changePermissions(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: no()})
			}
			w.advance(time.Minute)
		}
	}
}

// As by API, a grant does not put a banned user on stage, and does not take the host off it.
func TestGrantsThatTheAPIWouldRefuse(t *testing.T) {
	w := newWorld(t)
	id, ann, admin := w.createNest(), newKey(t), newKey(t)
	w.changePermissions(id, w.host.pubkey, admin.pubkey, nest.PermissionChange{Admin: yes()})
	if err := w.Remove(t.Context(), id, w.host.pubkey, ann.pubkey, true); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Minute)
	w.appliesFromOutside(w.signal(w.host, nest.KindGrant, id, 0, []string{"p", ann.pubkey}, status("granted")))
	w.appliesFromOutside(w.signal(admin, nest.KindGrant, id, 0, []string{"p", w.host.pubkey}, status("revoked")))
	if w.member(id, ann.pubkey).OnStage || !w.member(id, w.host.pubkey).OnStage {
		t.Error("an event made a change that the API refuses")
	}
	if err := w.Remove(t.Context(), id, w.host.pubkey, admin.pubkey, true); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Minute)
	bob := newKey(t)
	w.appliesFromOutside(w.signal(admin, nest.KindGrant, id, 0, []string{"p", bob.pubkey}, status("granted")))
	if w.member(id, bob.pubkey).OnStage {
		t.Error("a banned moderator's grant was applied")
	}
}

func TestDeniedRequestLowersTheHand(t *testing.T) {
	w := newWorld(t)
	id, ann, nonMember := w.createNest(), newKey(t), newKey(t)
	w.appliesFromOutside(w.signal(ann, nest.KindRequest, id, 0, status("requested")))
	w.advance(time.Minute)
	deny := func(by key) nest.Member {
		w.appliesFromOutside(w.signal(by, nest.KindGrant, id, 0, []string{"p", ann.pubkey}, status("denied")))
		return w.member(id, ann.pubkey)
	}
	if deny(nonMember).Hand == 0 {
		t.Error("a non-member denied a request")
	}
	if deny(w.host).Hand != 0 {
		t.Error("a request that the host denied is still up")
	}
	w.advance(time.Second)
	// The same one, from another relay.
	w.appliesFromOutside(w.signal(ann, nest.KindRequest, id, -61*time.Second, status("requested")))
	if w.member(id, ann.pubkey).Hand != 0 {
		t.Error("a replayed request raised the hand again")
	}
}
