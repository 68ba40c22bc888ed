package nest_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/store"
)

// announcing is a world whose server says what it knows.
func announcing(t *testing.T) (w *world, id string, say func() []nest.Meeting) {
	w = newWorld(t)
	server := newKey(t)
	w.Signer = nip.Signer{Secret: server.secret, Public: server.pubkey}
	id = w.created()
	w.applied(w.space(w.host, id, service, []string{"room", "Morning"}, status("open"), p(w.host.pubkey, "Host"), []string{"relays", "wss://a.example", ourRelay}))
	return w, id, func() []nest.Meeting {
		t.Helper()
		if err := w.PublishMeeting(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return w.meetings(id)
	}
}

// meetings are all that are stored, each verified, by life.
func (w *world) meetings(id string) (all []nest.Meeting) {
	w.t.Helper()
	events, err := w.Store.(*store.DB).QueryEvents(w.t.Context(), nest.EventFilter{Kinds: []int{nest.KindMeeting}, Tags: map[string][]string{"a": {"30312:" + w.host.pubkey + ":" + id}}})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		m, ok := w.Codec.ParseMeeting(e)
		if err := nip.Verify(e); err != nil || !ok || e.PubKey != w.Signer.Pubkey() {
			w.t.Fatalf("not a meeting: %+v %v", e, err)
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b nest.Meeting) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// owedMeetings are the relays that are owed a 30313.
func (w *world) owedMeetings(id string) (relays []string) {
	w.t.Helper()
	all, err := w.Store.(*store.DB).Deliveries(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range all {
		_ = w.Store.Read(w.t.Context(), func(tx nest.Tx) error {
			if e, err := tx.Event(d.Event); err == nil && e.Kind == nest.KindMeeting {
				relays = append(relays, d.Relay)
			}
			return nil
		})
	}
	return relays
}

func TestMeetingFollowsTheNest(t *testing.T) {
	w, id, say := announcing(t)
	shown := 0
	w.Broadcast = func(context.Context, nest.Event) { shown++ }
	first := say()
	if len(first) != 1 || first[0].Status != nest.Live || first[0].Title != "Morning" || !slices.Equal(w.owedMeetings(id), []string{"wss://a.example"}) {
		t.Fatalf("said %+v, owed %v", first, w.owedMeetings(id))
	}
	if due, err := w.MeetingsDue(t.Context()); err != nil || len(due) != 0 {
		t.Errorf("still due: %v %v", due, err)
	}
	w.pass(time.Hour)
	for range 3 {
		if again := say(); again[0].PublishedAt != first[0].PublishedAt {
			t.Error("an idle nest is said again")
		}
	}
	ann := newKey(t)
	w.permit(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: yes()})
	if due, err := w.MeetingsDue(t.Context()); err != nil || !slices.Equal(due, []string{id}) {
		t.Errorf("a promotion leaves due %v %v", due, err)
	}
	w.media.people = []nest.Participant{{Identity: ann.pubkey}, {Identity: "recorder-x"}}
	if m := say()[0]; len(m.Roles) != 2 || m.Roles[1].Role != nest.RoleMember || m.Count != 1 {
		t.Errorf("after a promotion: %+v", m)
	}
	w.media.away = true
	w.pass(time.Hour)
	if m := say()[0]; m.Count != 1 {
		t.Errorf("not knowing emptied the meeting: %+v", m)
	}
	if err := w.End(t.Context(), id, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	if m := say()[0]; m.Status != nest.Ended || m.Ends == 0 || m.Count != 0 {
		t.Errorf("ended: %+v", m)
	}
	if shown != 4 || len(w.owedMeetings(id)) != 1 { // first, promotion, refresh, end
		t.Errorf("shown %d times, owed %v", shown, w.owedMeetings(id))
	}
}

// Every life has a meeting of its own, and every one of them comes to its end, also when nobody looked in between.
func TestEveryLifeIsEnded(t *testing.T) {
	w, id, say := announcing(t)
	say()
	w.pass(time.Minute)
	if err := w.End(t.Context(), id, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	reopen := func(force bool) {
		w.pass(time.Minute)
		if _, err := w.Restart(t.Context(), id, w.host.pubkey, nest.RestartRequest{Force: force}); err != nil {
			t.Fatal(err)
		}
	}
	reopen(false)
	if all := say(); len(all) != 2 || all[0].Status != nest.Ended || all[1].Status != nest.Live {
		t.Fatalf("after a restart: %+v", all)
	}
	if err := w.RecordRoom(t.Context(), id, "RM_1"); err != nil {
		t.Fatal(err)
	}
	reopen(true)
	if all := say(); len(all) != 3 || all[1].Status != nest.Ended || all[2].Status != nest.Live || all[2].Starts < all[1].Ends {
		t.Fatalf("after a forced restart: %+v", all)
	}
	w.pass(time.Minute)
	if ok, err := w.ApplyDeletion(t.Context(), w.deletion(id)); err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, m := range say() {
		if m.Status != nest.Ended {
			t.Errorf("the host deleted the space, and a meeting says %+v", m)
		}
	}
}

func (w *world) deletion(id string) nest.Event {
	w.t.Helper()
	e := nest.Event{Kind: nest.KindDeletion, CreatedAt: w.clock.Unix(), Tags: [][]string{{"a", "30312:" + w.host.pubkey + ":" + id}}}
	if err := nip.Sign(w.host.secret, &e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// A private nest's meeting stays on our relay; when the nest is opened, the others get it.
func TestPrivateMeetingStaysHere(t *testing.T) {
	w, id, say := announcing(t)
	w.makePrivate(id)
	if all := say(); len(all) != 1 || !slices.Equal(all[0].Relays, []string{ourRelay}) || w.owedMeetings(id) != nil {
		t.Fatalf("said %+v, owed %v", all, w.owedMeetings(id))
	}
	w.pass(time.Minute)
	w.applied(w.space(w.host, id, service, []string{"room", "Morning"}, status("private"), p(w.host.pubkey, "Host")))
	w.pass(time.Minute)
	w.applied(w.space(w.host, id, service, []string{"room", "Morning"}, status("open"), p(w.host.pubkey, "Host")))
	say()
	if got := w.owedMeetings(id); !slices.Equal(got, []string{"wss://a.example"}) {
		t.Errorf("open again: owed %v", got)
	}
}
