package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

// For random filters, the database's answers equal those of a plain loop over the same events.
func TestQueryEvents(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	var all []nest.Event
	for n := range 120 {
		var tags [][]string
		for range chance.IntN(4) {
			tags = append(tags, []string{[]string{"a", "p", "t", "title"}[chance.IntN(4)], fmt.Sprint(chance.IntN(4))})
		}
		all = append(
			all,
			event(n+1, []int{1, 7, 1311}[chance.IntN(3)], hex(chance.IntN(4)), int64(10+chance.IntN(12)), tags...),
		)
	}
	slices.SortFunc(all, func(a, b nest.Event) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	var filters []nest.EventFilter
	for range 150 {
		filters = append(filters, anyFilter(chance))
	}
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		write(t, db, func(tx nest.Tx) error {
			for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(len(all)) {
				if stored, err := tx.PutEvent(all[i]); err != nil || !stored {
					return fmt.Errorf("event %d was not stored: %w", i, err)
				}
			}
			return nil
		})
		matched := 0
		for _, f := range filters {
			want := matching(all, f)
			count, err := db.CountEvents(t.Context(), f)
			if err != nil || count != len(want) {
				t.Errorf("%+v: counted %d, want %d, %v", f, count, len(want), err)
			}
			if f.Limit > 0 {
				want = want[:min(f.Limit, len(want))]
			}
			matched += len(want)
			got, err := db.QueryEvents(t.Context(), f)
			if err != nil || !reflect.DeepEqual(ids(got), ids(want)) {
				t.Errorf("%+v:\ngot  %v\nwant %v\n%v", f, ids(got), ids(want), err)
			}
		}
		if matched < len(filters) {
			t.Errorf("the filters matched only %d events, too few to test anything", matched)
		}
	})
}

func anyFilter(chance *rand.Rand) nest.EventFilter {
	var f nest.EventFilter
	some := func() bool { return chance.IntN(3) == 0 }
	if chance.IntN(6) == 0 {
		for range 12 {
			f.IDs = append(f.IDs, hex(1+chance.IntN(140)))
		}
	}
	if some() {
		f.Authors = []string{hex(chance.IntN(4)), hex(chance.IntN(5))}
	}
	if some() {
		f.Kinds = []int{[]int{1, 7, 1311}[chance.IntN(3)], 1311}
	}
	for _, name := range []string{"a", "p"} {
		if some() {
			if f.Tags == nil {
				f.Tags = map[string][]string{}
			}
			for range 1 + chance.IntN(6) {
				f.Tags[name] = append(f.Tags[name], fmt.Sprint(chance.IntN(5)))
			}
		}
	}
	if some() {
		f.Since = int64(10 + chance.IntN(8))
	}
	if some() {
		f.Until = int64(14 + chance.IntN(8))
	}
	if some() {
		f.Limit = 1 + chance.IntN(10)
	}
	return f
}

func matching(all []nest.Event, f nest.EventFilter) []nest.Event {
	var out []nest.Event
	for _, e := range all {
		ok := (f.IDs == nil || slices.Contains(f.IDs, e.ID)) && (f.Authors == nil ||
			slices.Contains(f.Authors, e.PubKey)) &&
			(f.Kinds == nil || slices.Contains(f.Kinds, e.Kind)) &&
			e.CreatedAt >= f.Since &&
			(f.Until == 0 || e.CreatedAt <= f.Until)
		for name, values := range f.Tags {
			ok = ok &&
				slices.ContainsFunc(
					e.Tags,
					func(tag []string) bool { return tag[0] == name && slices.Contains(values, tag[1]) },
				)
		}
		if ok {
			out = append(out, e)
		}
	}
	return out
}

func ids(events []nest.Event) []string {
	out := []string{}
	for _, e := range events {
		out = append(out, e.ID[60:])
	}
	return out
}

func TestFiltersThatMatchNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putEvent(t, db, event(1, 1, hex(1), 5, []string{"t", "x"}))
		for name, f := range map[string]nest.EventFilter{
			"no ids":     {IDs: []string{}},
			"no authors": {Authors: []string{}},
			"no kinds":   {Kinds: []int{}},
			"no values":  {Tags: map[string][]string{"t": {}}},
			"long tag":   {Tags: map[string][]string{"title": {"x"}}},
			"injection":  {Tags: map[string][]string{"t": {"x' OR 1=1 --"}}},
		} {
			found, err := db.QueryEvents(t.Context(), f)
			count, err2 := db.CountEvents(t.Context(), f)
			if len(found) != 0 || count != 0 || err != nil || err2 != nil {
				t.Errorf("%s: %d %d %v %v", name, len(found), count, err, err2)
			}
		}
	})
}

func TestQueryIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		write(t, db, func(tx nest.Tx) error {
			for i := range 520 {
				if _, err := tx.PutEvent(event(i+1, 1, hex(1), int64(i))); err != nil {
					return err
				}
			}
			return nil
		})
		for _, limit := range []int{0, 10_000} {
			found, err := db.QueryEvents(t.Context(), nest.EventFilter{Limit: limit})
			if err != nil || len(found) != 500 || found[0].CreatedAt != 519 {
				t.Errorf("limit %d: %d events, %v", limit, len(found), err)
			}
		}
		_, err := db.QueryEvents(t.Context(), nest.EventFilter{IDs: make([]string, 5000)})
		if nest.CodeOf(err) != store.CodeInvalidFilter {
			t.Errorf("a filter of 5000 ids gave %v", err)
		}
	})
}

// A follow list has thousands of tags.
func TestEventWithManyTags(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		var tags [][]string
		for i := range 1500 {
			tags = append(tags, []string{"p", hex(i)})
		}
		follows := event(1, 3, hex(1), 5, tags...)
		if !putEvent(t, db, follows) {
			t.Fatal("not stored")
		}
		found, err := db.QueryEvents(t.Context(), nest.EventFilter{Tags: map[string][]string{"p": {hex(1499)}}})
		if err != nil || len(found) != 1 || len(found[0].Tags) != 1500 {
			t.Errorf("found %d, %v", len(found), err)
		}
	})
}

// An answer ends after 4 MB: the oldest events are left out, whichever index was used.
func TestLargeAnswersAreBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		for i := range 100 {
			e := event(i, 1311, hex(9), int64(1000+i), []string{"t", fmt.Sprint("t", i%2)})
			e.Content = strings.Repeat("x", 60_000)
			putEvent(t, db, e)
		}
		for name, f := range map[string]nest.EventFilter{
			"by kind": {Kinds: []int{1311}},
			"by tags": {Tags: map[string][]string{"t": {"t0", "t1"}}},
		} {
			events, err := db.QueryEvents(t.Context(), f)
			if err != nil || len(events) != 70 { // 69.5 of them are 4 MB
				t.Fatalf("%s: %d events, %v", name, len(events), err)
			}
			for i, e := range events {
				if e.ID != hex(99-i) {
					t.Fatalf("%s: event %d is %s", name, i, e.ID)
				}
			}
		}
	})
}
