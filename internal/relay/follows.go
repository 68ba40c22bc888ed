package relay

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/ratelimit"
)

const (
	ownStoreEvery   = 30 * time.Second // a list sent to this relay is applied at once; this covers a failure
	minFollowsRetry = time.Second
	maxFollowsRetry = 30 * time.Second // a change counts within a minute
)

// Follows reads the newest follow lists of some authors from this server's store and from other relays, and applies
// them. Each relay has a goroutine of its own, so one that is down delays no other.
type Follows struct {
	Authors []string
	Relays  []string // other servers' relays
	Store   interface {
		QueryEvents(ctx context.Context, f nest.EventFilter) ([]nest.Event, error)
	}
	Dialer Dialer
	Apply  func(ctx context.Context, e nest.Event) (isNew bool, err error)
	Log    *slog.Logger
}

// Run reads follow lists until ctx ends, over one connection a relay.
func (f *Follows) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { f.repeat(ctx, "", f.readOwnStore) })
	for _, url := range f.Relays {
		running.Go(func() { f.repeat(ctx, url, func(ctx context.Context) error { return f.subscribe(ctx, url) }) })
	}
	return nil
}

// repeat calls read again and again until ctx ends, and logs the first of several failures in a row.
func (f *Follows) repeat(ctx context.Context, url string, listen func(context.Context) error) {
	for failed := 0; ctx.Err() == nil; {
		since := time.Now()
		err := listen(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(since) > steadyAfter {
			failed = 0
		}
		wait := ownStoreEvery
		if err != nil {
			failed++
			wait = backOff(failed, minFollowsRetry, maxFollowsRetry)
			if failed == 1 {
				f.Log.WarnContext(ctx, "follow lists not read",
					"component", "relay", "relay", url, "err", plainError(err))
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

// readOwnStore applies the follow lists in this server's store.
func (f *Follows) readOwnStore(ctx context.Context) error {
	events, err := f.Store.QueryEvents(ctx, nest.EventFilter{Kinds: []int{nest.KindFollows}, Authors: f.Authors})
	for _, e := range events {
		if _, takeErr := f.Apply(ctx, e); takeErr != nil {
			err = takeErr
		}
	}
	return err
}

// subscribe applies the follow lists that another relay sends, until the connection fails. It accepts larger messages
// than other connections, because a follow list may be larger than any other event.
func (f *Follows) subscribe(ctx context.Context, url string) error {
	ws, err := f.Dialer.Dial(ctx, url)
	if err != nil {
		return err
	}
	p := peer{ws}
	defer p.close()
	ws.SetReadLimit(nip.FollowsMaxBytes + 1024)
	if err := p.send(ctx, "REQ", "follows", filterFields(nest.EventFilter{
		Kinds:   []int{nest.KindFollows},
		Authors: f.Authors,
	})); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var pinging sync.WaitGroup
	defer pinging.Wait()
	defer cancel(nil)
	pinging.Go(func() { cancel(keepAlive(ctx, ws)) })
	messages := ratelimit.Bucket{Rate: ratelimit.Rate{PerSecond: 5, Burst: 500}, Now: time.Now}
	for {
		m, err := p.read(ctx)
		switch {
		case err != nil && context.Cause(ctx) != nil:
			return context.Cause(ctx)
		case err != nil && prefixOf(err) == "":
			return err
		case !messages.Allow():
			return errFlood
		case m.label == "CLOSED":
			return fmt.Errorf("the relay refuses: %s", nip.CleanLine(m.text(1), maxReason))
		case m.label == "EVENT" && len(m.args) == 2:
			e, err := nip.ParseFollows(m.args[1])
			if err != nil || !slices.Contains(f.Authors, e.PubKey) {
				continue
			}
			if _, err := f.Apply(ctx, e); err != nil {
				return err
			}
		}
	}
}

// keepAlive pings a relay until ctx ends or a ping fails, which it returns.
func keepAlive(ctx context.Context, ws *websocket.Conn) error {
	ticker := time.NewTicker(watchPing)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		pingCtx, cancel := context.WithTimeout(ctx, answerTimeout)
		err := ws.Ping(pingCtx)
		cancel()
		if err != nil {
			return err
		}
	}
}
