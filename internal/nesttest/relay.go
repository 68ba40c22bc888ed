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
	RelayRefusing            // every event is answered OK false with Words
	RelaySilent              // takes what comes and answers nothing
	RelaySlow                // answers like one that is up, SlowBy late
	RelayReplaying           // sends everything it has again and again, wanted or not, with junk in between
	RelayHuge                // answers with messages of 4 MB
)

// SlowBy is how late a slow relay answers each message; the next one waits for it.
const SlowBy = 2 * time.Second

// Relay is an outside relay that does what a test tells it. It speaks by another library's codec than the code under test.
type Relay struct {
	URL string

	server    *httptest.Server
	mu        sync.Mutex
	mode      RelayMode
	words     string
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
		r.cut()
		r.server.Close()
	})
	return r
}

// Set changes how the relay behaves; words are what a refusing one says.
func (r *Relay) Set(mode RelayMode, words string) {
	r.mu.Lock()
	r.mode, r.words = mode, words
	r.mu.Unlock()
	if mode == RelayDown {
		r.cut()
	}
}

// Put stores an event and shows it to subscribers, as if some client had published it. Nothing is verified.
func (r *Relay) Put(t testing.TB, e nest.Event) {
	t.Helper()
	n, err := nip.ToNostr(e)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.events = append(r.events, n)
	r.mu.Unlock()
	r.show(n)
}

// Has says whether an event was published here.
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

// Forget loses an event, as a relay does that cleans up or had to go back to a copy.
func (r *Relay) Forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = slices.DeleteFunc(r.events, func(e nostr.Event) bool { return e.ID.Hex() == id })
}

// Published is how often an event was sent here by EVENT, copies and refused ones too.
func (r *Relay) Published(id string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.published[id]
}

// Connections are how many are open, and how many were ever accepted.
func (r *Relay) Connections() (open, ever int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns), r.dialed
}

// Subscriptions are how many are open on all connections.
func (r *Relay) Subscriptions() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, subscriptions := range r.conns {
		n += len(subscriptions)
	}
	return n
}

func (r *Relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for ws := range r.conns {
		_ = ws.CloseNow()
	}
}

func (r *Relay) now() (RelayMode, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mode, r.words
}

func (r *Relay) serve(w http.ResponseWriter, req *http.Request) {
	if mode, _ := r.now(); mode == RelayDown {
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
	go r.pester(ctx, ws)
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
	mode, words := r.now()
	if mode == RelaySlow {
		select {
		case <-ctx.Done():
		case <-time.After(SlowBy):
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
			send(ctx, ws, nostr.OKEnvelope{EventID: m.ID, Reason: words})
		case !m.CheckID() || !m.VerifySignature():
			send(ctx, ws, nostr.OKEnvelope{EventID: m.ID, Reason: "invalid: signature"})
		default:
			r.mu.Lock()
			r.events = append(r.events, m.Event)
			r.mu.Unlock()
			send(ctx, ws, nostr.OKEnvelope{EventID: m.ID, OK: true})
			r.show(m.Event)
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

// show sends an event to the subscriptions it matches.
func (r *Relay) show(e nostr.Event) {
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

// pester is what a hostile relay does all the time.
func (r *Relay) pester(ctx context.Context, ws *websocket.Conn) {
	id := "nests-0"
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if mode, _ := r.now(); mode != RelayReplaying {
			continue
		}
		r.mu.Lock()
		stored := append([]nostr.Event{}, r.events...)
		r.mu.Unlock()
		for _, e := range stored {
			send(ctx, ws, nostr.EventEnvelope{SubscriptionID: &id, Event: e})
		}
		for _, junk := range []string{`{`, `[]`, `["EVENT"]`, `["EVENT","nests-0",{"id":1}]`, `[["deep"]]`, `["OK","x"]`, `["EOSE"]`} {
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
