package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/relay"
)

// countingDomain counts the events that reach the domain.
type countingDomain struct {
	relay.Receiver
	calls atomic.Int64
}

func (c *countingDomain) Receive(ctx context.Context, e nest.Event, from string) (bool, error) {
	c.calls.Add(1)
	return c.Receiver.Receive(ctx, e, from)
}

func (r *rig) watch(outside ...*nesttest.Relay) *countingDomain {
	r.t.Helper()
	urls := []string{"wss://nests.example/relay"} // this server's relay is not dialled
	for _, o := range outside {
		urls = append(urls, o.URL)
	}
	n := r.nest()
	n.Relays = urls
	r.put(n)
	spaces := &countingDomain{Receiver: r.service}
	w := &relay.Watcher{
		Receiver: spaces,
		Dialer:   relay.Dialer{AllowPrivate: true},
		OwnRelay: "wss://nests.example/relay",
		Log:      slog.New(slog.DiscardHandler),
		Now:      time.Now,
		Watched: func() []nest.Nest {
			if n := r.nest(); n.Status == nest.Live {
				return []nest.Nest{n}
			}
			return nil
		},
	}
	start(r.t, w.Run)
	return spaces
}

func (r *rig) waitForTitle(title string, within time.Duration) {
	r.t.Helper()
	nesttest.Eventually(r.t, within, func() string {
		if n := r.nest(); n.Title != title {
			return fmt.Sprintf("the title is %q", n.Title)
		}
		return ""
	})
}

func TestWatcherAppliesChangesFromOtherRelays(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	outside := nesttest.NewRelay(t)
	outside.Put(t, sign(t, host, space("While nobody watched")))
	subscriber := r.dial()
	subscriber.send("REQ", "x", map[string]any{"kinds": []int{30312}})
	subscriber.expect("EOSE", "x")
	r.watch(outside)
	r.waitForTitle("While nobody watched", 5*time.Second)
	subscriber.expect("EVENT", "x")

	edit := space("Edited elsewhere")
	edit.CreatedAt = time.Now().Unix() + 1
	begin := time.Now()
	outside.Put(t, sign(t, host, edit))
	r.waitForTitle("Edited elsewhere", 5*time.Second)
	t.Logf("an edit arrived after %v", time.Since(begin))
	subscriber.expect("EVENT", "x")

	hijack := space("Hijacked")
	hijack.CreatedAt = time.Now().Unix() + 10
	forged := sign(t, host, hijack)
	forged.Sig = strings.Repeat("1", 128)
	outside.Put(t, forged)
	outside.Put(t, sign(t, otherKey, hijack))
	outside.Put(t, sign(t, otherKey, nest.Event{
		Kind:      5,
		CreatedAt: time.Now().Unix() + 20,
		Tags:      [][]string{{"a", a}},
	}))
	nesttest.Eventually(t, 10*time.Second, func() string { // subscriptions follow the newest space
		if open, ever := outside.Connections(); open != 1 || ever != 1 || outside.Subscriptions() != 1 {
			return fmt.Sprintf("%d connections, %d ever, %d subscriptions", open, ever, outside.Subscriptions())
		}
		return ""
	})
	outside.Put(t, sign(t, host, nest.Event{Kind: 5, CreatedAt: time.Now().Unix() + 30, Tags: [][]string{{"a", a}}}))
	nesttest.Eventually(t, 5*time.Second, func() string {
		if n := r.nest(); n.Status != nest.Ended || n.Title != "Edited elsewhere" {
			return fmt.Sprintf("the nest is %+v", n)
		}
		return ""
	})
	nesttest.Eventually(t, 5*time.Second, func() string {
		if open, _ := outside.Connections(); open != 0 {
			return "the relay of an ended nest is still watched"
		}
		return ""
	})
}

func TestWatcherReconnects(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	outside := nesttest.NewRelay(t)
	outside.Set(nesttest.RelayDown, "")
	r.watch(outside)
	outside.Put(t, sign(t, host, space("After the outage")))
	outside.Set(nesttest.RelayUp, "")
	r.waitForTitle("After the outage", 10*time.Second)
	outside.Set(nesttest.RelayDown, "")
	outside.Set(nesttest.RelayUp, "")
	edit := space("After the second")
	edit.CreatedAt = time.Now().Unix() + 1
	outside.Put(t, sign(t, host, edit))
	r.waitForTitle("After the second", 10*time.Second)
}

func TestHostileRelayDoesNoHarm(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	hostile, good := nesttest.NewRelay(t), nesttest.NewRelay(t)
	for i := range 20 {
		old := space(fmt.Sprintf("Old %d", i))
		old.CreatedAt = time.Now().Unix() - 1000 + int64(i)
		hostile.Put(t, sign(t, host, old))
	}
	hostile.Set(nesttest.RelayReplaying, "")
	spaces := r.watch(hostile, good)
	good.Put(t, sign(t, host, space("Morning coffee")))
	r.waitForTitle("Morning coffee", 10*time.Second)
	nesttest.Never(t, 2*time.Second, func() string {
		if n := r.nest(); n.Title != "Morning coffee" {
			return "an old space won: " + n.Title
		}
		return ""
	})
	if calls := spaces.calls.Load(); calls > 25 {
		t.Fatalf("%d of 21 events reached the domain", calls)
	}
}
