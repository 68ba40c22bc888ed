package store_test

import (
	"errors"
	"reflect"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

// filled sets every field, so that a field without a column fails the test.
func filled[T any](t *testing.T, v T, seed int64) T {
	t.Helper()
	s := reflect.ValueOf(&v).Elem()
	for i := range s.NumField() {
		f := s.Field(i)
		if !f.IsZero() {
			continue
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString(s.Type().Field(i).Name + " <ü \U0001F3A4 '\"\\>")
		case reflect.Int64, reflect.Int:
			f.SetInt(seed + int64(i))
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"one", "two \x00 \"three\""}))
		default:
			t.Fatalf("cannot fill %s", s.Type().Field(i).Name)
		}
	}
	return v
}

func TestNestKeepsEveryField(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		want := filled(t, nest.Nest{ID: id(1), Host: hex(7)}, 1_700_000_000_000)
		write(t, db, func(tx nest.Tx) error { return tx.PutNest(want) })
		check := func() {
			t.Helper()
			read(t, db, func(tx nest.Tx) error {
				got, err := tx.Nest(id(1))
				if !reflect.DeepEqual(got, want) {
					t.Errorf("got  %+v\nwant %+v", got, want)
				}
				return err
			})
		}
		check()
		want = filled(t, nest.Nest{ID: id(1), Host: hex(7), Title: "again", Hashtags: []string{"x"}}, 1_800_000_000_000)
		want.Guests, want.HLS, want.SignatureDue, want.Recording, want.Relays = false, false, false, false, nil
		write(t, db, func(tx nest.Tx) error { return tx.PutNest(want) })
		check()
	})
}

func TestUnknownNest(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		err := db.Read(t.Context(), func(tx nest.Tx) error {
			_, err := tx.Nest(id(9))
			return err
		})
		if !errors.Is(err, nest.ErrNoRow) {
			t.Errorf("got %v, want ErrNoRow", err)
		}
	})
}

func TestHostOfANestNeverChanges(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		n := putNest(t, db, nest.Nest{ID: id(1), Host: hex(1), Title: "mine"})
		n.Host, n.Title = hex(2), "stolen"
		err := db.Write(t.Context(), func(tx nest.Tx) error { return tx.PutNest(n) })
		if nest.CodeOf(err) != nest.CodeIDTaken {
			t.Errorf("got %v, want id_taken", err)
		}
		read(t, db, func(tx nest.Tx) error {
			got, err := tx.Nest(id(1))
			if got.Host != hex(1) || got.Title != "mine" {
				t.Errorf("now %s's %q", got.Host, got.Title)
			}
			return err
		})
	})
}

// PostgreSQL cannot store NUL or invalid UTF-8 in TEXT. A nest with such a title must be storable.
func TestNestTextIsStorableOnBoth(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1), Title: "a\x00b\xffc"})
		read(t, db, func(tx nest.Tx) error {
			n, err := tx.Nest(id(1))
			if n.Title != "a\uFFFDb\uFFFDc" {
				t.Errorf("got %q", n.Title)
			}
			return err
		})
	})
}

func TestNestsFilterAndOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		write(t, db, func(tx nest.Tx) error {
			for i, n := range []nest.Nest{
				1: {Status: nest.Live, Access: nest.Open, Host: hex(1), CreatedAt: 10},
				2: {Status: nest.Live, Access: nest.Private, Host: hex(1), CreatedAt: 20},
				3: {Status: nest.Planned, Access: nest.Open, Host: hex(2), CreatedAt: 20},
				4: {Status: nest.Ended, Access: nest.Open, Host: hex(2), CreatedAt: 20},
				5: {Status: nest.Live, Access: nest.Open, Host: hex(2), CreatedAt: 30},
			} {
				if n.Host == "" {
					continue
				}
				n.ID = id(i)
				if err := tx.PutNest(n); err != nil {
					return err
				}
			}
			return nil
		})
		for _, c := range []struct {
			name   string
			filter nest.NestFilter
			want   []int
		}{
			{"all, newest first, on a tie the higher id", nest.NestFilter{}, []int{5, 4, 3, 2, 1}},
			{"one status", nest.NestFilter{Statuses: []nest.Status{nest.Live}}, []int{5, 2, 1}},
			{"two statuses", nest.NestFilter{Statuses: []nest.Status{nest.Planned, nest.Ended}}, []int{4, 3}},
			{"host", nest.NestFilter{Host: hex(1)}, []int{2, 1}},
			{"access", nest.NestFilter{Access: nest.Private}, []int{2}},
			{
				name:   "the lobby",
				filter: nest.NestFilter{Statuses: []nest.Status{nest.Live, nest.Planned}, Access: nest.Open},
				want:   []int{5, 3, 1},
			},
			{"limit", nest.NestFilter{Limit: 2}, []int{5, 4}},
			{"after a tie", nest.NestFilter{Before: nest.Cursor{CreatedAt: 20, ID: id(3)}}, []int{2, 1}},
			{
				name:   "cursor of a row that is gone",
				filter: nest.NestFilter{Before: nest.Cursor{CreatedAt: 25, ID: id(99)}},
				want:   []int{4, 3, 2, 1},
			},
			{"nothing", nest.NestFilter{Host: hex(9)}, nil},
		} {
			read(t, db, func(tx nest.Tx) error {
				nests, err := tx.Nests(c.filter)
				var got, want []string
				for _, n := range nests {
					got = append(got, n.ID)
				}
				for _, i := range c.want {
					want = append(want, id(i))
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %v, want %v", c.name, got, want)
				}
				return err
			})
		}
		read(t, db, func(tx nest.Tx) error {
			count, err := tx.CountNests(hex(2))
			if count != 2 {
				t.Errorf("host 2 has %d nests that have not ended, want 2", count)
			}
			return err
		})
	})
}

// Successive pages show every nest once, also when many were created in the same millisecond.
func TestNestsPages(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		const count = 25
		write(t, db, func(tx nest.Tx) error {
			for i := range count {
				n := nest.Nest{ID: id(i), Host: hex(1), Status: nest.Live, Access: nest.Open, CreatedAt: int64(i / 7)}
				if err := tx.PutNest(n); err != nil {
					return err
				}
			}
			return nil
		})
		seen := map[string]bool{}
		filter := nest.NestFilter{Limit: 4}
		for pages := 0; ; pages++ {
			var page []nest.Nest
			read(t, db, func(tx nest.Tx) (err error) {
				page, err = tx.Nests(filter)
				return err
			})
			if len(page) == 0 || pages > count {
				break
			}
			for _, n := range page {
				if seen[n.ID] {
					t.Errorf("%s was returned twice", n.ID)
				}
				seen[n.ID] = true
			}
			last := page[len(page)-1]
			filter.Before = nest.Cursor{CreatedAt: last.CreatedAt, ID: last.ID}
		}
		if len(seen) != count {
			t.Errorf("%d nests were shown, want %d", len(seen), count)
		}
	})
}

func TestSnapshot(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		putNest(t, db, nest.Nest{ID: id(2)})
		write(t, db, func(tx nest.Tx) error {
			return tx.PutMember(nest.Member{Nest: id(2), Pubkey: hex(5), OnStage: true})
		})
		nests, members, err := db.Snapshot(t.Context(), []string{id(1), id(2), id(3)})
		if err != nil || len(nests) != 2 || len(members[id(2)]) != 1 || members[id(2)][0].Pubkey != hex(5) ||
			len(members[id(1)]) != 0 {
			t.Errorf("got %v %v %v", nests, members, err)
		}
		if _, there := nests[id(3)]; there {
			t.Error("an unknown nest is in the snapshot")
		}
	})
}

func TestStatusCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		if counts, err := db.StatusCounts(t.Context()); err != nil || len(counts) != 0 {
			t.Errorf("of an empty database: %v %v", counts, err)
		}
		write(t, db, func(tx nest.Tx) error {
			for i, status := range []nest.Status{nest.Live, nest.Live, nest.Ended, nest.Planned} {
				if err := tx.PutNest(filled(t, nest.Nest{ID: id(i), Status: status}, int64(i))); err != nil {
					return err
				}
			}
			return nil
		})
		counts, err := db.StatusCounts(t.Context())
		if err != nil || counts[nest.Live] != 2 || counts[nest.Ended] != 1 || counts[nest.Planned] != 1 {
			t.Errorf("counted %v %v", counts, err)
		}
	})
}
