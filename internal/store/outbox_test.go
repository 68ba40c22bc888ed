package store_test

import (
	"reflect"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

func publish(t *testing.T, db *store.DB, nestID string, e nest.Event, now int64, relays ...string) {
	t.Helper()
	write(t, db, func(tx nest.Tx) error {
		if _, err := tx.PutEvent(e); err != nil {
			return err
		}
		return tx.QueueDeliveries(nestID, e, relays, now)
	})
}

func due(t *testing.T, db *store.DB, now int64, limit int) []string {
	t.Helper()
	owed, err := db.DueDeliveries(t.Context(), now, limit)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, d := range owed {
		out = append(out, d.Event[62:]+" "+d.Relay)
	}
	return out
}

func expectDue(t *testing.T, db *store.DB, now int64, want ...string) {
	t.Helper()
	if got := due(t, db, now, 100); !reflect.DeepEqual(got, append([]string{}, want...)) {
		t.Errorf("due at %d: %v, want %v", now, got, want)
	}
}

func TestDeliveriesAreDueUntilTheyAreFinal(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		publish(
			t,
			db,
			id(1),
			event(1, nest.KindSpace, hex(1), 5, []string{"d", id(1)}),
			100,
			"wss://a",
			"wss://b",
			"wss://c",
		)
		expectDue(t, db, 99)
		expectDue(t, db, 100, "01 wss://a", "01 wss://b", "01 wss://c")
		if got := due(t, db, 100, 2); len(got) != 2 {
			t.Errorf("limit 2 gave %v", got)
		}
		want := nest.Delivery{
			Nest:     id(1),
			Event:    hex(1),
			Relay:    "wss://a",
			State:    nest.DeliveryPending,
			Attempts: 1,
			NextTry:  500,
			Message:  "timeout",
			Updated:  120,
		}
		for _, d := range []nest.Delivery{want,
			{
				Event:    hex(1),
				Relay:    "wss://b",
				State:    nest.DeliveryRefused,
				Attempts: 1,
				Message:  "blocked: \x00",
				Updated:  110,
			},
			{Event: hex(1), Relay: "wss://c", State: nest.DeliveryAccepted, Attempts: 1, Updated: 111}} {
			if err := db.PutDelivery(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		expectDue(t, db, 499)
		expectDue(t, db, 500, "01 wss://a")
		all, err := db.Deliveries(t.Context(), id(1))
		if err != nil || len(all) != 3 || all[0] != want || all[2].Message != "blocked: \uFFFD" {
			t.Errorf("got %+v, %v", all, err)
		}
	})
}

// One publication per change: a newer space deletes the pending deliveries of the older one, at every relay.
func TestNewerEventReplacesPendingDeliveries(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		space := func(n int, at int64) nest.Event {
			return event(n, nest.KindSpace, hex(1), at, []string{"d", id(1)})
		}
		publish(t, db, id(1), space(1, 5), 100, "wss://a", "wss://b")
		publish(t, db, id(2), event(9, 1, hex(1), 5), 100, "wss://a")
		publish(t, db, id(1), space(2, 6), 200, "wss://a", "wss://c")
		expectDue(t, db, 999, "09 wss://a", "02 wss://a", "02 wss://c")
		// The late answer for the old event changes nothing.
		if err := db.PutDelivery(
			t.Context(),
			nest.Delivery{Event: hex(1), Relay: "wss://b", State: nest.DeliveryAccepted},
		); err != nil {
			t.Error(err)
		}
		all, err := db.Deliveries(t.Context(), id(1))
		if err != nil || len(all) != 2 {
			t.Errorf("got %+v, %v", all, err)
		}
	})
}

func TestPublishAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		e := event(1, nest.KindSpace, hex(1), 5, []string{"d", id(1)})
		relays := []string{"wss://accepted", "wss://gave-up", "wss://pending", "wss://refused"}
		publish(t, db, id(1), e, 100, relays...)
		for i, state := range []nest.DeliveryState{
			nest.DeliveryAccepted, nest.DeliveryGaveUp, nest.DeliveryPending, nest.DeliveryRefused,
		} {
			if err := db.PutDelivery(
				t.Context(),
				nest.Delivery{Event: e.ID, Relay: relays[i], State: state, Attempts: 7, NextTry: 900},
			); err != nil {
				t.Fatal(err)
			}
		}
		publish(t, db, id(1), e, 300, relays...)
		expectDue(t, db, 300, "01 wss://gave-up")
		expectDue(t, db, 900, "01 wss://gave-up", "01 wss://pending")
	})
}

// A process claims a delivery by a next attempt in the future. After a kill the next process releases the claims on
// deliveries that were never attempted; those that wait after a failed attempt go on waiting.
func TestReleaseClaims(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		e := event(1, nest.KindSpace, hex(1), 5, []string{"d", id(1)})
		publish(t, db, id(1), e, 100, "wss://accepted", "wss://claimed", "wss://failed", "wss://new")
		for _, d := range []nest.Delivery{
			{Relay: "wss://accepted", State: nest.DeliveryAccepted, Updated: 100, NextTry: 500},
			{Relay: "wss://claimed", State: nest.DeliveryPending, Updated: 100, NextTry: 500},
			{Relay: "wss://failed", State: nest.DeliveryPending, Updated: 110, NextTry: 500, Attempts: 1},
		} {
			d.Event = e.ID
			if err := db.PutDelivery(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		expectDue(t, db, 120, "01 wss://new")
		if err := db.ReleaseClaims(t.Context()); err != nil {
			t.Fatal(err)
		}
		expectDue(t, db, 120, "01 wss://claimed", "01 wss://new")
	})
}
