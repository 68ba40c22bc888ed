package relay

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"nests/internal/nest"
)

const rememberedBroadcasts = 1024

// hub owns the connections and their live subscriptions. Its lock is held for map work only, never while something is sent.
type hub struct {
	limits Limits

	mu      sync.Mutex
	conns   map[*conn]map[string][]filter
	byPeer  map[string]int
	recent  [rememberedBroadcasts]string // ids broadcast last: one event may reach us by several ways
	next    int
	serving sync.WaitGroup
}

func newHub(limits Limits) *hub {
	return &hub{limits: limits, conns: map[*conn]map[string][]filter{}, byPeer: map[string]int{}}
}

func (h *hub) wait() { h.serving.Wait() }

// enter registers a connection; false when there are too many.
func (h *hub) enter(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.conns) >= h.limits.Connections || (c.peer != "" && h.byPeer[c.peer] >= h.limits.PerAddress) {
		return false
	}
	h.conns[c] = map[string][]filter{}
	h.byPeer[c.peer]++
	h.serving.Add(1)
	return true
}

func (h *hub) leave(c *conn) {
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
	return slices.Collect(maps.Keys(h.conns))
}

// subscribe sets the filters of a subscription, replacing one of the same id; false when the connection has too many.
func (h *hub) subscribe(c *conn, id string, filters []filter) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	subscriptions := h.conns[c]
	if _, replaces := subscriptions[id]; !replaces && len(subscriptions) >= h.limits.Subscriptions {
		return false
	}
	subscriptions[id] = filters
	return true
}

func (h *hub) unsubscribe(c *conn, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns[c], id)
}

// broadcast hands e to every connection that subscribed to it and may see it, and says to how many subscriptions that was.
// All of them share one encoding of it.
func (h *hub) broadcast(e nest.Event, sees func(*conn) bool) int {
	var data json.RawMessage
	count := 0
	for c, subscriptions := range h.recipients(e) {
		if !sees(c) {
			continue
		}
		if data == nil {
			data = encodeEvent(e)
		}
		c.sendLive(live{subscriptions, data})
		count += len(subscriptions)
	}
	return count
}

// recipients are the connections that subscribed to e, and by which subscriptions.
func (h *hub) recipients(e nest.Event) map[*conn][]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if slices.Contains(h.recent[:], e.ID) {
		return nil
	}
	h.recent[h.next], h.next = e.ID, (h.next+1)%rememberedBroadcasts
	recipients := map[*conn][]string{}
	for c, subscriptions := range h.conns {
		for id, filters := range subscriptions {
			if slices.ContainsFunc(filters, func(f filter) bool { return f.matches(e) }) {
				recipients[c] = append(recipients[c], id)
			}
		}
	}
	return recipients
}
