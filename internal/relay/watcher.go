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

// Watcher receives from other relays what hosts change there about their nests, and signals about hands and the
// stage. It subscribes on the relays that occupied live nests name, and passes events to the domain.
//
// Run's goroutine decides which relays are watched; each of them has a watch with goroutines of its own.
type Watcher struct {
	// Watched returns the live nests with participants; only their relays are dialled.
	Watched  func() []nest.Nest
	Receiver Receiver
	Dialer   Dialer
	OwnRelay string // this server's relay, which is not watched
	Log      *slog.Logger
	Now      func() time.Time
}

// Run watches until ctx ends, over one connection a relay. A connection ends soon after the last nest of its relay.
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

// nestsByRelay returns the nests to watch, by relay. With more than maxWatched relays it keeps the relays with the most
// nests.
func (w *Watcher) nestsByRelay() map[string][]nest.Nest {
	want := map[string][]nest.Nest{}
	own, _ := nip.RelayURL(w.OwnRelay)
	for _, n := range w.Watched() {
		if n.Access == nest.Private {
			continue // its events are on this server's relay only
		}
		seen := map[string]bool{own: true}
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
