package nest_test

import (
	"testing"

	"nests/internal/nest"
	"nests/internal/nip"
)

// reported is how the operator reads a report of these tags.
func (w *world) reported(tags ...[]string) nest.Report {
	w.t.Helper()
	e := nest.Event{Kind: nest.KindReport, CreatedAt: w.clock.Unix(), Tags: tags}
	if err := nip.Sign(newKey(w.t).secret, &e); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.TakeReport(w.t.Context(), e); err != nil {
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
	w.t.Fatal("the report is not there")
	return nest.Report{}
}

// A report that names an event and nobody is about who wrote that.
func TestReportOfAnEventIsAboutItsAuthor(t *testing.T) {
	w, ann := newWorld(t), newKey(t)
	id := w.created()
	space := w.space(w.host, id, service, status("open"))
	w.applied(space)
	if r := w.reported([]string{"e", space.ID, "spam"}); r.Pubkey != w.host.pubkey || r.Nest != id {
		t.Errorf("about %q in nest %q", r.Pubkey, r.Nest)
	}
	if r := w.reported([]string{"e", space.ID}, []string{"p", ann.pubkey, "spam"}); r.Pubkey != ann.pubkey || r.Named.PubKey != w.host.pubkey {
		t.Errorf("about %q, naming what %q wrote", r.Pubkey, r.Named.PubKey)
	}
}
