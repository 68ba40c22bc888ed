package relay_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/nip"
)

func (r *rig) hand(secret string) int64 {
	r.t.Helper()
	var m nest.Member
	err := r.db.Read(r.t.Context(), func(tx nest.Tx) (err error) {
		m, err = tx.Member(nestID, publicKey(r.t, secret))
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return m.Hand
}

func (r *rig) waitForHand(secret string, up bool) {
	r.t.Helper()
	nesttest.Eventually(r.t, 5*time.Second, func() string {
		if at := r.hand(secret); (at != 0) != up {
			return fmt.Sprintf("the hand is %d", at)
		}
		return ""
	})
}

func TestHandsByPresence(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	c := r.dial()
	say := func(kind, ago int, tags ...[]string) nest.Event {
		return sign(t, listener, nest.Event{
			Kind:      kind,
			CreatedAt: time.Now().Unix() - int64(ago),
			Tags:      append([][]string{{"a", a}}, tags...),
		})
	}
	up := say(10312, 2, []string{"hand", "1"})
	c.send("EVENT", up)
	c.expect("OK", up.ID)
	if r.hand(listener) == 0 {
		t.Error("an accepted presence did not raise the hand")
	}
	down := say(10312, 1, []string{"hand", "0"})
	c.send("EVENT", down)
	c.expect("OK", down.ID)
	if r.hand(listener) != 0 {
		t.Error("the hand is still up")
	}
	c.send("EVENT", up) // replayed
	c.expect("OK", up.ID)
	if r.hand(listener) != 0 {
		t.Error("a replayed presence raised the hand")
	}
}

// Hands are raised by events on other relays too, however they spell the address. Forged events raise none.
func TestWatcherReceivesHands(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	address, err := nip.ParseAddress(a)
	if err != nil {
		t.Fatal(err)
	}
	relay := nesttest.NewRelay(t)
	up := func(secret, a string, kind int, tag ...string) nest.Event {
		return sign(t, secret, nest.Event{Kind: kind, Tags: [][]string{{"a", a, "", "root"}, tag}})
	}
	relay.Put(t, up(listener, a, 10312, "hand", "1")) // before anybody watched
	forged := up(host, a, 1833, "status", "requested")
	forged.PubKey = publicKey(t, otherKey)
	relay.Put(t, forged)
	badSig := up(otherKey, a, 1833, "status", "requested")
	badSig.Sig = strings.Repeat("1", 128)
	relay.Put(t, badSig)
	r.watch(relay)
	r.waitForHand(listener, true)
	last := strings.Repeat("44", 32)
	relay.Put(t, up(last, address.Naddr(), 1833, "status", "requested"))
	r.waitForHand(last, true)
	if r.hand(otherKey) != 0 || r.hand(last) < r.hand(listener) {
		t.Error("a forged request counts, or the queue is out of order")
	}
	relay.Put(t, sign(t, listener, nest.Event{
		Kind:      10312,
		CreatedAt: time.Now().Unix() + 1,
		Tags:      [][]string{{"a", a}},
	}))
	r.waitForHand(listener, false)
	if events, err := r.db.QueryEvents(t.Context(), nest.EventFilter{
		Kinds: []int{10312, 1833},
	}); err != nil || len(events) != 0 {
		t.Errorf("%d events of other relays are stored, %v", len(events), err)
	}
}
