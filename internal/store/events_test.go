package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

func event(n, kind int, author string, at int64, tags ...[]string) nest.Event {
	if tags == nil {
		tags = [][]string{}
	}
	return nest.Event{
		ID:        hex(n),
		PubKey:    author,
		Kind:      kind,
		CreatedAt: at,
		Tags:      tags,
		Content:   "c",
		Sig:       hex(n) + hex(n),
	}
}

func putEvent(t testing.TB, db *store.DB, e nest.Event) (stored bool) {
	t.Helper()
	write(t, db, func(tx nest.Tx) (err error) {
		stored, err = tx.PutEvent(e)
		return err
	})
	return stored
}

func hasEvent(t testing.TB, db *store.DB, e nest.Event) (there bool) {
	t.Helper()
	read(t, db, func(tx nest.Tx) error {
		_, err := tx.Event(e.ID)
		if there = err == nil; errors.Is(err, nest.ErrNoRow) {
			return nil
		}
		return err
	})
	return there
}

func TestStoredEventIsUnchanged(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		want := event(
			1,
			1311,
			hex(9),
			1_700_000_000,
			[]string{"a", address(1), "wss://relay", "root"},
			[]string{"a"},
			[]string{"-"},
			[]string{
				"emoji",
				"x\x00y",
			},
			[]string{"t", "nul\x00value"},
			[]string{"p", long("f", 9000)},
			[]string{"a", address(1)},
		)
		want.Content = "<b>&amp; \x00 \u2028 \U0001F3A4 \"quoted\" \\ \t"
		if !putEvent(t, db, want) {
			t.Fatal("not stored")
		}
		if putEvent(t, db, want) {
			t.Error("the same event was stored twice")
		}
		read(t, db, func(tx nest.Tx) error {
			got, err := tx.Event(want.ID)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			return err
		})
		for _, value := range []string{address(1), "nul\x00value", long("f", 9000)} {
			for _, name := range []string{"a", "t", "p"} {
				found, err := db.QueryEvents(t.Context(), nest.EventFilter{Tags: map[string][]string{name: {value}}})
				if want := want.Tag(name) == value; err != nil || (len(found) == 1) != want {
					t.Errorf("#%s=%.10q found %d, %v", name, value, len(found), err)
				}
			}
		}
	})
}

// NIP-01: the newest replaceable event is kept; of two with the same created_at, the one with the lower id.
func TestReplaceableEvents(t *testing.T) {
	type put struct {
		id     int
		at     int64
		stored bool
	}
	cases := []struct {
		name string
		puts []put
		kept int
	}{
		{"newer replaces older", []put{{5, 10, true}, {6, 11, true}}, 6},
		{"older changes nothing", []put{{6, 11, true}, {5, 10, false}}, 6},
		{"tie, lower id second", []put{{6, 10, true}, {5, 10, true}}, 5},
		{"tie, lower id first", []put{{5, 10, true}, {6, 10, false}}, 5},
		{"the same twice", []put{{5, 10, true}, {5, 10, false}}, 5},
		{"a replaced one again", []put{{5, 10, true}, {6, 11, true}, {5, 10, false}}, 6},
	}
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		author := 100
		for _, kind := range []int{0, 3, 10000, 10312, 19999, 30000, nest.KindSpace, 39999} {
			for _, c := range cases {
				author++
				for _, p := range c.puts {
					e := event(p.id+author*100, kind, hex(author), p.at, []string{"d", "x"})
					if stored := putEvent(t, db, e); stored != p.stored {
						t.Errorf("kind %d, %s: storing %d returned %v", kind, c.name, p.id, stored)
					}
				}
				read(t, db, func(tx nest.Tx) error {
					got, err := tx.Addressable(kind, hex(author), "x")
					if got.ID != hex(c.kept+author*100) {
						t.Errorf("kind %d, %s: kept %s", kind, c.name, got.ID)
					}
					return err
				})
				all, err := db.QueryEvents(t.Context(), nest.EventFilter{Authors: []string{hex(author)}})
				if err != nil || len(all) != 1 {
					t.Errorf("kind %d, %s: %d are stored, %v", kind, c.name, len(all), err)
				}
			}
		}
	})
}

func TestAddressesAreIndependent(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		d := []string{"", "x", "X", "x ", long("x", 600), long("x", 601), "x\x00", "sha256:x"}
		n := 0
		for _, author := range []string{hex(1), hex(2)} {
			for _, kind := range []int{nest.KindSpace, 30313} {
				for _, value := range d {
					n++
					if !putEvent(t, db, event(n, kind, author, 5, []string{"d", value})) {
						t.Errorf("%d %s %.5q was not stored", kind, author[60:], value)
					}
				}
			}
		}
		read(t, db, func(tx nest.Tx) error {
			for i, value := range d {
				e, err := tx.Addressable(nest.KindSpace, hex(1), value)
				if err != nil || e.ID != hex(i+1) {
					return fmt.Errorf("d %.5q gave %s %w", value, e.ID, err)
				}
				spaces, err := tx.SpacesOf(value)
				if err != nil || len(spaces) != 2 {
					return fmt.Errorf("d %.5q has %d spaces %w", value, len(spaces), err)
				}
			}
			_, err := tx.Addressable(nest.KindSpace, hex(3), "x")
			if !errors.Is(err, nest.ErrNoRow) {
				t.Errorf("an address without event gave %v", err)
			}
			return nil
		})
	})
}

func TestEphemeralEventsAreNotStored(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		for i, kind := range []int{20000, 24133, 29999} {
			e := event(i+1, kind, hex(1), 5)
			for range 2 {
				if !putEvent(t, db, e) {
					t.Errorf("kind %d may not be forwarded", kind)
				}
			}
			if hasEvent(t, db, e) {
				t.Errorf("kind %d is stored", kind)
			}
		}
	})
}

func TestRegularEventsDoNotReplaceEachOther(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		for i, kind := range []int{1, 4, 7, 1311, 9735, 9999, 40000} {
			for j := range 2 {
				if !putEvent(t, db, event(i*10+j+1, kind, hex(1), 5, []string{"d", "x"})) {
					t.Errorf("kind %d: number %d was not stored", kind, j+1)
				}
			}
		}
	})
}

func TestDeletedEventsStayDeleted(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		chat := event(1, 1311, hex(1), 5)
		putEvent(t, db, chat)
		write(t, db, func(tx nest.Tx) error { return tx.DeleteEvent(chat.ID) })
		if hasEvent(t, db, chat) || putEvent(t, db, chat) || hasEvent(t, db, chat) {
			t.Error("a deleted event is stored, or was stored again")
		}
		// Deleting an unknown id does not keep its event out…
		never := event(2, 1311, hex(1), 5)
		write(t, db, func(tx nest.Tx) error { return tx.DeleteEvent(never.ID) })
		if !putEvent(t, db, never) {
			t.Error("deleting an unknown id kept its event out")
		}
		// …but a kind 5 of its author does, even if it arrives first.
		early, foreign := event(3, 1311, hex(1), 5), event(4, 1311, hex(1), 5)
		putEvent(t, db, event(11, nest.KindDeletion, hex(1), 6, []string{"e", early.ID}))
		putEvent(t, db, event(12, nest.KindDeletion, hex(2), 6, []string{"e", foreign.ID}))
		if putEvent(t, db, early) {
			t.Error("an event was stored after its author deleted it")
		}
		if !putEvent(t, db, foreign) {
			t.Error("another author's kind 5 kept an event out")
		}
	})
}

func TestDeletedAddresses(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		space := func(n int, author string, at int64) nest.Event {
			return event(n, nest.KindSpace, author, at, []string{"d", id(1)})
		}
		mine, theirs := space(1, hex(1), 10), space(2, hex(2), 10)
		putEvent(t, db, mine)
		putEvent(t, db, theirs)
		write(t, db, func(tx nest.Tx) error { return tx.TombstoneAddress(nest.KindSpace, hex(1), id(1), 20) })
		write(t, db, func(tx nest.Tx) error { return tx.TombstoneAddress(nest.KindSpace, hex(1), id(1), 15) })
		if hasEvent(t, db, mine) || !hasEvent(t, db, theirs) {
			t.Error("the deletion removed the wrong event")
		}
		for _, c := range []struct {
			at   int64
			want bool
		}{{10, false}, {20, false}, {21, true}} {
			if stored := putEvent(t, db, space(int(c.at)+100, hex(1), c.at)); stored != c.want {
				t.Errorf("a space of second %d was stored: %v", c.at, stored)
			}
		}
		// A deletion older than the stored event removes nothing.
		write(t, db, func(tx nest.Tx) error { return tx.TombstoneAddress(nest.KindSpace, hex(2), id(1), 9) })
		if !hasEvent(t, db, theirs) {
			t.Error("an older deletion removed a newer space")
		}
	})
}

// A stored event is no larger than the received one: escapes for HTML would turn one byte into six.
func TestEventsAreStoredWithoutHTMLEscapes(t *testing.T) {
	t.Parallel()
	cfg := store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}
	want := event(1, 1311, hex(9), 1_700_000_000)
	want.Content = "<b>&</b>"
	putEvent(t, open(t, cfg), want)
	kept := ""
	if err := raw(
		t,
		cfg,
	).QueryRow(
		`SELECT raw FROM events`,
	).Scan(&kept); err != nil || !strings.Contains(kept, want.Content) {
		t.Errorf("stored %s, %v", kept, err)
	}
}
