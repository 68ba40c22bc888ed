package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"nests/internal/diagnose"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

// roomFaults are changes that a program with the API key makes to LiveKit. The server repairs them by itself, and
// reports the divergence during and after the repair.
func roomFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host, ann := s.user(), s.user()
	id, _ := host.create()
	_, listener := hearing(t, host, id)
	nesttest.Join(t, s.ws(), ann.join(id))
	s.becomesHealthy(id, faultLimit)
	ctx, livekit := within(t, time.Minute), s.livekit()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(livekit.SetGrant(ctx, id, ann.pubkey, nest.Grant{Publish: true}, nil))
	s.expectDrift(all, "permission tampered with", id, "wrong_permission", diagnose.Healthy)
	s.becomesHealthy(id, faultLimit)
	check(livekit.SetMetadata(ctx, id, "{}"))
	s.expectDrift(all, "metadata lost", id, "metadata_lost", diagnose.Healthy)
	s.becomesHealthy(id, faultLimit)
	nesttest.Eventually(t, 5*time.Second, listener.Hears(host.pubkey))

	execSQL(t, s.openSQLite(), fmt.Sprintf(`UPDATE nests SET stale_sid = room_sid WHERE id = '%s'`, id))
	s.expectDrift(all, "a session that should have ended", id, "stale_session", diagnose.Healthy)
	s.becomesHealthy(id, faultLimit)

	gone, _ := host.create()
	nesttest.Speaker(t, s.ws(), host.join(gone))
	for _, room := range s.rooms() {
		if room.Name == gone {
			check(livekit.EndRoom(ctx, gone, room.SID))
		}
	}
	all.expectVerdicts(s, fault{
		name:   "room deleted: the next one in makes it anew",
		nest:   gone,
		report: diagnose.Healthy,
		doctor: diagnose.Healthy,
		url:    diagnose.Healthy,
	})
	hearing(t, host, gone)
	s.becomesHealthy(gone, faultLimit)

	// A room with other limits than the nest's cannot be repaired while participants are inside. The divergence stays
	// open.
	narrow, _ := host.create()
	_, err := livekit.EnsureRoom(ctx, nest.Room{Name: narrow, Metadata: "{}", MaxParticipants: 7})
	check(err)
	nesttest.Speaker(t, s.ws(), host.join(narrow))
	all.expectVerdicts(s, fault{
		name:   "room with other limits, participants inside",
		nest:   narrow,
		report: diagnose.Repairing,
		doctor: diagnose.Repairing,
		url:    diagnose.Repairing,
	})
	if a := host.call(http.MethodPost, "/"+narrow+"/restart", map[string]bool{"force": true}); a.status != 200 {
		t.Fatalf("restart answered %d %s", a.status, a.text)
	}
	s.becomesHealthy(narrow, faultLimit)
}

// expectDrift waits until the drift record names the divergence. No other verdict than the given one may appear
// meanwhile.
func (s *server) expectDrift(all *table, name, id, code string, meanwhile diagnose.Code) {
	s.t.Helper()
	began := time.Now()
	nesttest.Eventually(s.t, faultLimit, func() string {
		r := s.report(id, s.operator())
		if said := r.Verdict.Code; said != meanwhile && said != diagnose.Repairing && string(said) != code {
			s.t.Errorf("%s: the verdict is %s", name, checksOf(r))
		}
		if !inRecord(r, code) {
			return fmt.Sprintf("%s: the record does not name %s: %v", name, code, r.Drifts)
		}
		return ""
	})
	took := time.Since(began).Seconds()
	if r := s.doctor(s.environment(), id); !inRecord(r, code) {
		s.t.Errorf("%s: the doctor's record does not name %s: %v", name, code, r.Drifts)
	}
	all.add(name, [3]string{fmt.Sprintf("%-22s %4.1f", "* "+code, took), "* " + code}) // * from the record
}
