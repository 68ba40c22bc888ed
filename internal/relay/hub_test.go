package relay

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// addConnections adds connections whose clients read nothing.
func addConnections(h *hub, connections, subscriptions int, filters ...filter) (all []*conn, cut map[*conn]bool) {
	cut = map[*conn]bool{}
	r := &Relay{config: Config{Limits: h.limits}}
	for range connections {
		c := &conn{relay: r, live: make(chan liveEvent, h.limits.Backlog)}
		c.cancel = func(error) { cut[c] = true }
		h.add(c)
		for id := range subscriptions {
			if err := c.subscriptions.set(fmt.Sprint(id), filters, h.limits); err != nil {
				panic(err)
			}
		}
		all = append(all, c)
	}
	return all, cut
}

func allowAll(*conn) bool { return true }

func largeEvent(i int) nest.Event {
	return nest.Event{ID: fmt.Sprint(i), Kind: 1311, Content: strings.Repeat("x", 60_000)}
}

// One address has 200 connections of 50 subscriptions each. They share one encoding of each queued event, and a
// client that is a megabyte behind is disconnected.
func TestSlowClientsShareQueuedEvents(t *testing.T) {
	h := newHub(DefaultLimits())
	all, cut := addConnections(h, 200, 50, filter{})
	before := heap()
	for i := range 12 {
		if n := h.broadcast(largeEvent(i), allowAll); n != 200*50 {
			t.Fatalf("%d subscriptions were shown the event", n)
		}
	}
	if taken := heap() - before; taken > 32<<20 {
		t.Errorf("12 events of 60 kB take %d MB", taken>>20)
	}
	one, other := <-all[0].live, <-all[199].live
	if &one.event[0] != &other.event[0] || len(one.subscriptions) != 50 {
		t.Error("the event is not shared")
	}
	if len(cut) != 0 {
		t.Fatal("cut too early")
	}
	for i := range 8 {
		h.broadcast(largeEvent(100+i), allowAll)
	}
	if len(cut) != 200 {
		t.Errorf("%d of 200 are cut", len(cut))
	}
	runtime.KeepAlive(all)
}

// One address has 200 connections with as many filter values as possible, and sends an event with as many tags as
// possible.
func TestManyFilterValuesAreLookedUp(t *testing.T) {
	h := newHub(DefaultLimits())
	values := make([]string, h.limits.FilterValues-2)
	for i := range values {
		values[i] = fmt.Sprintf("%010d", i)
	}
	addConnections(h, 200, 5, prepare(filter{EventFilter: nest.EventFilter{Tags: map[string][]string{"t": values}}}))
	e := nest.Event{ID: "1", Kind: 1311}
	for i := range nip.MaxTags - 1 {
		e.Tags = append(e.Tags, []string{"t", fmt.Sprintf("x%09d", i)})
	}
	start := time.Now()
	if n := h.broadcast(e, allowAll); n != 0 {
		t.Errorf("%d subscriptions match", n)
	}
	if took := time.Since(start); took > 3*time.Second { // 2 thousand million comparisons take 13 s and more
		t.Errorf("one broadcast took %v", took)
	} else {
		t.Log(took)
	}
	e.ID, e.Tags[1000][1] = "2", values[500]
	if n := h.broadcast(e, allowAll); n != 1000 {
		t.Errorf("%d subscriptions match", n)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Events are sent without the escapes for HTML, which take six bytes for one.
func TestEventsAreNotEscapedForHTML(t *testing.T) {
	e := nest.Event{Content: "<b>&</b>"}
	if data := encodeEvent(e); !bytes.Contains(data, []byte(e.Content)) {
		t.Errorf("%s", data)
	}
	if data := encode("EVENT", encodeEvent(e)); !bytes.Contains(data, []byte(e.Content)) {
		t.Errorf("to another relay goes %s", data)
	}
}
