package nesttest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fiatjaf.com/nostr"
	"github.com/coder/websocket"

	"nests/internal/nest"
	"nests/internal/nip"
)

// RelayMode is how a test relay behaves.
type RelayMode int

// Modes of a test relay.
const (
	RelayUp        RelayMode = iota
	RelayDown                // connections are refused and the open ones cut
	RelayRefusing            // every event is answered OK false with the message of Set
	RelaySilent              // reads everything and answers nothing
	RelaySlow                // answers like one that is up, slowBy late
	RelayReplaying           // sends all its events again and again, to every connection, with junk in between
	RelayHuge                // answers with messages of 4 MB
)

// slowBy is how late a slow relay answers each message; the next one waits for it.
const slowBy = 2 * time.Second

// Relay is an outside relay whose behaviour a test sets. Its codec is of another library than that of the code
// under test.
type Relay struct {
	URL string

	server    *httptest.Server
	mu        sync.Mutex
	mode      RelayMode
	message   string // of refusals
	events    []nostr.Event
	published map[string]int // by event id
	conns     map[*websocket.Conn]map[string][]nostr.Filter
	dialed    int
}

// NewRelay starts a relay on loopback that ends with the test.
func NewRelay(t testing.TB) *Relay {
	r := &Relay{published: map[string]int{}, conns: map[*websocket.Conn]map[string][]nostr.Filter{}}
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	r.URL = "ws" + strings.TrimPrefix(r.server.URL, "http")
	t.Cleanup(func() {
		r.disconnectAll()
		r.server.Close()
	})
	return r
}

// Set changes how the relay behaves. A refusing relay answers with the message.
func (r *Relay) Set(mode RelayMode, message string) {
	r.mu.Lock()
	r.mode, r.message = mode, message
	r.mu.Unlock()
	if mode == RelayDown {
		r.disconnectAll()
	}
}

// Put stores an event and sends it to subscribers, as if a client had published it. Nothing is verified.
func (r *Relay) Put(t testing.TB, e nest.Event) {
	t.Helper()
	n, err := nip.ToNostr(e)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.events = append(r.events, n)
	r.mu.Unlock()
	r.broadcast(n)
}

// Has reports whether the relay has the event.
func (r *Relay) Has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.ID.Hex() == id {
			return true
		}
	}
	return false
}

// Forget deletes an event, as a relay does that cleans up or restores a backup.
func (r *Relay) Forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = slices.DeleteFunc(r.events, func(e nostr.Event) bool { return e.ID.Hex() == id })
}

// Published returns how often clients sent the event, refused ones included.
func (r *Relay) Published(id string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.published[id]
}

// Connections returns how many connections are open, and how many were accepted so far.
func (r *Relay) Connections() (open, ever int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns), r.dialed
}

// Subscriptions returns how many are open on all connections.
func (r *Relay) Subscriptions() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, subscriptions := range r.conns {
		n += len(subscriptions)
	}
	return n
}

func (r *Relay) disconnectAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ws := range r.conns {
		_ = ws.CloseNow()
	}
}

func (r *Relay) behaviour() (mode RelayMode, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mode, r.message
}

func (r *Relay) serve(w http.ResponseWriter, req *http.Request) {
	if mode, _ := r.behaviour(); mode == RelayDown {
		http.Error(w, "down", http.StatusBadGateway)
		return
	}
	ws, err := websocket.Accept(w, req, nil)
	if err != nil {
		return
	}
	r.mu.Lock()
	r.conns[ws] = map[string][]nostr.Filter{}
	r.dialed++
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.conns, ws)
		r.mu.Unlock()
		_ = ws.CloseNow()
	}()
	ctx, cancel := context.WithCancel(context.WithoutCancel(req.Context()))
	defer cancel()
	go r.replay(ctx, ws)
	for {
		_, data, err := ws.Read(ctx)
		if err != nil {
			return
		}
		if envelope, err := nostr.ParseMessage(string(data)); err == nil {
			r.answer(ctx, ws, envelope)
		}
	}
}

func (r *Relay) answer(ctx context.Context, ws *websocket.Conn, envelope nostr.Envelope) {
	mode, message := r.behaviour()
	if mode == RelaySlow {
		select {
		case <-ctx.Done():
		case <-time.After(slowBy):
		}
	}
	switch m := envelope.(type) {
	case *nostr.EventEnvelope:
		r.mu.Lock()
		r.published[m.ID.Hex()]++
		r.mu.Unlock()
		switch {
		case mode == RelaySilent:
		case mode == RelayHuge:
			_ = ws.Write(ctx, websocket.MessageText, make([]byte, 4<<20))
		case mode == RelayRefusing:
			send(ctx, ws, nostr.OKEnvelope{EventID: m.ID, Reason: message})
		case !m.CheckID() || !m.VerifySignature():
			send(ctx, ws, nostr.OKEnvelope{EventID: m.ID, Reason: "invalid: signature"})
		default:
			r.mu.Lock()
			r.events = append(r.events, m.Event)
			r.mu.Unlock()
			send(ctx, ws, nostr.OKEnvelope{EventID: m.ID, OK: true})
			r.broadcast(m.Event)
		}
	case *nostr.ReqEnvelope:
		r.mu.Lock()
		r.conns[ws][m.SubscriptionID] = m.Filters
		stored := append([]nostr.Event{}, r.events...)
		r.mu.Unlock()
		if mode == RelaySilent {
			return
		}
		for _, e := range stored {
			if matchesAny(m.Filters, e) {
				send(ctx, ws, nostr.EventEnvelope{SubscriptionID: &m.SubscriptionID, Event: e})
			}
		}
		send(ctx, ws, nostr.EOSEEnvelope(m.SubscriptionID))
	case *nostr.CloseEnvelope:
		r.mu.Lock()
		delete(r.conns[ws], string(*m))
		r.mu.Unlock()
	}
}

// broadcast sends an event to the subscriptions it matches.
func (r *Relay) broadcast(e nostr.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ws, subscriptions := range r.conns {
		for id, filters := range subscriptions {
			if matchesAny(filters, e) {
				go send(context.Background(), ws, nostr.EventEnvelope{SubscriptionID: &id, Event: e})
			}
		}
	}
}

// replay sends all events and junk again and again while the relay is in that mode.
func (r *Relay) replay(ctx context.Context, ws *websocket.Conn) {
	id := "nests-0"
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if mode, _ := r.behaviour(); mode != RelayReplaying {
			continue
		}
		r.mu.Lock()
		stored := append([]nostr.Event{}, r.events...)
		r.mu.Unlock()
		for _, e := range stored {
			send(ctx, ws, nostr.EventEnvelope{SubscriptionID: &id, Event: e})
		}
		for _, junk := range []string{`{`, `[]`, `["EVENT"]`, `["EVENT","nests-0",{"id":1}]`, `[["deep"]]`,
			`["OK","x"]`, `["EOSE"]`} {
			_ = ws.Write(ctx, websocket.MessageText, []byte(junk))
		}
	}
}

func send(ctx context.Context, ws *websocket.Conn, envelope json.Marshaler) {
	if data, err := envelope.MarshalJSON(); err == nil {
		_ = ws.Write(ctx, websocket.MessageText, data)
	}
}

func matchesAny(filters []nostr.Filter, e nostr.Event) bool {
	for _, filter := range filters {
		if filter.Matches(e) {
			return true
		}
	}
	return false
}
