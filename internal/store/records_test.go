package store_test

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

func TestSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		expect := func(token string, now int64, want bool) {
			t.Helper()
			pubkey, expires, ok, err := db.Session(t.Context(), token, now)
			if err != nil || ok != want || ok && (pubkey != hex(1) || expires != 100) {
				t.Errorf("%s at %d: %q %d %v %v", token, now, pubkey, expires, ok, err)
			}
		}
		for _, token := range []string{"one", "two"} {
			if err := db.PutSession(t.Context(), token, hex(1), 100); err != nil {
				t.Fatal(err)
			}
		}
		expect("one", 99, true)
		expect("one", 100, false)
		expect("three", 1, false)
		if err := db.DropSession(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		expect("one", 1, false)
		expect("two", 1, true)
		if err := db.PurgeSessions(t.Context(), 101); err != nil {
			t.Fatal(err)
		}
		expect("two", 1, false)
	})
}

func TestWebhookIsFreshOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		var fresh atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				ok, err := db.SeenWebhook(t.Context(), "EV_1", 100)
				if err != nil {
					t.Error(err)
				}
				if ok {
					fresh.Add(1)
				}
			})
		}
		all.Wait()
		if fresh.Load() != 1 {
			t.Errorf("fresh %d times", fresh.Load())
		}
		if err := db.PurgeWebhooks(t.Context(), 101); err != nil {
			t.Fatal(err)
		}
		if ok, err := db.SeenWebhook(t.Context(), "EV_1", 200); err != nil || !ok {
			t.Errorf("after the purge: %v %v", ok, err)
		}
	})
}

func TestChecks(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		write(t, db, func(tx nest.Tx) error {
			return errors.Join(tx.PutTestRoom("check-1", 50), tx.PutTestRoom("check-1", 100))
		})
		get := func() (at int64, err error) {
			read(t, db, func(tx nest.Tx) error {
				at, err = tx.TestRoom("check-1")
				return nil
			})
			return at, err
		}
		if at, err := get(); at != 100 || err != nil {
			t.Errorf("got %d %v", at, err)
		}
		if err := db.Purge(t.Context(), 101); err != nil {
			t.Fatal(err)
		}
		if _, err := get(); !errors.Is(err, nest.ErrNoRow) {
			t.Errorf("after the purge: %v", err)
		}
	})
}

func TestPurgeDeletesOnlyExpiredEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		const now = 2_000_000_000_000
		gone := event(1, 10312, hex(1), 5, []string{"expiration", "1999999999"})
		stays := event(2, 10312, hex(2), 5, []string{"expiration", "2000000001"})
		never := event(3, 1, hex(2), 5)
		for _, e := range []nest.Event{gone, stays, never} {
			putEvent(t, db, e)
		}
		if err := db.Purge(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if hasEvent(t, db, gone) || !hasEvent(t, db, stays) || !hasEvent(t, db, never) {
			t.Error("the purge deleted the wrong events")
		}
	})
}

func TestDrifts(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		put := func(d nest.Drift) {
			t.Helper()
			if err := db.PutDrift(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(what string, got []nest.Drift, err error, want ...nest.Drift) {
			t.Helper()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\ngot  %+v\nwant %+v, %v", what, got, want, err)
			}
		}
		first := nest.Drift{
			ID:       "d1",
			Code:     "wrong_permission",
			Nest:     id(1),
			Subject:  hex(1),
			First:    10,
			Last:     10,
			Evidence: `{"a":1}`,
		}
		other := nest.Drift{ID: "d2", Code: "room_without_nest", Nest: id(2), First: 20, Last: 20, Evidence: `{}`}
		put(first)
		put(other)
		first.Last, first.Steps, first.Evidence = 30, 2, `{"a":2}`
		put(first)
		all, err := db.OpenDrifts(t.Context())
		expect("open", all, err, first, other)

		// Another process detects the same divergence: it updates the same row.
		twin := first
		twin.ID, twin.First, twin.Last, twin.Steps = "d3", 35, 36, 3
		put(twin)
		first.Last, first.Steps = 36, 3
		all, err = db.OpenDrifts(t.Context())
		expect("merged", all, err, first, other)
		twin.Resolved, twin.Outcome, twin.Last = 40, "repaired", 40
		put(twin)
		first.Resolved, first.Outcome, first.Last = 40, "repaired", 40
		all, err = db.OpenDrifts(t.Context())
		expect("one resolved", all, err, other)

		// The divergence recurs: that is a new row, and the old one stays.
		again := nest.Drift{
			ID:       "d4",
			Code:     first.Code,
			Nest:     id(1),
			Subject:  hex(1),
			First:    50,
			Last:     50,
			Evidence: `{}`,
		}
		put(again)
		all, err = db.Drifts(t.Context(), id(1), 10)
		expect("record of the nest", all, err, again, first)
		all, err = db.Drifts(t.Context(), "", 2)
		expect("record of all, bounded", all, err, again, first)

		if err := db.PurgeDrifts(t.Context(), 45); err != nil {
			t.Fatal(err)
		}
		all, err = db.Drifts(t.Context(), "", 10)
		expect("after the purge", all, err, again, other)
	})
}

func TestDriftIsOpenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, opens func() *store.DB) {
		handles := []*store.DB{db, opens()}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				d := nest.Drift{ID: hex(i), Code: "wrong_permission", Nest: id(1), First: 1, Last: 1, Evidence: "{}"}
				if err := handles[i%2].PutDrift(t.Context(), d); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if open, err := db.OpenDrifts(t.Context()); err != nil || len(open) != 1 {
			t.Errorf("%d are open, %v", len(open), err)
		}
	})
}
