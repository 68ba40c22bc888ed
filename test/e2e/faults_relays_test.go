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

// relayFaults are those of the outside relays of a nest. What only a look at the relay itself tells, its host and the operator hear.
func relayFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host, at := s.user(), time.Now().Add(-time.Hour)
	relay := func(mode nesttest.RelayMode, words string) *nesttest.Relay {
		r := nesttest.NewRelay(t)
		r.Set(mode, words)
		return r
	}
	refusing, down, silent, up := relay(nesttest.RelayRefusing, "blocked: not on the list"), relay(nesttest.RelayDown, ""),
		relay(nesttest.RelaySilent, ""), relay(nesttest.RelayUp, "")

	id, _ := host.announced(at, "Refused", refusing, up)
	all.named(s, fault{name: "relay refuses", nest: id, report: diagnose.RelayRefused, doctor: diagnose.RelayRefused, url: diagnose.RelayRefused})
	if said := fmt.Sprint(s.report(id, host).Checks); !strings.Contains(said, "blocked: not on the list") {
		t.Errorf("the host does not read the relay's words: %s", said)
	}
	host.putSpace(id, host.edit(id, at.Add(time.Minute), "Elsewhere", up)) // another relay, as the hint says
	s.mended(id, faultMost)

	id, _ = host.announced(at, "Down", down, refusing)
	all.named(s, fault{name: "pair: relay refuses, relay is down", nest: id, report: diagnose.RelayRefused, doctor: diagnose.RelayRefused, before: diagnose.RelayUnreachable})
	id, _ = host.announced(at, "Down", down)
	all.named(s, fault{name: "relay is down", nest: id, report: diagnose.RelayUnreachable, doctor: diagnose.RelayUnreachable, url: diagnose.RelayUnreachable})
	down.Set(nesttest.RelayUp, "")
	s.mended(id, 30*time.Second) // by itself

	id, e := host.announced(at, "Silent", silent)
	all.named(s, fault{name: "relay is silent", nest: id, by: host, report: diagnose.RelayUnreachable, doctor: diagnose.RelayUnreachable})
	stuck := s.file()
	run(t, stuck, `CREATE TRIGGER stuck AFTER UPDATE ON outbox BEGIN UPDATE outbox SET next_try = 1 WHERE event = new.event; END`)
	run(t, stuck, `UPDATE outbox SET next_try = 1 WHERE event = '`+e.ID+`'`)
	all.named(s, fault{name: "outbox stuck", report: diagnose.RelayLagging, doctor: diagnose.RelayLagging, url: diagnose.RelayLagging})
	run(t, stuck, `DROP TRIGGER stuck`)
	silent.Set(nesttest.RelayUp, "")
	s.mended(id, 40*time.Second)

	id, first := host.announced(at, "One", up)
	onRelay(t, up, first, 5*time.Second)
	s.mended(id, faultMost)
	up.Forget(first.ID)
	all.named(s, fault{name: "event missing on a relay", nest: id, by: host, report: diagnose.RelayLagging, doctor: diagnose.RelayLagging})
	second := host.edit(id, at.Add(time.Minute), "Two", up)
	host.putSpace(id, second) // saved once more, as the hint says
	onRelay(t, up, second, 5*time.Second)
	s.mended(id, faultMost)
	up.Put(t, first)
	up.Forget(second.ID)
	all.named(s, fault{name: "event older on a relay", nest: id, by: host, report: diagnose.RelayLagging, doctor: diagnose.RelayLagging})
	third := host.edit(id, at.Add(2*time.Minute), "Three", up)
	host.putSpace(id, third)
	onRelay(t, up, third, 5*time.Second)
	up.Forget(first.ID)
	s.mended(id, faultMost)

	up.Put(t, host.edit(id, at.Add(3*time.Minute), "Four", up))
	all.named(s, fault{name: "event newer on a relay, nobody inside", nest: id, by: host, report: diagnose.Repairing, doctor: diagnose.Repairing})
	nesttest.Join(t, s.ws(), host.join(id)) // as the hint says
	s.mended(id, 20*time.Second)
}

// eventFaults are events that do not fit the server's nests.
func eventFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host, eve, at := s.user(), s.user(), time.Now().Add(-time.Hour)
	elsewhere := func(u *user, id string, at time.Time) nest.Event {
		return u.sign(nest.KindSpace, at, "", []string{"d", id}, []string{"service", "https://elsewhere.example/api/v1/nests"},
			[]string{"room", "Moved"}, []string{"status", "open"}, []string{"p", u.pubkey, "", "Host"})
	}
	id, _ := host.announced(at, "Ours")
	host.putSpace(id, host.edit(id, at.Add(time.Second), "Ours still"))
	s.mended(id, faultMost)
	s.accepts(eve.edit(id, at.Add(time.Minute), "Eve's"))
	all.named(s, fault{name: "event of another key", nest: id, report: diagnose.Healthy, doctor: diagnose.Healthy, url: diagnose.Healthy})
	all.named(s, fault{name: "link to another key's event", nest: naddr(eve, id, s.ws()+"/relay"), doctor: diagnose.IDMismatch, url: diagnose.IDMismatch})

	relay := nesttest.NewRelay(t)
	moved := uuid.NewString()
	relay.Put(t, elsewhere(host, moved, at))
	all.named(s, fault{name: "event names another server", nest: naddr(host, moved, relay.URL), doctor: diagnose.WrongServer, url: diagnose.WrongServer})
	leaving, _ := host.announced(at, "Leaving", relay)
	s.mended(leaving, faultMost)
	relay.Put(t, elsewhere(host, leaving, at.Add(time.Minute)))
	all.named(s, fault{name: "newest event names another server", nest: leaving, by: host, report: diagnose.WrongServer, doctor: diagnose.WrongServer})
	all.named(s, fault{name: "newest event names another server, by its link", nest: naddr(host, leaving, relay.URL), doctor: diagnose.WrongServer, url: diagnose.WrongServer})

	other := uuid.NewString()
	s.accepts(host.edit(other, at, "Another d"))
	all.named(s, fault{name: "event with another d than the nest", nest: other, report: diagnose.OrphanSpace, doctor: diagnose.OrphanSpace, url: diagnose.OrphanSpace})
	all.named(s, fault{name: "link with another d than the nest", nest: naddr(host, other, s.ws()+"/relay"), doctor: diagnose.OrphanSpace, url: diagnose.OrphanSpace})

	db := s.file()
	run(t, db, `DELETE FROM nests WHERE id = '`+id+`'`)
	all.named(s, fault{name: "orphan: the row is lost, the event names us", nest: id, report: diagnose.OrphanSpace, doctor: diagnose.OrphanSpace, url: diagnose.OrphanSpace})
	host.reopen(id) // Restart nest, as the hint says
	s.mended(id, faultMost)

	host.putSpace(id, host.closing(id, time.Now().Add(-time.Second)))
	host.reopen(id)
	all.named(s, fault{name: "signature owed", nest: id, report: diagnose.SignatureOwed, doctor: diagnose.SignatureOwed, url: diagnose.SignatureOwed, before: diagnose.Ended})
	host.putSpace(id, host.edit(id, time.Now(), "Open again")) // the one signature
	s.mended(id, faultMost)
}
