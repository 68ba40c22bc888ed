package relay

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"nests/internal/nest"
)

const maxRecent = 1024

// hub owns the set of connections and the ids of recent broadcasts.
//
// # Concurrency
//
// Every connection's goroutine and every caller of broadcast uses it. mu guards all fields but serving, and is held
// for map operations only: broadcast copies the set first, then matches filters, checks access and queues events
// without it. Nothing here blocks on a client; access checks block on the store.
type hub struct {
	limits Limits

	mu      sync.Mutex
	conns   map[*conn]bool
	byPeer  map[string]int
	recent  [maxRecent]string // ids broadcast last: one event may arrive from several relays
	next    int
	serving sync.WaitGroup
}

func newHub(limits Limits) *hub {
	return &hub{limits: limits, conns: map[*conn]bool{}, byPeer: map[string]int{}}
}

func (h *hub) wait() { h.serving.Wait() }

// add registers a connection; false if there are too many.
func (h *hub) add(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.conns) >= h.limits.Connections || (c.peer != "" && h.byPeer[c.peer] >= h.limits.PerAddress) {
		return false
	}
	h.conns[c] = true
	h.byPeer[c.peer]++
	h.serving.Add(1)
	return true
}

func (h *hub) remove(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	if h.byPeer[c.peer]--; h.byPeer[c.peer] <= 0 {
		delete(h.byPeer, c.peer)
	}
	h.serving.Done()
}

// all returns the current connections.
func (h *hub) all() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.AppendSeq(make([]*conn, 0, len(h.conns)), maps.Keys(h.conns))
}

// broadcast queues e for every connection that subscribed to it and may see it, and returns the number of
// subscriptions. All of them share one encoding of the event.
func (h *hub) broadcast(e nest.Event, sees func(*conn) bool) int {
	if !h.firstBroadcast(e.ID) {
		return 0
	}
	found := indexTags(e)
	var data json.RawMessage
	count := 0
	for _, c := range h.all() {
		subscriptions := c.subscriptions.matching(found)
		if len(subscriptions) == 0 || !sees(c) {
			continue
		}
		if data == nil {
			data = encodeEvent(e)
		}
		c.sendLive(liveEvent{subscriptions, data})
		count += len(subscriptions)
	}
	return count
}

// firstBroadcast records an id and reports whether it is not among the last ones.
func (h *hub) firstBroadcast(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if slices.Contains(h.recent[:], id) {
		return false
	}
	h.recent[h.next], h.next = id, (h.next+1)%maxRecent
	return true
}
