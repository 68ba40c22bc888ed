package nest_test

import (
	"context"
	"fmt"
	"testing"

	"nests/internal/nest"
	"nests/internal/nip"
)

// reported stores a report with these tags and returns it as an operator reads it.
func (w *world) reported(tags ...[]string) nest.Report {
	w.t.Helper()
	e := nest.Event{Kind: nest.KindReport, CreatedAt: w.clock.Unix(), Tags: tags}
	if err := nip.Sign(newKey(w.t).secret, &e); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.StoreReport(w.t.Context(), e); err != nil {
		w.t.Fatal(err)
	}
	reports, _, err := w.Reports(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range reports {
		if r.Event.ID == e.ID {
			return r
		}
	}
	w.t.Fatal("the report is not listed")
	return nest.Report{}
}

// A report that names an event and no key is about the event's author.
func TestReportOfAnEventIsAboutItsAuthor(t *testing.T) {
	w, ann := newWorld(t), newKey(t)
	id := w.createNest()
	space := w.space(w.host, id, service, status("open"))
	w.mustApply(space)
	if r := w.reported([]string{"e", space.ID, "spam"}); r.Pubkey != w.host.pubkey || r.Nest != id {
		t.Errorf("about %q in nest %q", r.Pubkey, r.Nest)
	}
	if r := w.reported([]string{"e", space.ID}, []string{"p", ann.pubkey, "spam"}); r.Pubkey != ann.pubkey ||
		r.Named.PubKey != w.host.pubkey {
		t.Errorf("about %q, naming an event of %q", r.Pubkey, r.Named.PubKey)
	}
}

// counted is a store that counts reads of events.
type counted struct {
	nest.Store
	events *int
}

func (c counted) Read(ctx context.Context, fn func(nest.Tx) error) error {
	return c.Store.Read(ctx, func(tx nest.Tx) error { return fn(countedTx{tx, c.events}) })
}

type countedTx struct {
	nest.Tx
	events *int
}

func (c countedTx) Event(id string) (nest.Event, error) {
	*c.events++
	return c.Tx.Event(id)
}

// A report may name a thousand events that are not stored. Only some of them are read.
func TestEventsReadForAReportAreLimited(t *testing.T) {
	w, looked := newWorld(t), 0
	w.Store = counted{w.Store, &looked}
	var tags [][]string
	for i := range 1000 {
		tags = append(tags, []string{"e", fmt.Sprint(i)})
	}
	if r := w.reported(append(tags, []string{"p", w.host.pubkey, "spam"})...); r.Pubkey != w.host.pubkey ||
		r.Why != "spam" {
		t.Errorf("about %q for %q", r.Pubkey, r.Why)
	}
	if looked != 20 {
		t.Errorf("%d events were read, want 20", looked)
	}
}
