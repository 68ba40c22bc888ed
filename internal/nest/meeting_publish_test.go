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

// announcing is a world with a Signer, so that the server publishes meetings, and a nest with a space.
func announcing(t *testing.T) (w *world, id string, publish func() []nest.Meeting) {
	w = newWorld(t)
	server := newKey(t)
	w.Signer = nip.Signer{Secret: server.secret, Public: server.pubkey}
	id = w.createNest()
	w.mustApply(w.space(
		w.host, id, service, []string{"room", "Morning"}, status("open"), p(w.host.pubkey, "Host"),
		[]string{"relays", "wss://a.example", ownRelay},
	))
	return w, id, func() []nest.Meeting {
		t.Helper()
		if err := w.PublishMeeting(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return w.meetings(id)
	}
}

// meetings returns the stored meetings, verified and ordered by generation.
func (w *world) meetings(id string) (all []nest.Meeting) {
	w.t.Helper()
	events, err := w.Store.(*store.DB).QueryEvents(w.t.Context(), nest.EventFilter{
		Kinds: []int{nest.KindMeeting},
		Tags:  map[string][]string{"a": {"30312:" + w.host.pubkey + ":" + id}},
	})
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

// pendingMeetings returns the relays with a pending delivery of a 30313.
func (w *world) pendingMeetings(id string) (relays []string) {
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
	w, id, publish := announcing(t)
	shown := 0
	w.Broadcast = func(context.Context, nest.Event) { shown++ }
	first := publish()
	if len(first) != 1 || first[0].Status != nest.Live || first[0].Title != "Morning" ||
		!slices.Equal(w.pendingMeetings(id), []string{"wss://a.example"}) {
		t.Fatalf("published %+v, pending %v", first, w.pendingMeetings(id))
	}
	if due, err := w.MeetingsDue(t.Context()); err != nil || len(due) != 0 {
		t.Errorf("still due: %v %v", due, err)
	}
	w.advance(time.Hour)
	for range 3 {
		if again := publish(); again[0].PublishedAt != first[0].PublishedAt {
			t.Error("the meeting of an unchanged nest was published again")
		}
	}
	ann := newKey(t)
	w.changePermissions(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: yes()})
	if due, err := w.MeetingsDue(t.Context()); err != nil || !slices.Equal(due, []string{id}) {
		t.Errorf("a promotion leaves due %v %v", due, err)
	}
	w.media.people = []nest.Participant{{Identity: ann.pubkey}, {Identity: "recorder-x"}}
	if m := publish()[0]; len(m.Roles) != 2 || m.Roles[1].Role != nest.RoleMember || m.Count != 1 {
		t.Errorf("after a promotion: %+v", m)
	}
	w.media.away = true
	w.advance(time.Hour)
	if m := publish()[0]; m.Count != 1 {
		t.Errorf("an unknown count emptied the meeting: %+v", m)
	}
	if err := w.End(t.Context(), id, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	if m := publish()[0]; m.Status != nest.Ended || m.Ends == 0 || m.Count != 0 {
		t.Errorf("ended: %+v", m)
	}
	if shown != 4 || len(w.pendingMeetings(id)) != 1 { // first, promotion, refresh, end
		t.Errorf("broadcast %d times, pending %v", shown, w.pendingMeetings(id))
	}
}

// Every generation has its own meeting. Each is published as ended, even if none was published in between.
func TestMeetingsOfEarlierGenerationsEnd(t *testing.T) {
	w, id, publish := announcing(t)
	publish()
	w.advance(time.Minute)
	if err := w.End(t.Context(), id, w.host.pubkey); err != nil {
		t.Fatal(err)
	}
	reopen := func(force bool) {
		w.advance(time.Minute)
		if _, err := w.Restart(t.Context(), id, w.host.pubkey, nest.RestartRequest{Force: force}); err != nil {
			t.Fatal(err)
		}
	}
	reopen(false)
	if all := publish(); len(all) != 2 || all[0].Status != nest.Ended || all[1].Status != nest.Live {
		t.Fatalf("after a restart: %+v", all)
	}
	if err := w.RecordRoom(t.Context(), id, "RM_1"); err != nil {
		t.Fatal(err)
	}
	reopen(true)
	if all := publish(); len(all) != 3 || all[1].Status != nest.Ended || all[2].Status != nest.Live ||
		all[2].Starts < all[1].Ends {
		t.Fatalf("after a forced restart: %+v", all)
	}
	w.advance(time.Minute)
	if ok, err := w.ApplyDeletion(t.Context(), w.deletion(id)); err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, m := range publish() {
		if m.Status != nest.Ended {
			t.Errorf("the host deleted the space, and a meeting is %+v", m)
		}
	}
}

func (w *world) deletion(id string) nest.Event {
	w.t.Helper()
	e := nest.Event{
		Kind:      nest.KindDeletion,
		CreatedAt: w.clock.Unix(),
		Tags:      [][]string{{"a", "30312:" + w.host.pubkey + ":" + id}},
	}
	if err := nip.Sign(w.host.secret, &e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// The meeting of a private nest stays on this server's relay until the nest is open.
func TestPrivateMeetingStaysOnOwnRelay(t *testing.T) {
	w, id, publish := announcing(t)
	w.makePrivate(id)
	if all := publish(); len(all) != 1 || !slices.Equal(all[0].Relays, []string{ownRelay}) ||
		w.pendingMeetings(id) != nil {
		t.Fatalf("published %+v, pending %v", all, w.pendingMeetings(id))
	}
	w.advance(time.Minute)
	w.mustApply(w.space(w.host, id, service, []string{"room", "Morning"}, status("private"), p(w.host.pubkey, "Host")))
	w.advance(time.Minute)
	w.mustApply(w.space(w.host, id, service, []string{"room", "Morning"}, status("open"), p(w.host.pubkey, "Host")))
	publish()
	if got := w.pendingMeetings(id); !slices.Equal(got, []string{"wss://a.example"}) {
		t.Errorf("open again: pending %v", got)
	}
}
