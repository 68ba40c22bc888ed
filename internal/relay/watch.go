package relay

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/ratelimit"
)

const (
	minReconnect = time.Second
	maxReconnect = 5 * time.Minute
	steadyAfter  = time.Minute // a connection that lasted so long resets the back-off
	watchPing    = 30 * time.Second
	nestsPerReq  = 50
	maxSeen      = 2000
	applyTimeout = 15 * time.Second
	maxSignalAge = 10 * time.Minute // older signals are not requested
)

// watch is one watched relay. run's goroutine owns the connection and reads; a second goroutine subscribes and pings.
// byID, under mu, is shared with the Watcher's goroutine, which replaces it and then signals changed.
type watch struct {
	watcher *Watcher
	relay   string
	stop    context.CancelFunc
	changed chan struct{}

	mu   sync.Mutex
	byID map[string]nest.Nest // the nests to watch, by id
}

// setNests sets the nests to watch. A change updates the subscriptions.
func (w *watch) setNests(nests []nest.Nest) {
	byID := make(map[string]nest.Nest, len(nests))
	for _, n := range nests {
		byID[n.ID] = nest.Nest{ID: n.ID, Host: n.Host, SpaceID: n.SpaceID, Relays: n.Relays}
	}
	w.mu.Lock()
	same := maps.EqualFunc(w.byID, byID, func(a, b nest.Nest) bool {
		return a.Host == b.Host && a.SpaceID == b.SpaceID && slices.Equal(a.Relays, b.Relays)
	})
	w.byID = byID
	w.mu.Unlock()
	if !same {
		select {
		case w.changed <- struct{}{}:
		default:
		}
	}
}

func (w *watch) watchedNests() map[string]nest.Nest {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.byID // replaced, never changed
}

// run keeps connected until ctx ends.
func (w *watch) run(ctx context.Context) {
	seen := map[string]bool{} // kept across connections, because a relay sends stored events again after a reconnect
	for tries := 1; ctx.Err() == nil; tries++ {
		since := w.watcher.Now()
		err := w.connect(ctx, seen)
		if ctx.Err() != nil {
			return
		}
		if w.watcher.Now().Sub(since) > steadyAfter {
			tries = 1
		}
		wait := backOff(tries, minReconnect, maxReconnect)
		if tries <= 3 || tries%10 == 0 {
			w.watcher.Log.InfoContext(ctx, "relay not watched", "component", "relay", "relay", w.relay,
				"err", plainError(err), "retry_after", wait.Round(time.Second))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

// connect connects and reads until the connection fails. A second goroutine subscribes and pings.
func (w *watch) connect(ctx context.Context, seen map[string]bool) error {
	ws, err := w.watcher.Dialer.Dial(ctx, w.relay)
	if err != nil {
		return err
	}
	p := peer{ws}
	defer p.close()
	ctx, cancel := context.WithCancelCause(ctx)
	var sending sync.WaitGroup
	defer sending.Wait()
	defer cancel(nil)
	sending.Go(func() { cancel(w.subscribe(ctx, ws)) })

	// A relay that sends more than this is broken or hostile.
	messages := ratelimit.Bucket{Rate: ratelimit.Rate{PerSecond: 50, Burst: 5000}, Now: w.watcher.Now}
	events := ratelimit.Bucket{Rate: ratelimit.Rate{PerSecond: 10, Burst: 1000}, Now: w.watcher.Now}
	presences := ratelimit.Bucket{
		Rate: ratelimit.Rate{PerSecond: 30, Burst: 1000},
		Now:  w.watcher.Now,
	} // 2,000 participants send one each every 120 s
	for {
		m, err := p.read(ctx)
		switch {
		case err != nil && context.Cause(ctx) != nil:
			return context.Cause(ctx)
		case prefixOf(err) != "": // an invalid message is skipped
		case err != nil:
			return err
		}
		if !messages.Allow() {
			return errFlood
		}
		switch {
		case m.label == "CLOSED":
			return fmt.Errorf("the relay refuses: %s", nip.CleanLine(m.text(1), maxReason))
		case m.label == "EVENT" && len(m.args) == 2:
			e, err := nip.Parse(m.args[1])
			if err != nil || seen[e.ID] || !w.isRelevant(e) {
				continue
			}
			if slices.Contains(signalKinds, e.Kind) {
				if !presences.Allow() {
					continue // many participants are no flood, and each sends its presence again
				}
			} else if !events.Allow() {
				return errFlood
			}
			w.receive(ctx, e, seen)
		}
	}
}

var errFlood = refusef("blocked", "the relay sends too many messages")

// receive verifies an event and passes it to the domain, once.
func (w *watch) receive(ctx context.Context, e nest.Event, seen map[string]bool) {
	if nip.Verify(e) != nil {
		return // not marked as seen: a forged copy must not hide the real event
	}
	ctx, cancel := context.WithTimeout(ctx, applyTimeout)
	defer cancel()
	_, err := w.watcher.Receiver.Receive(ctx, e, w.relay)
	if code := nest.CodeOf(err); err != nil && code != nest.CodeInvalidEvent && code != nest.CodeBlocked {
		w.watcher.Log.WarnContext(ctx, "event of another relay not applied",
			"component", "relay", "relay", w.relay, "event", e.ID, "err", err)
		return // not marked as seen: the store may answer next time
	}
	if len(seen) >= maxSeen {
		clear(seen)
	}
	seen[e.ID] = true
}

// isRelevant reports whether e is about a watched nest and by its host, or a signal by any author.
func (w *watch) isRelevant(e nest.Event) bool {
	wanted := w.watchedNests()
	switch e.Kind {
	case nest.KindPresence, nest.KindRequest, nest.KindGrant, nest.KindInvite:
		signal, ok := nip.Codec{}.ParseSignal(e)
		n, watched := wanted[signal.Nest]
		return ok && watched && n.Host == signal.Host && acceptable(e, w.watcher.Now()) == nil
	case nest.KindSpace:
		n, ok := wanted[e.Tag("d")]
		return ok && n.Host == e.PubKey && n.SpaceID != e.ID
	case nest.KindDeletion:
		for _, tag := range e.Tags {
			if len(tag) < 2 {
				continue
			}
			a, err := nip.ParseAddress(tag[1])
			if n, ok := wanted[a.D]; tag[0] == "a" && err == nil && ok && n.Host == e.PubKey {
				return true
			}
			if tag[0] == "e" && slices.ContainsFunc(slices.Collect(maps.Values(wanted)), func(n nest.Nest) bool {
				return n.Host == e.PubKey && n.SpaceID == tag[1]
			}) {
				return true
			}
		}
	}
	return false
}

// subscribe pings, and updates the subscriptions when the watched nests change, until the connection fails or ctx
// ends.
func (w *watch) subscribe(ctx context.Context, ws *websocket.Conn) error {
	p := peer{ws}
	ticker := time.NewTicker(watchPing)
	defer ticker.Stop()
	open := 0
	for {
		requests := w.requests()
		for i, filters := range requests {
			if err := p.send(ctx, append([]any{"REQ", fmt.Sprintf("nests-%d", i)}, filters...)...); err != nil {
				return err
			}
		}
		for i := len(requests); i < open; i++ {
			if err := p.send(ctx, "CLOSE", fmt.Sprintf("nests-%d", i)); err != nil {
				return err
			}
		}
		open = len(requests)
		for changed := false; !changed; {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-w.changed:
				changed = true
			case <-ticker.C:
				pingCtx, cancel := context.WithTimeout(ctx, answerTimeout+applyTimeout)
				err := ws.Ping(pingCtx)
				cancel()
				if err != nil {
					return err
				}
			}
		}
	}
}

// requests returns the filters of each subscription. Each covers some nests only, because relays limit the values
// of a filter.
func (w *watch) requests() [][]any {
	wanted := w.watchedNests()
	var requests [][]any
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(wanted)), nestsPerReq) {
		var hosts, addresses, names, spaces []string
		for _, id := range ids {
			n := wanted[id]
			if !slices.Contains(hosts, n.Host) {
				hosts = append(hosts, n.Host)
			}
			address := nip.Address{Kind: nest.KindSpace, Pubkey: n.Host, D: id}
			addresses = append(addresses, address.String())
			names = append(names, address.String(), address.Naddr(), nip.Codec{
				OwnRelay: w.watcher.OwnRelay,
			}.Link(n)) // as some write a tags
			if n.SpaceID != "" {
				spaces = append(spaces, n.SpaceID)
			}
		}
		filters := []any{
			filterFields(nest.EventFilter{
				Kinds:   []int{nest.KindSpace},
				Authors: hosts,
				Tags:    map[string][]string{"d": ids},
			}),
			filterFields(nest.EventFilter{
				Kinds:   []int{nest.KindDeletion},
				Authors: hosts,
				Tags:    map[string][]string{"a": addresses},
			}),
		}
		since := w.watcher.Now().Add(-maxSignalAge).Unix()
		for some := range slices.Chunk(names, nestsPerReq) {
			filters = append(filters, filterFields(nest.EventFilter{
				Kinds: signalKinds,
				Tags:  map[string][]string{"a": some},
				Since: since,
			}))
		}
		if len(spaces) > 0 {
			filters = append(filters, filterFields(nest.EventFilter{
				Kinds:   []int{nest.KindDeletion},
				Authors: hosts,
				Tags:    map[string][]string{"e": spaces},
			}))
		}
		requests = append(requests, filters)
	}
	return requests
}
