package nest_test

import (
	"testing"
	"time"

	"nests/internal/nest"
)

func TestAuthorizationOfPermissionChanges(t *testing.T) {
	w := newWorld(t)
	host, admin, other := w.host.pubkey, newKey(t).pubkey, newKey(t).pubkey
	ann, bob := newKey(t).pubkey, newKey(t).pubkey
	stage := func(on bool) nest.PermissionChange { return nest.PermissionChange{Publish: &on} }
	moderator := func(on bool) nest.PermissionChange { return nest.PermissionChange{Admin: &on} }
	mute := nest.PermissionChange{Mute: yes()}
	for _, c := range []struct {
		name       string
		by, target string
		change     nest.PermissionChange
		changed    bool
		code       nest.Code
	}{
		{"host invites", host, bob, stage(true), true, ""},
		{"host moves down", host, ann, stage(false), true, ""},
		{"nothing changes", host, ann, stage(true), false, ""},
		{"admin invites", admin, bob, stage(true), true, ""},
		{"admin moves down", admin, ann, stage(false), true, ""},
		{"a listener invites", bob, ann, stage(true), false, nest.CodeForbidden},
		{"a listener invites himself", bob, bob, stage(true), false, nest.CodeForbidden},
		{"a speaker leaves the stage", ann, ann, stage(false), true, ""},
		{"a listener declines", bob, bob, stage(false), false, ""},
		{"the host leaves the stage", host, host, stage(false), true, ""},
		{"an admin moves the host", admin, host, stage(false), false, nest.CodeForbidden},
		{"the host makes a moderator", host, bob, moderator(true), true, ""},
		{"the host unmakes one", host, admin, moderator(false), true, ""},
		{"an admin makes one", admin, bob, moderator(true), false, nest.CodeForbidden},
		{"an admin resigns", admin, admin, moderator(false), false, nest.CodeForbidden},
		{"the host gives up", host, host, moderator(false), false, nest.CodeForbidden},
		{"the host is one already", host, host, moderator(true), false, ""},
		{"an admin mutes", admin, ann, mute, true, ""},
		{"an admin mutes the host", admin, host, mute, false, nest.CodeForbidden},
		{"oneself", ann, ann, mute, true, ""},
		{"a listener mutes", bob, ann, mute, false, nest.CodeForbidden},
		{"unmute does nothing", admin, ann, nest.PermissionChange{Mute: no()}, false, ""},
		{"not a key", host, "bob", stage(true), false, "invalid_participant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := w.createNest()
			for _, pubkey := range []string{admin, other} {
				w.changePermissions(id, host, pubkey, moderator(true))
			}
			w.changePermissions(id, host, ann, stage(true))
			c.change.Participant = c.target
			changed, err := w.ChangePermissions(t.Context(), id, c.by, c.change)
			if changed != c.changed || nest.CodeOf(err) != c.code {
				t.Errorf("changed %v, %v; want %v %q", changed, err, c.changed, c.code)
			}
		})
	}
}

func TestRoleAndStageAreSeparate(t *testing.T) {
	w := newWorld(t)
	id, ann := w.createNest(), newKey(t).pubkey
	w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Admin: yes()})
	if m := w.member(id, ann); m.OnStage || m.Role != nest.RoleAdmin {
		t.Errorf("after becoming a moderator: %+v", m)
	}
	w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Publish: yes()})
	w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Admin: no()})
	if m := w.member(id, ann); !m.OnStage || m.Role != nest.RoleMember {
		t.Errorf("after losing the moderator role: %+v", m)
	}
}

func TestHands(t *testing.T) {
	w := newWorld(t)
	id, ann, bob := w.createNest(), newKey(t).pubkey, newKey(t).pubkey
	if err := w.SetHand(t.Context(), id, ann, "", true); err != nil || w.member(id, ann).Hand == 0 {
		t.Fatalf("raise: %v", err)
	}
	since := w.member(id, ann).Hand
	w.advance(time.Minute)
	if err := w.SetHand(t.Context(), id, ann, "", true); err != nil || w.member(id, ann).Hand != since {
		t.Errorf("raising it again changed its time: %v", err)
	}
	wantCode(t, w.SetHand(t.Context(), id, bob, ann, false), nest.CodeForbidden)
	wantCode(t, w.SetHand(t.Context(), id, w.host.pubkey, bob, true), nest.CodeForbidden)
	if err := w.SetHand(t.Context(), id, w.host.pubkey, ann, false); err != nil || w.member(id, ann).Hand != 0 {
		t.Errorf("lowered by the host: %v", err)
	}
	if err := w.SetHand(t.Context(), id, bob, "", true); err != nil {
		t.Fatal(err)
	}
	w.changePermissions(id, w.host.pubkey, bob, nest.PermissionChange{Publish: yes()})
	if w.member(id, bob).Hand != 0 {
		t.Error("a hand is still up after the invitation to the stage")
	}
}

func TestBanHoldsUntilLifted(t *testing.T) {
	w := newWorld(t)
	id, admin, ann := w.createNest(), newKey(t).pubkey, newKey(t).pubkey
	w.changePermissions(id, w.host.pubkey, admin, nest.PermissionChange{Admin: yes()})
	w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Publish: yes()})
	wantCode(t, w.Remove(t.Context(), id, ann, admin, true), nest.CodeForbidden)
	wantCode(t, w.Remove(t.Context(), id, admin, w.host.pubkey, true), nest.CodeForbidden)
	if err := w.Remove(t.Context(), id, admin, ann, true); err != nil {
		t.Fatal(err)
	}
	if m := w.member(id, ann); m.OnStage || !m.Banned || len(w.media.removed) != 1 {
		t.Errorf("after the ban: %+v, removed %v", m, w.media.removed)
	}
	_, err := w.Join(t.Context(), id, ann, "")
	wantCode(t, err, nest.CodeBanned)
	_, err = w.ChangePermissions(t.Context(), id, admin, nest.PermissionChange{Participant: ann, Publish: yes()})
	wantCode(t, err, nest.CodeBanned)
	if bans, err := w.Bans(t.Context(), id, admin); err != nil || len(bans) != 1 || bans[0].Pubkey != ann {
		t.Errorf("bans %v %v", bans, err)
	}
	if err := w.LiftBan(t.Context(), id, admin, ann); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Join(t.Context(), id, ann, ""); err != nil {
		t.Errorf("after lifting: %v", err)
	}
}

func TestRemovedGuestStaysOutForTwelveHours(t *testing.T) {
	w := newWorld(t)
	id := w.createNest()
	entry, err := w.JoinAsGuest(t.Context(), id, nest.Caller{NewGuest: true})
	if err != nil || entry.Admission.Grant.Publish {
		t.Fatalf("guest: %+v %v", entry.Admission, err)
	}
	guest := entry.Admission.Identity
	if err := w.Remove(t.Context(), id, w.host.pubkey, guest, false); err != nil {
		t.Fatal(err)
	}
	_, err = w.Admit(t.Context(), id, guest)
	wantCode(t, err, nest.CodeBanned)
	w.advance(12*time.Hour + time.Second)
	if _, err := w.Admit(t.Context(), id, guest); err != nil {
		t.Errorf("after twelve hours: %v", err)
	}
}
