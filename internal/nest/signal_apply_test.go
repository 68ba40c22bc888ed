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

// signal signs an event about a nest of the world's host, dated by the world's clock and an offset.
func (w *world) signal(by key, kind int, id string, offset time.Duration, tags ...[]string) nest.Event {
	w.t.Helper()
	address := nip.Address{Kind: nest.KindSpace, Pubkey: w.host.pubkey, D: id}.String()
	e := nest.Event{Kind: kind, CreatedAt: w.clock.Add(offset).Unix(), Tags: append([][]string{{"a", address, "", "root"}}, tags...)}
	if err := nip.Sign(by.secret, &e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

const outside = "wss://outside.example"

// hears hands an event over as seen on an outside relay, and says whether it changed anything.
func (w *world) hears(e nest.Event) bool {
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
	id, ann, bob := w.created(), newKey(t), newKey(t)
	presence := func(by key, tags ...[]string) bool { return w.hears(w.signal(by, nest.KindPresence, id, 0, tags...)) }
	if presence(ann) || presence(ann, hand("0")) || w.member(id, ann.pubkey).Updated != 0 {
		t.Fatal("a presence without a hand left a row")
	}
	presence(ann, hand("1"))
	first := w.member(id, ann.pubkey).Hand
	w.pass(2 * time.Minute)
	presence(bob, hand("1"))
	presence(ann, hand("1"))
	if first == 0 || w.member(id, ann.pubkey).Hand != first || w.member(id, bob.pubkey).Hand <= first {
		t.Fatal("the queue is not in the order in which hands were raised")
	}
	w.pass(2 * time.Minute)
	presence(ann)
	if w.member(id, ann.pubkey).Hand != 0 {
		t.Error("a presence without the hand does not lower it")
	}
	w.pass(time.Minute)
	presence(ann, hand("1"))
	if m := w.member(id, ann.pubkey); m.Hand != w.clock.UnixMilli() {
		t.Error("a hand raised again is not at the end of the queue")
	}
}

// A client repeats its presence every two minutes: what a moderator decided meanwhile stands until the hand went down there, too.
func TestRepeatedPresenceUndoesNothing(t *testing.T) {
	for name, decide := range map[string]func(w *world, id, ann string) error{
		"lowered": func(w *world, id, ann string) error { return w.SetHand(w.t.Context(), id, w.host.pubkey, ann, false) },
		"up and down again": func(w *world, id, ann string) error {
			w.permit(id, w.host.pubkey, ann, nest.PermissionChange{Publish: yes()})
			w.permit(id, w.host.pubkey, ann, nest.PermissionChange{Publish: no()})
			return nil
		},
		"removed": func(w *world, id, ann string) error { return w.Remove(w.t.Context(), id, w.host.pubkey, ann, false) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id, ann := w.created(), newKey(t)
			say := func(tags ...[]string) nest.Member {
				w.pass(time.Minute)
				w.hears(w.signal(ann, nest.KindPresence, id, 0, tags...))
				return w.member(id, ann.pubkey)
			}
			if say(hand("1")).Hand == 0 {
				t.Fatal("not raised")
			}
			if err := decide(w, id, ann.pubkey); err != nil {
				t.Fatal(err)
			}
			for range 5 {
				if say(hand("1")).Hand != 0 {
					t.Fatal("a repeated presence raised the hand again")
				}
			}
			say()
			if say(hand("1")).Hand == 0 {
				t.Error("a hand raised anew does not count")
			}
		})
	}
}

// A hand that the API or a request raised is not a presence's to lower: such clients send presences without a hand.
func TestPresenceLowersOnlyItsOwn(t *testing.T) {
	w := newWorld(t)
	id, ann, bob, eve := w.created(), newKey(t), newKey(t), newKey(t)
	raise := func(by key) {
		if err := w.SetHand(t.Context(), id, by.pubkey, "", true); err != nil {
			t.Fatal(err)
		}
	}
	raise(ann)
	w.hears(w.signal(bob, nest.KindRequest, id, 0, status("requested")))
	w.hears(w.signal(eve, nest.KindPresence, id, 0, hand("1")))
	since := w.member(id, eve.pubkey).Hand
	w.pass(time.Second)
	raise(eve) // the API takes it over, at the same place
	w.pass(time.Minute)
	for _, k := range []key{ann, bob, eve} {
		w.hears(w.signal(k, nest.KindPresence, id, 0))
		if w.member(id, k.pubkey).Hand == 0 {
			t.Error("a presence lowered a hand that none raised")
		}
	}
	w.pass(time.Hour)
	w.lapse()
	if m := w.member(id, eve.pubkey); m.Hand != since {
		t.Errorf("the hand that the API took over is %d, want %d", m.Hand, since)
	}
	w.hears(w.signal(bob, nest.KindRequest, id, 0, status("cancelled")))
	if w.member(id, bob.pubkey).Hand != 0 {
		t.Error("a request that is taken back leaves the hand up")
	}
}

// Keys cost nothing: those that are not inside have few hands, and not for ever. Who is inside keeps the hand.
func TestHandsOfStrangersByAPI(t *testing.T) {
	w := newWorld(t)
	id, inside := w.created(), newKey(t).pubkey
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
	w.hears(w.signal(asks, nest.KindRequest, id, 0, status("requested")))
	if w.member(id, asks.pubkey).Hand != 0 {
		t.Error("a stranger's event counts strangers by API out")
	}
	if err := raise(inside); err != nil {
		t.Errorf("who is inside: %v", err)
	}
	w.pass(6*time.Hour - time.Second)
	w.lapse()
	if w.member(id, pubkey(0)).Hand == 0 {
		t.Error("lowered early")
	}
	w.pass(2 * time.Second)
	w.media.away = true
	w.lapse()
	if w.member(id, pubkey(0)).Hand == 0 {
		t.Error("lowered while nobody knows who is inside")
	}
	w.media.away = false
	w.lapse()
	if m := w.member(id, pubkey(0)); !m.Empty() || w.member(id, inside).Hand == 0 {
		t.Errorf("a stranger's hand: %+v; who is inside: %+v", m, w.member(id, inside))
	}
}

func (w *world) lapse() {
	w.t.Helper()
	if err := w.ExpireHands(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// A presence holds for five minutes, or as long as it says within bounds. What is left of it goes, too.
func TestPresenceRunsOut(t *testing.T) {
	for _, c := range []struct {
		name    string
		expires time.Duration // 0: it does not say
		holds   time.Duration
	}{{"plain", 0, 5 * time.Minute}, {"short", time.Minute, time.Minute}, {"long", 30 * time.Minute, 30 * time.Minute}, {"forever", 1000 * time.Hour, time.Hour}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			id, ann := w.created(), newKey(t)
			tags := [][]string{hand("1")}
			if c.expires != 0 {
				tags = append(tags, []string{"expiration", strconv.FormatInt(w.clock.Add(c.expires).Unix(), 10)})
			}
			w.hears(w.signal(ann, nest.KindPresence, id, 0, tags...))
			w.pass(c.holds - time.Second)
			w.lapse()
			if w.member(id, ann.pubkey).Hand == 0 {
				t.Fatal("lowered too early")
			}
			w.pass(2 * time.Second)
			w.lapse()
			if w.member(id, ann.pubkey).Hand != 0 {
				t.Fatal("not lowered")
			}
			w.pass(11 * time.Minute)
			w.lapse()
			if m := w.member(id, ann.pubkey); !m.Empty() {
				t.Errorf("left behind: %+v", m)
			}
		})
	}
}

// Who may not enter has no hand, and nobody's word counts in another nest than the one its host made.
func TestHandsThatDoNotCount(t *testing.T) {
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
			w.pass(time.Minute)
			return w.signal(ann, nest.KindPresence, id, 0, hand("1"))
		},
		"on stage": func(w *world, id string) nest.Event {
			w.permit(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: yes()})
			w.pass(time.Minute)
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
			e := nest.Event{Kind: nest.KindPresence, CreatedAt: w.clock.Unix(), Tags: [][]string{{"a", "30312:" + ann.pubkey + ":" + id}, hand("1")}}
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
			id := w.created()
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

// Keys cost nothing: those who are not inside raise so many hands and no more, those inside always.
func TestHandsOfStrangersAreBounded(t *testing.T) {
	w := newWorld(t)
	id, raised := w.created(), 0
	for range 120 {
		if w.hears(w.signal(newKey(t), nest.KindPresence, id, 0, hand("1"))) {
			raised++
		}
	}
	if raised != 100 {
		t.Errorf("%d strangers have a hand up", raised)
	}
	inside := newKey(t)
	w.media.people = []nest.Participant{{Identity: inside.pubkey}}
	if !w.hears(w.signal(inside, nest.KindPresence, id, 0, hand("1"))) {
		t.Error("strangers keep those out who are inside")
	}
}

func TestGrantsOfModerators(t *testing.T) {
	ann, admin, stranger := newKey(t), newKey(t), newKey(t)
	p := []string{"p", ann.pubkey}
	for _, c := range []struct {
		name  string
		by    func(w *world) key
		kind  int
		word  string
		age   time.Duration
		stage bool // before
		want  bool
	}{
		{"granted by the host", theHost, nest.KindGrant, "granted", 0, false, true},
		{"granted by an admin", is(admin), nest.KindGrant, "granted", 0, false, true},
		{"granted by a stranger", is(stranger), nest.KindGrant, "granted", 0, false, false},
		{"granted by oneself", is(ann), nest.KindGrant, "granted", 0, false, false},
		{"granted long ago", theHost, nest.KindGrant, "granted", 11 * time.Minute, false, false},
		{"granted before the last change", theHost, nest.KindGrant, "granted", 3 * time.Minute, false, false},
		{"revoked", is(admin), nest.KindGrant, "revoked", 0, true, false},
		{"revoked by a stranger", is(stranger), nest.KindGrant, "revoked", 0, true, true},
		{"removed before the last change", theHost, nest.KindGrant, "removed", 3 * time.Minute, true, true},
		{"invited", is(admin), nest.KindInvite, "invited", 0, false, true},
		{"invited by a stranger", is(stranger), nest.KindInvite, "invited", 0, false, false},
		{"declined", is(ann), nest.KindInvite, "declined", 0, true, false},
		{"declined by another", is(stranger), nest.KindInvite, "declined", 0, true, true},
		{"accepted without an invitation", is(ann), nest.KindInvite, "accepted", 0, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, from := range []string{"", outside} {
				w := newWorld(t)
				id := w.created()
				w.permit(id, w.host.pubkey, admin.pubkey, nest.PermissionChange{Admin: yes()})
				w.permit(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: yes()})
				if !c.stage {
					w.permit(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: no()})
				}
				w.pass(2 * time.Minute)
				revision := w.row(id).Revision
				if _, err := w.ApplySignal(t.Context(), w.signal(c.by(w), c.kind, id, -c.age, p, status(c.word)), from); err != nil {
					t.Fatal(err)
				}
				if got := w.member(id, ann.pubkey).OnStage; got != c.want {
					t.Errorf("from %q: on stage %v", from, got)
				}
				if moved := w.row(id).Revision != revision; moved != (c.stage != c.want) {
					t.Errorf("from %q: the nest changed: %v", from, moved)
				}
			}
		})
	}
}

func theHost(w *world) key      { return w.host }
func is(k key) func(*world) key { return func(*world) key { return k } }

// A grant is applied once, by whichever way it comes again.
func TestGrantIsAppliedOnce(t *testing.T) {
	for _, ways := range [][2]string{{"", ""}, {"", outside}, {outside, ""}, {outside, outside}} {
		w := newWorld(t)
		id, ann := w.created(), newKey(t)
		grant := w.signal(w.host, nest.KindGrant, id, 10*time.Minute, []string{"p", ann.pubkey}, status("granted")) // a fast clock
		for i, from := range ways {
			if _, err := w.ApplySignal(t.Context(), grant, from); err != nil {
				t.Fatal(err)
			}
			if up := w.member(id, ann.pubkey).OnStage; up != (i == 0) {
				t.Errorf("%q: after copy %d on stage is %v", ways, i, up)
			}
			w.pass(time.Second)
			if i == 0 {
				w.permit(id, w.host.pubkey, ann.pubkey, nest.PermissionChange{Publish: no()})
			}
			w.pass(time.Minute)
		}
	}
}

// Nobody is moved who is banned, and the host is moved by nobody.
func TestGrantsTheAPIWouldRefuse(t *testing.T) {
	w := newWorld(t)
	id, ann, admin := w.created(), newKey(t), newKey(t)
	w.permit(id, w.host.pubkey, admin.pubkey, nest.PermissionChange{Admin: yes()})
	if err := w.Remove(t.Context(), id, w.host.pubkey, ann.pubkey, true); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	w.hears(w.signal(w.host, nest.KindGrant, id, 0, []string{"p", ann.pubkey}, status("granted")))
	w.hears(w.signal(admin, nest.KindGrant, id, 0, []string{"p", w.host.pubkey}, status("revoked")))
	if w.member(id, ann.pubkey).OnStage || !w.member(id, w.host.pubkey).OnStage {
		t.Error("an event did what the API refuses")
	}
	if err := w.Remove(t.Context(), id, w.host.pubkey, admin.pubkey, true); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	bob := newKey(t)
	w.hears(w.signal(admin, nest.KindGrant, id, 0, []string{"p", bob.pubkey}, status("granted")))
	if w.member(id, bob.pubkey).OnStage {
		t.Error("a banned moderator's word counts")
	}
}

func TestDeniedRequestLowersTheHand(t *testing.T) {
	w := newWorld(t)
	id, ann, stranger := w.created(), newKey(t), newKey(t)
	w.hears(w.signal(ann, nest.KindRequest, id, 0, status("requested")))
	w.pass(time.Minute)
	deny := func(by key) nest.Member {
		w.hears(w.signal(by, nest.KindGrant, id, 0, []string{"p", ann.pubkey}, status("denied")))
		return w.member(id, ann.pubkey)
	}
	if deny(stranger).Hand == 0 {
		t.Error("a stranger denied a request")
	}
	if deny(w.host).Hand != 0 {
		t.Error("a request that the host denied is still up")
	}
	w.pass(time.Second)
	w.hears(w.signal(ann, nest.KindRequest, id, -61*time.Second, status("requested"))) // the same one, from another relay
	if w.member(id, ann.pubkey).Hand != 0 {
		t.Error("a replayed request raised the hand again")
	}
}

// What our relay takes is stored whatever it says, and a copy is no news.
func TestHeardIsStored(t *testing.T) {
	w := newWorld(t)
	id, ann := w.created(), newKey(t)
	for _, e := range []nest.Event{w.signal(ann, nest.KindPresence, id, 0), w.signal(ann, nest.KindRequest, id, 0, []string{"status", strings.Repeat("x", 99)})} {
		for i := range 2 {
			stored, err := w.ApplySignal(t.Context(), e, "")
			if err != nil || stored != (i == 0) {
				t.Errorf("kind %d, time %d: stored %v, %v", e.Kind, i, stored, err)
			}
		}
	}
}
