package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/diagnose"
	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/nip"
)

// policyFaults are no faults: the policy refuses a user, and the verdict names the reason.
func policyFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off", "NESTS_MAX_PARTICIPANTS=2")
	host, eve := s.user(), s.user()
	make := func(fields map[string]any) string {
		t.Helper()
		a := host.call(http.MethodPut, "", fields)
		if a.status != 200 {
			t.Fatalf("create answered %d %s", a.status, a.text)
		}
		return a.str("roomId")
	}
	end := func(id string) {
		t.Helper()
		if a := host.call(http.MethodDelete, "/"+id, nil); a.status != 204 {
			t.Fatalf("end answered %d %s", a.status, a.text)
		}
	}
	all.expectVerdicts(s, fault{
		name:   "id of no nest",
		nest:   uuid.NewString(),
		report: diagnose.UnknownNest,
		doctor: diagnose.UnknownNest,
		url:    diagnose.UnknownNest,
	})
	all.expectVerdicts(s, fault{
		name:   "not an id",
		nest:   "morning-coffee",
		doctor: diagnose.WrongRoomID,
		url:    diagnose.WrongRoomID,
	})

	id := make(map[string]any{})
	end(id)
	all.expectVerdicts(s, fault{
		name:   "ended",
		nest:   id,
		report: diagnose.Ended,
		doctor: diagnose.Ended,
		url:    diagnose.Ended,
	})
	host.restartNest(id) // as the hint says
	s.becomesHealthy(id, faultLimit)
	id = make(map[string]any{"starts_at": time.Now().Add(time.Hour).UnixMilli()})
	all.expectVerdicts(s, fault{
		name:   "planned",
		nest:   id,
		report: diagnose.NotStarted,
		doctor: diagnose.NotStarted,
		url:    diagnose.NotStarted,
	})
	host.restartNest(id)
	s.becomesHealthy(id, faultLimit)
	id = make(map[string]any{"access": "private"})
	expectRefusal(t, s.get("/api/v1/nests/"+id+"/diagnostics"), 403, "nest_private")
	all.expectVerdicts(s, fault{name: "private", nest: id, doctor: diagnose.Private, url: diagnose.Private})
	all.expectVerdicts(s, fault{name: "private, asked by its host", nest: id, by: host, report: diagnose.Healthy})
	id = make(map[string]any{"guests": false})
	all.expectVerdicts(s, fault{
		name:   "guests off",
		nest:   id,
		report: diagnose.GuestsOff,
		doctor: diagnose.GuestsOff,
		url:    diagnose.GuestsOff,
	})
	all.expectVerdicts(s, fault{name: "guests off, asked with a key", nest: id, by: eve, report: diagnose.Healthy})

	id = make(map[string]any{})
	ban := func(pubkey string) {
		t.Helper()
		if a := host.call(http.MethodDelete, "/"+id+"/participants/"+pubkey,
			map[string]bool{"ban": true}); a.status != 204 {
			t.Fatalf("ban answered %d %s", a.status, a.text)
		}
	}
	ban(eve.pubkey)
	ban(s.operator().pubkey)
	all.expectVerdicts(s, fault{name: "banned", nest: id, by: eve, report: diagnose.Banned, doctor: diagnose.Banned})
	if a := host.call(http.MethodDelete, "/"+id+"/bans/"+s.operator().pubkey, nil); a.status != 204 {
		t.Fatalf("lift answered %d %s", a.status, a.text)
	}
	s.becomesHealthy(id, faultLimit)

	id = make(map[string]any{})
	hearing(t, host, id)
	all.expectVerdicts(s, fault{
		name:   "full",
		nest:   id,
		report: diagnose.Full,
		doctor: diagnose.Full,
		url:    diagnose.Full,
	})
	all.expectVerdicts(s, fault{name: "full, asked by its host", nest: id, by: host, report: diagnose.Healthy})

	refusing := nesttest.NewRelay(t)
	refusing.Set(nesttest.RelayRefusing, "blocked")
	id, _ = host.createAnnounced(time.Now().Add(-time.Minute), "Refused", refusing)
	all.expectVerdicts(s, fault{name: "relay of a nest refuses", nest: id, report: diagnose.RelayRefused})
	end(id)
	all.expectVerdicts(s, fault{
		name:   "pair: ended, its relay refuses, signature pending",
		nest:   id,
		report: diagnose.Ended,
		doctor: diagnose.Ended,
		url:    diagnose.Ended,
		before: diagnose.RelayRefused,
	})
}

// restartNest calls the API as the buttons Restart nest and Go live do.
func (u *user) restartNest(id string) {
	u.t.Helper()
	if a := u.call(http.MethodPost, "/"+id+"/restart", nil); a.status != 200 {
		u.t.Fatalf("restart answered %d %s", a.status, a.text)
	}
}

// closingSpace returns the host's space that ends the nest.
func (u *user) closingSpace(id string, at time.Time) nest.Event {
	return u.space(id, at, []string{"room", "Over"}, []string{"status", "closed"}, []string{"p", u.pubkey, "", "Host"})
}

// naddr returns a link to the user's nest with that id on a relay.
func naddr(u *user, id, relay string) string {
	return nip.Address{Kind: nest.KindSpace, Pubkey: u.pubkey, D: id, Relays: []string{relay}}.Naddr()
}
