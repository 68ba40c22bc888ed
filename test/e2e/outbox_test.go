package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/store"
)

// createAnnounced creates a nest with a signed space that names these relays.
func (u *user) createAnnounced(at time.Time, title string, relays ...*nesttest.Relay) (id string, e nest.Event) {
	u.t.Helper()
	id = uuid.NewString()
	e = u.editedSpace(id, at, title, relays...)
	if a := u.call(http.MethodPut, "", map[string]any{"event": e}); a.status != 200 {
		u.t.Fatalf("create answered %d %s", a.status, a.text)
	}
	return id, e
}

// editedSpace returns the host's space with a title and relays.
func (u *user) editedSpace(id string, at time.Time, title string, relays ...*nesttest.Relay) nest.Event {
	tag := []string{"relays"}
	for _, r := range relays {
		tag = append(tag, r.URL)
	}
	return u.space(id, at, []string{"room", title}, []string{"status", "open"}, []string{"p", u.pubkey, "", "Host"},
		tag)
}

// putSpace sends a newer space by the API.
func (u *user) putSpace(id string, e nest.Event) {
	u.t.Helper()
	if a := u.call(http.MethodPut, "/"+id+"/space", map[string]any{"event": e}); a.status != 200 {
		u.t.Fatalf("space answered %d %s", a.status, a.text)
	}
}

// waitForDelivery waits until the outbox has the state of an event at a relay.
func waitForDelivery(t testing.TB, db *store.DB, id string, e nest.Event, relay *nesttest.Relay,
	state nest.DeliveryState, words string, limit time.Duration) (d nest.Delivery) {
	t.Helper()
	nesttest.Eventually(t, limit, func() string {
		all, err := db.Deliveries(t.Context(), id)
		if err != nil {
			return err.Error()
		}
		for _, d = range all {
			if d.Event == e.ID && d.Relay == relay.URL && d.State == state && (words == "" || d.Message == words) &&
				(state != nest.DeliveryPending || d.Attempts > 0) {
				return ""
			}
		}
		return fmt.Sprintf("the outbox has %+v; want %s %q", all, state, words)
	})
	return d
}

func waitForEvent(t testing.TB, r *nesttest.Relay, e nest.Event, limit time.Duration) {
	t.Helper()
	nesttest.Eventually(t, limit, func() string {
		if !r.Has(e.ID) {
			return "the event is not on the outside relay"
		}
		return ""
	})
}

// Of two outside relays one is down and one refuses. Each has its own state and message, and neither delays the
// other.
func TestOutboxPerRelay(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	good, bad := nesttest.NewRelay(t), nesttest.NewRelay(t)
	host, at, db := s.user(), time.Now().Add(-time.Hour), s.openStore()
	bad.Set(nesttest.RelayDown, "")
	id, first := host.createAnnounced(at, "One", good, bad)
	waitForDelivery(t, db, id, first, good, nest.DeliveryAccepted, "", 5*time.Second)
	down := waitForDelivery(t, db, id, first, bad, nest.DeliveryPending, "", 5*time.Second)
	if down.Message == "" {
		t.Error("the outbox does not say why the relay was not reached")
	}

	bad.Set(nesttest.RelayUp, "")
	waitForDelivery(t, db, id, first, bad, nest.DeliveryAccepted, "", 20*time.Second)
	waitForEvent(t, bad, first, time.Second)

	// A permanent refusal is not retried, not even after a restart of the server.
	bad.Set(nesttest.RelayRefusing, "blocked: not on the list")
	second := host.editedSpace(id, at.Add(time.Minute), "Two", good, bad)
	host.putSpace(id, second)
	waitForDelivery(t, db, id, second, good, nest.DeliveryAccepted, "", 5*time.Second)
	waitForDelivery(t, db, id, second, bad, nest.DeliveryRefused, "blocked: not on the list", 5*time.Second)
	bad.Set(nesttest.RelayUp, "")
	s.kill()
	s.start()
	nesttest.Never(t, 7*time.Second, func() string {
		if n := bad.Published(second.ID); n != 1 {
			return fmt.Sprintf("the relay that refused for good was asked %d times", n)
		}
		return ""
	})

	// A relay that never answers delays only itself. Its pending delivery survives kill -9, and each try is one
	// publication.
	bad.Set(nesttest.RelaySilent, "")
	third := host.editedSpace(id, at.Add(2*time.Minute), "Three", good, bad)
	host.putSpace(id, third)
	waitForDelivery(t, db, id, third, good, nest.DeliveryAccepted, "", 3*time.Second)
	waitForDelivery(t, db, id, third, bad, nest.DeliveryPending, "", 15*time.Second)
	if n := bad.Published(third.ID); n != 1 {
		t.Errorf("a relay that does not answer was asked %d times before the server gave the first try up", n)
	}
	s.kill()
	bad.Set(nesttest.RelayUp, "")
	s.start()
	waitForDelivery(t, db, id, third, bad, nest.DeliveryAccepted, "", 20*time.Second)
	if n := bad.Published(third.ID); n != 2 {
		t.Errorf("after two tries the relay was asked %d times", n)
	}
	if n := good.Published(third.ID); n != 1 {
		t.Errorf("the relay that had accepted was asked %d times", n)
	}
}

// One change is published once. The same space again, a join, a promotion and a restart publish nothing.
func TestOnePublicationPerChange(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	outside := nesttest.NewRelay(t)
	host, ann, at, db := s.user(), s.user(), time.Now().Add(-time.Hour), s.openStore()
	id, first := host.createAnnounced(at, "One", outside)
	waitForDelivery(t, db, id, first, outside, nest.DeliveryAccepted, "", 5*time.Second)
	host.putSpace(id, first)
	s.mustPublish(first)
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	host.call(http.MethodPost, "/"+id+"/restart", map[string]bool{"force": true})
	s.stop()
	s.start()
	nesttest.Never(t, 6*time.Second, func() string {
		if n := outside.Published(first.ID); n != 1 {
			return fmt.Sprintf("the space was published %d times", n)
		}
		return ""
	})
	second := host.editedSpace(id, at.Add(time.Minute), "Two", outside)
	s.mustPublish(second) // on our relay this time
	waitForDelivery(t, db, id, second, outside, nest.DeliveryAccepted, "", 5*time.Second)
	if n := outside.Published(second.ID); n != 1 {
		t.Errorf("the edit was published %d times", n)
	}
}

// A relay that replays events with junk and a slow one do no harm. The host's newest space applies, each relay gets
// it once, and edits made on any of them arrive within 5 s.
func TestHostileAndSlowRelays(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	replaying, slow, good := nesttest.NewRelay(t), nesttest.NewRelay(t), nesttest.NewRelay(t)
	host, at, db := s.user(), time.Now().Add(-time.Hour), s.openStore()
	replaying.Set(nesttest.RelayReplaying, "")
	slow.Set(nesttest.RelaySlow, "")
	id, first := host.createAnnounced(at, "One", replaying, slow, good)
	for i := range 20 {
		replaying.Put(t, host.editedSpace(id, at.Add(time.Duration(i-30)*time.Minute), fmt.Sprintf("Old %d", i),
			replaying))
	}
	replaying.Put(t, s.user().editedSpace(id, time.Now(), "Another user's", replaying))
	for _, relay := range []*nesttest.Relay{replaying, slow, good} {
		waitForDelivery(t, db, id, first, relay, nest.DeliveryAccepted, "", 10*time.Second)
	}
	talker, listener := hearing(t, host, id)
	for _, relay := range []*nesttest.Relay{replaying, slow, good} {
		nesttest.Eventually(t, 10*time.Second, func() string {
			if relay.Subscriptions() == 0 {
				return "an outside relay is not watched"
			}
			return ""
		})
	}
	for i, relay := range []*nesttest.Relay{good, slow, replaying, good} {
		title := fmt.Sprintf("Edit %d", i)
		relay.Put(t, host.editedSpace(id, at.Add(time.Duration(i+1)*time.Minute), title, replaying, slow, good))
		s.waitForInfo(id, "title", title, 5*time.Second)
	}
	nesttest.Never(t, 3*time.Second, func() string {
		if a := s.info(id); a.str("title") != "Edit 3" || a.str("host") != host.pubkey {
			return "an old or foreign space won: " + a.text
		}
		return talker.Reason() + listener.Reason()
	})
	nesttest.Eventually(t, 5*time.Second, listener.Hears(host.pubkey))
	last := host.editedSpace(id, at.Add(10*time.Minute), "Last", replaying, slow, good)
	host.putSpace(id, last)
	for _, relay := range []*nesttest.Relay{replaying, slow, good} {
		waitForDelivery(t, db, id, last, relay, nest.DeliveryAccepted, "", 10*time.Second)
		if n := relay.Published(last.ID); n != 1 {
			t.Errorf("the last edit was published %d times on one relay", n)
		}
	}
}
