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

type recipient struct {
	conn         *conn
	subscription string
}

// broadcast hands e to every subscription that matches and whose connection may see it, and says how many those were.
func (h *hub) broadcast(e nest.Event, sees func(*conn) bool) int {
	recipients := h.recipients(e)
	if len(recipients) == 0 {
		return 0
	}
	var data json.RawMessage
	visible := map[*conn]bool{}
	count := 0
	for _, to := range recipients {
		may, asked := visible[to.conn]
		if !asked {
			may = sees(to.conn)
			visible[to.conn] = may
		}
		if !may {
			continue
		}
		if data == nil {
			data = encodeEvent(e)
		}
		to.conn.sendLive(eventMessage(to.subscription, data))
		count++
	}
	return count
}

func (h *hub) recipients(e nest.Event) []recipient {
	h.mu.Lock()
	defer h.mu.Unlock()
	if slices.Contains(h.recent[:], e.ID) {
		return nil
	}
	h.recent[h.next], h.next = e.ID, (h.next+1)%rememberedBroadcasts
	var recipients []recipient
	for c, subscriptions := range h.conns {
		for id, filters := range subscriptions {
			if slices.ContainsFunc(filters, func(f filter) bool { return f.matches(e) }) {
				recipients = append(recipients, recipient{c, id})
			}
		}
	}
	return recipients
}
