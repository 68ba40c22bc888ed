package relay

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

const (
	watchPoll   = 2 * time.Second
	maxWatched  = 200 // relays
	maxPerRelay = 500 // nests
)

// Watcher brings back what hosts change with other clients on other relays, and what people say there about hands and the
// stage: it subscribes to the spaces and signals of live nests with people on the relays they name, and hands what it sees to
// the domain, which decides whether it is news.
type Watcher struct {
	// Watched are the live nests with people in them; only their relays are dialled.
	Watched  func() []nest.Nest
	Receiver Receiver
	Dialer   Dialer
	OwnRelay string // our own relay, which needs no watching
	Log      *slog.Logger
	Now      func() time.Time
}

// Run watches until ctx ends. One goroutine and one connection a relay; each ends soon after its last nest went away.
func (w *Watcher) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	watches := map[string]*watch{}
	ticker := time.NewTicker(watchPoll)
	defer ticker.Stop()
	for {
		want := w.nestsByRelay()
		for relay, current := range watches {
			if _, still := want[relay]; !still {
				current.stop()
				delete(watches, relay)
			}
		}
		for relay, nests := range want {
			current, watched := watches[relay]
			if !watched {
				watchCtx, stop := context.WithCancel(ctx)
				current = &watch{watcher: w, relay: relay, stop: stop, changed: make(chan struct{}, 1)}
				watches[relay] = current
				running.Go(func() { current.run(watchCtx) })
			}
			current.setNests(nests)
		}
		select {
		case <-ctx.Done():
			for _, current := range watches {
				current.stop()
			}
			return nil
		case <-ticker.C:
		}
	}
}

// want is which nests to look for on which relay. With too many relays, those that most nests name win.
func (w *Watcher) nestsByRelay() map[string][]nest.Nest {
	want := map[string][]nest.Nest{}
	ours, _ := nip.RelayURL(w.OwnRelay)
	for _, n := range w.Watched() {
		if n.Access == nest.Private {
			continue // what happens in it stays here
		}
		seen := map[string]bool{ours: true}
		for _, raw := range n.Relays {
			relay, err := nip.RelayURL(raw)
			if err == nil && !seen[relay] && len(want[relay]) < maxPerRelay {
				seen[relay] = true
				want[relay] = append(want[relay], n)
			}
		}
	}
	if len(want) <= maxWatched {
		return want
	}
	relays := make([]string, 0, len(want))
	for relay := range want {
		relays = append(relays, relay)
	}
	slices.SortFunc(relays, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(want[b]), len(want[a])), cmp.Compare(a, b))
	})
	for _, relay := range relays[maxWatched:] {
		delete(want, relay)
	}
	return want
}
