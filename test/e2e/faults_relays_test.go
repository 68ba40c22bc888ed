package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/diagnose"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

// relayFaults are faults of a nest's outside relays. Only the host and the operator see what a check of the relay
// itself finds.
func relayFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host, at := s.user(), time.Now().Add(-time.Hour)
	relay := func(mode nesttest.RelayMode, words string) *nesttest.Relay {
		r := nesttest.NewRelay(t)
		r.Set(mode, words)
		return r
	}
	refusing, down, silent, up := relay(nesttest.RelayRefusing, "blocked: not on the list"),
		relay(nesttest.RelayDown, ""),
		relay(nesttest.RelaySilent, ""), relay(nesttest.RelayUp, "")

	id, _ := host.createAnnounced(at, "Refused", refusing, up)
	all.expectVerdicts(s, fault{
		name:   "relay refuses",
		nest:   id,
		report: diagnose.RelayRefused,
		doctor: diagnose.RelayRefused,
		url:    diagnose.RelayRefused,
	})
	if said := fmt.Sprint(s.report(id, host).Checks); !strings.Contains(said, "blocked: not on the list") {
		t.Errorf("the host does not read the relay's words: %s", said)
	}
	host.putSpace(id, host.editedSpace(id, at.Add(time.Minute), "Elsewhere", up)) // another relay, as the hint says
	s.becomesHealthy(id, faultLimit)

	id, _ = host.createAnnounced(at, "Down", down, refusing)
	all.expectVerdicts(s, fault{
		name:   "pair: relay refuses, relay is down",
		nest:   id,
		report: diagnose.RelayRefused,
		doctor: diagnose.RelayRefused,
		before: diagnose.RelayUnreachable,
	})
	id, _ = host.createAnnounced(at, "Down", down)
	all.expectVerdicts(s, fault{
		name:   "relay is down",
		nest:   id,
		report: diagnose.RelayUnreachable,
		doctor: diagnose.RelayUnreachable,
		url:    diagnose.RelayUnreachable,
	})
	down.Set(nesttest.RelayUp, "")
	s.becomesHealthy(id, 30*time.Second) // by itself

	id, e := host.createAnnounced(at, "Silent", silent)
	all.expectVerdicts(s, fault{
		name:   "relay is silent",
		nest:   id,
		by:     host,
		report: diagnose.RelayUnreachable,
		doctor: diagnose.RelayUnreachable,
	})
	stuck := s.openSQLite()
	execSQL(t, stuck, `CREATE TRIGGER stuck AFTER UPDATE ON outbox BEGIN
		UPDATE outbox SET next_try = 1 WHERE event = new.event; END`)
	execSQL(t, stuck, `UPDATE outbox SET next_try = 1 WHERE event = '`+e.ID+`'`)
	all.expectVerdicts(s, fault{
		name:   "outbox stuck",
		report: diagnose.RelayLagging,
		doctor: diagnose.RelayLagging,
		url:    diagnose.RelayLagging,
	})
	execSQL(t, stuck, `DROP TRIGGER stuck`)
	silent.Set(nesttest.RelayUp, "")
	s.becomesHealthy(id, 40*time.Second)

	id, first := host.createAnnounced(at, "One", up)
	waitForEvent(t, up, first, 5*time.Second)
	s.becomesHealthy(id, faultLimit)
	up.Forget(first.ID)
	all.expectVerdicts(s, fault{
		name:   "event missing on a relay",
		nest:   id,
		by:     host,
		report: diagnose.RelayLagging,
		doctor: diagnose.RelayLagging,
	})
	second := host.editedSpace(id, at.Add(time.Minute), "Two", up)
	host.putSpace(id, second) // saved again, as the hint says
	waitForEvent(t, up, second, 5*time.Second)
	s.becomesHealthy(id, faultLimit)
	up.Put(t, first)
	up.Forget(second.ID)
	all.expectVerdicts(s, fault{
		name:   "event older on a relay",
		nest:   id,
		by:     host,
		report: diagnose.RelayLagging,
		doctor: diagnose.RelayLagging,
	})
	third := host.editedSpace(id, at.Add(2*time.Minute), "Three", up)
	host.putSpace(id, third)
	waitForEvent(t, up, third, 5*time.Second)
	up.Forget(first.ID)
	s.becomesHealthy(id, faultLimit)

	up.Put(t, host.editedSpace(id, at.Add(3*time.Minute), "Four", up))
	all.expectVerdicts(s, fault{
		name:   "event newer on a relay, no participant inside",
		nest:   id,
		by:     host,
		report: diagnose.Repairing,
		doctor: diagnose.Repairing,
	})
	nesttest.Join(t, s.ws(), host.join(id)) // as the hint says
	s.becomesHealthy(id, 20*time.Second)
}

// eventFaults are events that do not fit the server's nests.
func eventFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host, eve, at := s.user(), s.user(), time.Now().Add(-time.Hour)
	elsewhere := func(u *user, id string, at time.Time) nest.Event {
		return u.sign(nest.KindSpace, at, "", []string{"d", id},
			[]string{"service", "https://elsewhere.example/api/v1/nests"},
			[]string{"room", "Moved"}, []string{"status", "open"}, []string{"p", u.pubkey, "", "Host"})
	}
	id, _ := host.createAnnounced(at, "Ours")
	host.putSpace(id, host.editedSpace(id, at.Add(time.Second), "Ours still"))
	s.becomesHealthy(id, faultLimit)
	s.mustPublish(eve.editedSpace(id, at.Add(time.Minute), "Eve's"))
	all.expectVerdicts(s, fault{
		name:   "event of another key",
		nest:   id,
		report: diagnose.Healthy,
		doctor: diagnose.Healthy,
		url:    diagnose.Healthy,
	})
	all.expectVerdicts(s, fault{
		name:   "link to another key's event",
		nest:   naddr(eve, id, s.ws()+"/relay"),
		doctor: diagnose.IDMismatch,
		url:    diagnose.IDMismatch,
	})

	relay := nesttest.NewRelay(t)
	moved := uuid.NewString()
	relay.Put(t, elsewhere(host, moved, at))
	all.expectVerdicts(s, fault{
		name:   "event names another server",
		nest:   naddr(host, moved, relay.URL),
		doctor: diagnose.WrongServer,
		url:    diagnose.WrongServer,
	})
	leaving, _ := host.createAnnounced(at, "Leaving", relay)
	s.becomesHealthy(leaving, faultLimit)
	relay.Put(t, elsewhere(host, leaving, at.Add(time.Minute)))
	all.expectVerdicts(s, fault{
		name:   "newest event names another server",
		nest:   leaving,
		by:     host,
		report: diagnose.WrongServer,
		doctor: diagnose.WrongServer,
	})
	all.expectVerdicts(s, fault{
		name:   "newest event names another server, by its link",
		nest:   naddr(host, leaving, relay.URL),
		doctor: diagnose.WrongServer,
		url:    diagnose.WrongServer,
	})

	other := uuid.NewString()
	s.mustPublish(host.editedSpace(other, at, "Another d"))
	all.expectVerdicts(s, fault{
		name:   "event with another d than the nest",
		nest:   other,
		report: diagnose.OrphanSpace,
		doctor: diagnose.OrphanSpace,
		url:    diagnose.OrphanSpace,
	})
	all.expectVerdicts(s, fault{
		name:   "link with another d than the nest",
		nest:   naddr(host, other, s.ws()+"/relay"),
		doctor: diagnose.OrphanSpace,
		url:    diagnose.OrphanSpace,
	})

	db := s.openSQLite()
	execSQL(t, db, `DELETE FROM nests WHERE id = '`+id+`'`)
	all.expectVerdicts(s, fault{
		name:   "orphan: the row is lost, the event names us",
		nest:   id,
		report: diagnose.OrphanSpace,
		doctor: diagnose.OrphanSpace,
		url:    diagnose.OrphanSpace,
	})
	host.restartNest(id) // Restart nest, as the hint says
	s.becomesHealthy(id, faultLimit)

	host.putSpace(id, host.closingSpace(id, time.Now().Add(-time.Second)))
	host.restartNest(id)
	all.expectVerdicts(s, fault{
		name:   "signature pending",
		nest:   id,
		report: diagnose.SignatureOwed,
		doctor: diagnose.SignatureOwed,
		url:    diagnose.SignatureOwed,
		before: diagnose.Ended,
	})
	host.putSpace(id, host.editedSpace(id, time.Now(), "Open again")) // the one signature
	s.becomesHealthy(id, faultLimit)
}
