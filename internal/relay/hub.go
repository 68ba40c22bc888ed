package relay

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"nests/internal/nest"
)

const maxRecent = 1024

// hub owns the connections. Its lock is held for map work only, never while something is compared or sent.
type hub struct {
	limits Limits

	mu      sync.Mutex
	conns   map[*conn]bool
	byPeer  map[string]int
	recent  [maxRecent]string // ids broadcast last: one event may reach us by several ways
	next    int
	serving sync.WaitGroup
}

func newHub(limits Limits) *hub {
	return &hub{limits: limits, conns: map[*conn]bool{}, byPeer: map[string]int{}}
}

func (h *hub) wait() { h.serving.Wait() }

// enter registers a connection; false when there are too many.
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

// all are the connections of this moment.
func (h *hub) all() []*conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.AppendSeq(make([]*conn, 0, len(h.conns)), maps.Keys(h.conns))
}

// broadcast hands e to every connection that subscribed to it and may see it, and says to how many subscriptions that was.
// All of them share one encoding of it.
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

// isNews remembers what was broadcast last.
func (h *hub) firstBroadcast(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if slices.Contains(h.recent[:], id) {
		return false
	}
	h.recent[h.next], h.next = id, (h.next+1)%maxRecent
	return true
}
