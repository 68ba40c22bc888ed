package nest_test

import (
	"testing"
	"time"

	"nests/internal/nest"
)

func (w *world) private(guests bool) string {
	w.t.Helper()
	entry, err := w.Create(w.t.Context(), nest.CreateRequest{
		Host:   w.host.pubkey,
		Access: nest.Private,
		Guests: &guests,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return entry.Nest.ID
}

func (w *world) invite(id string, r nest.InviteRequest) (nest.Invite, string) {
	w.t.Helper()
	invite, secret, err := w.CreateInvite(w.t.Context(), id, w.host.pubkey, r)
	if err != nil || secret == "" || invite.SecretHash == secret {
		w.t.Fatalf("invite %+v %q: %v", invite, secret, err)
	}
	return invite, secret
}

// An invite with one use gives one user access, who can join again. It gives no second user access.
func TestInviteIsUsedOncePerUser(t *testing.T) {
	w := newWorld(t)
	id, ann, bob := w.private(true), newKey(t).pubkey, newKey(t).pubkey
	invite, secret := w.invite(id, nest.InviteRequest{MaxUses: 1})
	join := func(pubkey, secret string) error {
		_, err := w.Join(t.Context(), id, pubkey, secret)
		return err
	}
	wantCode(t, join(ann, ""), nest.CodePrivate)
	wantCode(t, join(ann, "x"+secret), nest.CodeInviteInvalid)
	for range 2 {
		if _, err := w.Info(t.Context(), id, nest.Caller{Invite: secret}); err != nil {
			t.Errorf("info with a valid invite: %v", err)
		}
	}
	for _, with := range []string{secret, secret, ""} {
		if err := join(ann, with); err != nil {
			t.Errorf("the user who redeemed it, with %q: %v", with, err)
		}
	}
	wantCode(t, join(bob, secret), nest.CodeInviteUsed)
	_, err := w.Info(t.Context(), id, nest.Caller{Invite: secret})
	wantCode(t, err, nest.CodeInviteUsed)
	list, err := w.Invites(t.Context(), id, w.host.pubkey)
	if err != nil || len(list) != 1 || list[0].ID != invite.ID || list[0].Uses != 1 {
		t.Errorf("the host's list: %+v %v", list, err)
	}
}

func TestInvalidInvites(t *testing.T) {
	w := newWorld(t)
	id, other, ann := w.private(true), w.private(true), newKey(t).pubkey
	join := func(id, secret string) error {
		_, err := w.Join(t.Context(), id, ann, secret)
		return err
	}
	soon := w.clock.Add(time.Hour).UnixMilli()
	revoked, of := w.invite(id, nest.InviteRequest{})
	for range 2 { // revoking twice is no error
		if err := w.RevokeInvite(t.Context(), id, w.host.pubkey, revoked.ID); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, join(id, of), nest.CodeInviteInvalid)
	_, secret := w.invite(id, nest.InviteRequest{ExpiresAt: soon})
	wantCode(t, join(other, secret), nest.CodeInviteInvalid)
	w.advance(time.Hour)
	wantCode(t, join(id, secret), nest.CodeInviteExpired)

	_, open := w.invite(id, nest.InviteRequest{})
	if err := w.Remove(t.Context(), id, w.host.pubkey, ann, true); err != nil {
		t.Fatal(err)
	}
	wantCode(t, join(id, open), nest.CodeBanned)

	for name, r := range map[string]nest.InviteRequest{
		"past":           {ExpiresAt: w.clock.UnixMilli()},
		"less than none": {MaxUses: -1},
	} {
		if _, _, err := w.CreateInvite(t.Context(), id, w.host.pubkey, r); err == nil {
			t.Errorf("%s: created", name)
		}
	}
	bob := newKey(t).pubkey
	_, _, err := w.CreateInvite(t.Context(), id, bob, nest.InviteRequest{})
	wantCode(t, err, nest.CodeForbidden)
	_, err = w.Invites(t.Context(), id, bob)
	wantCode(t, err, nest.CodeForbidden)
	_, err = w.MembersWithAccess(t.Context(), id, bob)
	wantCode(t, err, nest.CodeForbidden)
	wantCode(t, w.GrantAccess(t.Context(), id, bob, bob), nest.CodeForbidden)
}

func TestInvitesOfANestAreLimited(t *testing.T) {
	w := newWorld(t)
	id := w.private(true)
	for range 100 {
		w.invite(id, nest.InviteRequest{})
	}
	_, _, err := w.CreateInvite(t.Context(), id, w.host.pubkey, nest.InviteRequest{})
	wantCode(t, err, nest.CodeQuota)
}

func TestAccessGrantedAndRevoked(t *testing.T) {
	w := newWorld(t)
	id, ann := w.private(false), newKey(t).pubkey
	if err := w.GrantAccess(t.Context(), id, w.host.pubkey, ann); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Join(t.Context(), id, ann, ""); err != nil {
		t.Errorf("with access: %v", err)
	}
	if places, err := w.MembersWithAccess(t.Context(), id, w.host.pubkey); err != nil || len(places) != 2 {
		t.Errorf("the host and one member with access: %+v %v", places, err)
	}
	if err := w.RevokeAccess(t.Context(), id, w.host.pubkey, ann); err != nil {
		t.Fatal(err)
	}
	_, err := w.Admit(t.Context(), id, ann)
	wantCode(t, err, nest.CodePrivate)
	if got := w.media.removed; len(got) != 1 || got[0] != ann {
		t.Errorf("removed %v, want the user whose access was revoked", got)
	}
	// A speaker stays without access.
	w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Publish: yes()})
	if err := w.RevokeAccess(t.Context(), id, w.host.pubkey, ann); err != nil || len(w.media.removed) != 1 {
		t.Errorf("a speaker was disconnected: %v", err)
	}
	wantCode(t, w.GrantAccess(t.Context(), id, w.host.pubkey, "ann"), "invalid_pubkey")
}

// Each tab of a browser is a participant of its own. They share access, and a removal of one holds for all.
func TestTabsOfAGuestsBrowser(t *testing.T) {
	w := newWorld(t)
	id := w.private(true)
	_, secret := w.invite(id, nest.InviteRequest{MaxUses: 1})
	guests := []string{"guest-0e6a7d0c-5a53-8d27-8f3c-3a1b9a2b1c01", "guest-0e6a7d0c-5a53-8d27-8f3c-3a1b9a2b1c02"}
	enter := func(secret string) (string, error) {
		entry, err := w.JoinAsGuest(t.Context(), id, nest.Caller{GuestIDs: guests, Invite: secret})
		return entry.Admission.Identity, err
	}
	_, err := enter("")
	wantCode(t, err, nest.CodePrivate)
	first, err := enter(secret)
	if err != nil {
		t.Fatal(err)
	}
	w.media.people = []nest.Participant{{Identity: first}}
	second, err := enter("")
	if err != nil || second == first {
		t.Errorf("the second tab has identity %s, the first %s: %v", second, first, err)
	}
	for _, identity := range guests {
		if _, err := w.Admit(t.Context(), id, identity); err != nil {
			t.Errorf("the gate for %s: %v", identity, err)
		}
	}
	if err := w.Remove(t.Context(), id, w.host.pubkey, first, false); err != nil {
		t.Fatal(err)
	}
	_, err = enter(secret)
	wantCode(t, err, nest.CodeBanned)
	_, err = w.Info(t.Context(), id, nest.Caller{GuestIDs: guests})
	wantCode(t, err, nest.CodeBanned)
	w.advance(12*time.Hour + time.Minute)
	if _, err := enter(""); err != nil {
		t.Errorf("twelve hours later: %v", err)
	}
}
