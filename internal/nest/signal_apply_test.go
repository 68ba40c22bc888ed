package nest_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// signal signs an event about a nest of the world's host. Its created_at is the world's clock plus an offset.
func (w *world) signal(by key, kind int, id string, offset time.Duration, tags ...[]string) nest.Event {
	w.t.Helper()
	address := nip.Address{Kind: nest.KindSpace, Pubkey: w.host.pubkey, D: id}.String()
	e := nest.Event{
		Kind:      kind,
		CreatedAt: w.clock.Add(offset).Unix(),
		Tags:      append([][]string{{"a", address, "", "root"}}, tags...),
	}
	if err := nip.Sign(by.secret, &e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

const outside = "wss://outside.example"

// appliesFromOutside applies an event as seen on an outside relay, and reports whether it changed anything.
func (w *world) appliesFromOutside(e nest.Event) bool {
	w.t.Helper()
	news, err := w.ApplySignal(w.t.Context(), e, outside)
	if err != nil {
		w.t.Fatal(err)
	}
	return news
}

func hand(value string) []string { return []string{"hand", value} }

func TestHandOfAPresence(t *testing.T) {
	w := newWorld(t)
	id, ann, bob := w.createNest(), newKey(t), newKey(t)
	presence := func(by key, tags ...[]string) bool {
		return w.appliesFromOutside(w.signal(by, nest.KindPresence, id, 0, tags...))
	}
	if presence(ann) || presence(ann, hand("0")) || w.member(id, ann.pubkey).Updated != 0 {
		t.Fatal("a presence without a hand left a row")
	}
	presence(ann, hand("1"))
	first := w.member(id, ann.pubkey).Hand
	w.advance(2 * time.Minute)
	presence(bob, hand("1"))
	presence(ann, hand("1"))
	if first == 0 || w.member(id, ann.pubkey).Hand != first || w.member(id, bob.pubkey).Hand <= first {
		t.Fatal("the queue is not in the order in which hands were raised")
	}
	w.advance(2 * time.Minute)
	presence(ann)
	if w.member(id, ann.pubkey).Hand != 0 {
		t.Error("a presence without the hand does not lower it")
	}
	w.advance(time.Minute)
	presence(ann, hand("1"))
	if m := w.member(id, ann.pubkey); m.Hand != w.clock.UnixMilli() {
		t.Error("a hand raised again is not at the end of the queue")
	}
}

// A client repeats its presence every two minutes. That does not undo a moderator's decision until the client lowered
// the hand too.
func TestRepeatedPresenceDoesNotRaiseAgain(t *testing.T) {
	for name, decide := range map[string]func(w *world, id, ann string) error{
		"lowered": func(w *world, id, ann string) error {
			return w.SetHand(
				w.t.Context(), id, w.host.pubkey, ann, false,
			)
		},
		"up and down again": func(w *world, id, ann string) error {
			w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Publish: yes()})
			w.changePermissions(id, w.host.pubkey, ann, nest.PermissionChange{Publish: no()})
			return nil
		},
		"removed": func(w *world, id, ann string) error {
			return w.Remove(
				w.t.Context(), id, w.host.pubkey, ann, false,
			)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id, ann := w.createNest(), newKey(t)
			send := func(tags ...[]string) nest.Member {
				w.advance(time.Minute)
				w.appliesFromOutside(w.signal(ann, nest.KindPresence, id, 0, tags...))
				return w.member(id, ann.pubkey)
			}
			if send(hand("1")).Hand == 0 {
				t.Fatal("not raised")
			}
			if err := decide(w, id, ann.pubkey); err != nil {
				t.Fatal(err)
			}
			for range 5 {
				if send(hand("1")).Hand != 0 {
					t.Fatal("a repeated presence raised the hand again")
				}
			}
			send()
			if send(hand("1")).Hand == 0 {
				t.Error("a hand that the client lowered and raised again stays down")
			}
		})
	}
}

// A presence does not lower a hand raised by API or request, because such clients send presences without a hand.
func TestPresenceLowersOnlyHandsOfPresences(t *testing.T) {
	w := newWorld(t)
	id, ann, bob, eve := w.createNest(), newKey(t), newKey(t), newKey(t)
	raise := func(by key) {
		if err := w.SetHand(t.Context(), id, by.pubkey, "", true); err != nil {
			t.Fatal(err)
		}
	}
	raise(ann)
	w.appliesFromOutside(w.signal(bob, nest.KindRequest, id, 0, status("requested")))
	w.appliesFromOutside(w.signal(eve, nest.KindPresence, id, 0, hand("1")))
	since := w.member(id, eve.pubkey).Hand
	w.advance(time.Second)
	raise(eve) // now held by the API, with the same time
	w.advance(time.Minute)
	for _, k := range []key{ann, bob, eve} {
		w.appliesFromOutside(w.signal(k, nest.KindPresence, id, 0))
		if w.member(id, k.pubkey).Hand == 0 {
			t.Error("a presence lowered a hand that no presence raised")
		}
	}
	w.advance(time.Hour)
	w.expireHands()
	if m := w.member(id, eve.pubkey); m.Hand != since {
		t.Errorf("the hand held by the API has time %d, want %d", m.Hand, since)
	}
	w.appliesFromOutside(w.signal(bob, nest.KindRequest, id, 0, status("cancelled")))
	if w.member(id, bob.pubkey).Hand != 0 {
		t.Error("a withdrawn request leaves the hand up")
	}
}

// Keys that are not connected have a limited number of hands for a limited time, because keys cost nothing.
// Participants keep theirs.
func TestHandsOutsideAreLimitedByAPI(t *testing.T) {
	w := newWorld(t)
	id, inside := w.createNest(), newKey(t).pubkey
	w.media.people = []nest.Participant{{Identity: inside}}
	pubkey := func(i int) string { return fmt.Sprintf("%064x", i) }
	raise := func(pubkey string) error { return w.SetHand(t.Context(), id, pubkey, "", true) }
	for i := range 100 {
		if err := raise(pubkey(i)); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, raise(pubkey(100)), nest.CodeForbidden)
	asks := newKey(t)
	w.appliesFromOutside(w.signal(asks, nest.KindRequest, id, 0, status("requested")))
	if w.member(id, asks.pubkey).Hand != 0 {
		t.Error("an event raised a hand beyond the limit")
	}
	if err := raise(inside); err != nil {
		t.Errorf("a participant: %v", err)
	}
	w.advance(6*time.Hour - time.Second)
	w.expireHands()
	if w.member(id, pubkey(0)).Hand == 0 {
		t.Error("lowered early")
	}
	w.advance(2 * time.Second)
	w.media.away = true
	w.expireHands()
	if w.member(id, pubkey(0)).Hand == 0 {
		t.Error("lowered while the participants are unknown")
	}
	w.media.away = false
	w.expireHands()
	if m := w.member(id, pubkey(0)); !m.Empty() || w.member(id, inside).Hand == 0 {
		t.Errorf("a hand outside: %+v; of a participant: %+v", m, w.member(id, inside))
	}
}

func (w *world) expireHands() {
	w.t.Helper()
	if err := w.ExpireHands(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// A presence holds for five minutes, or until its expiration within bounds. Afterwards the row is empty.
func TestPresenceExpires(t *testing.T) {
	for _, c := range []struct {
		name    string
		expires time.Duration // 0: no expiration
		holds   time.Duration
	}{
		{"plain", 0, 5 * time.Minute}, {"short", time.Minute, time.Minute},
		{"long", 30 * time.Minute, 30 * time.Minute}, {"forever", 1000 * time.Hour, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			id, ann := w.createNest(), newKey(t)
			tags := [][]string{hand("1")}
			if c.expires != 0 {
				tags = append(tags, []string{"expiration", strconv.FormatInt(w.clock.Add(c.expires).Unix(), 10)})
			}
			w.appliesFromOutside(w.signal(ann, nest.KindPresence, id, 0, tags...))
			w.advance(c.holds - time.Second)
			w.expireHands()
			if w.member(id, ann.pubkey).Hand == 0 {
				t.Fatal("lowered too early")
			}
			w.advance(2 * time.Second)
			w.expireHands()
			if w.member(id, ann.pubkey).Hand != 0 {
				t.Fatal("not lowered")
			}
			w.advance(11 * time.Minute)
			w.expireHands()
			if m := w.member(id, ann.pubkey); !m.Empty() {
				t.Errorf("left behind: %+v", m)
			}
		})
	}
}

// A user who may not enter cannot raise a hand, and an address with another host is another nest.
func TestIgnoredHands(t *testing.T) {
	ann := newKey(t)
	for name, prepare := range map[string]func(w *world, id string) nest.Event{
		"old": func(w *world, id string) nest.Event {
			return w.signal(ann, nest.KindPresence, id, -6*time.Minute, hand("1"))
		},
		"an old request": func(w *world, id string) nest.Event {
			return w.signal(ann, nest.KindRequest, id, -11*time.Minute, status("requested"))
		},
		"of tomorrow": func(w *world, id string) nest.Event {
			return w.signal(ann, nest.KindPresence, id, 24*time.Hour, hand("1"))
		},
		"banned": func(w *world, id string) nest.Event {
			if err := w.Remove(t.Context(), id, w.host.pubkey, ann.pubkey, true); err != nil {
				t.Fatal(err)
			}
			w.advance(time.Minute)
			return w.signal(ann, nest.KindPresence, id, 0, hand("1"))
		},
		"on stage": func(w *world, id string) nest.Event {
			w.changePermissions(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: yes()})
			w.advance(time.Minute)
			return w.signal(ann, nest.KindPresence, id, 0, hand("1"))
		},
		"ended": func(w *world, id string) nest.Event {
			if err := w.End(t.Context(), id, w.host.pubkey); err != nil {
				t.Fatal(err)
			}
			return w.signal(ann, nest.KindPresence, id, 0, hand("1"))
		},
		"unknown": func(w *world, _ string) nest.Event {
			return w.signal(ann, nest.KindPresence, w.NewID(), 0, hand("1"))
		},
		"another host's address": func(w *world, id string) nest.Event {
			e := nest.Event{
				Kind:      nest.KindPresence,
				CreatedAt: w.clock.Unix(),
				Tags:      [][]string{{"a", "30312:" + ann.pubkey + ":" + id}, hand("1")},
			}
			if err := nip.Sign(ann.secret, &e); err != nil {
				t.Fatal(err)
			}
			return e
		},
		"private": func(w *world, id string) nest.Event {
			w.makePrivate(id)
			return w.signal(ann, nest.KindPresence, id, 0, hand("1"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.createNest()
			e := prepare(w, id)
			for _, from := range []string{"", outside} {
				if _, err := w.ApplySignal(t.Context(), e, from); err != nil {
					t.Fatal(err)
				}
				if m := w.member(id, ann.pubkey); m.Hand != 0 {
					t.Errorf("the hand is up by an event from %q", from)
				}
			}
		})
	}
}

func (w *world) makePrivate(id string) {
	w.t.Helper()
	err := w.Store.Write(w.t.Context(), func(tx nest.Tx) error {
		n, err := tx.Nest(id)
		if err != nil {
			return err
		}
		n.Access = nest.Private
		return tx.PutNest(n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Keys that are not connected raise a limited number of hands, because keys cost nothing. Participants always can.
func TestHandsOutsideAreLimited(t *testing.T) {
	w := newWorld(t)
	id, raised := w.createNest(), 0
	for range 120 {
		if w.appliesFromOutside(w.signal(newKey(t), nest.KindPresence, id, 0, hand("1"))) {
			raised++
		}
	}
	if raised != 100 {
		t.Errorf("%d keys outside have a hand up", raised)
	}
	inside := newKey(t)
	w.media.people = []nest.Participant{{Identity: inside.pubkey}}
	if !w.appliesFromOutside(w.signal(inside, nest.KindPresence, id, 0, hand("1"))) {
		t.Error("hands outside prevent a participant's hand")
	}
}

func theHost(w *world) key      { return w.host }
func is(k key) func(*world) key { return func(*world) key { return k } }

// An event from a client is stored once, even if it changes nothing.
func TestSignalsFromClientsAreStored(t *testing.T) {
	w := newWorld(t)
	id, ann := w.createNest(), newKey(t)
	for _, e := range []nest.Event{
		w.signal(ann, nest.KindPresence, id, 0),
		w.signal(ann, nest.KindRequest, id, 0, []string{"status", strings.Repeat("x", 99)}),
	} {
		for i := range 2 {
			stored, err := w.ApplySignal(t.Context(), e, "")
			if err != nil || stored != (i == 0) {
				t.Errorf("kind %d, time %d: stored %v, %v", e.Kind, i, stored, err)
			}
		}
	}
}
