package reconcile

import (
	"context"
	"log/slog"
	"time"

	"nests/internal/nest"
)

// Store is what the loop reads from the database, and the record of divergences that it keeps there.
type Store interface {
	// Read runs fn on one snapshot.
	Read(ctx context.Context, fn func(Tx) error) error
	// Snapshot reads these nests with their members; unknown ids are left out.
	Snapshot(ctx context.Context, ids []string) (map[string]nest.Nest, map[string][]nest.Member, error)
	OpenDrifts(ctx context.Context) ([]nest.Drift, error)
	PutDrift(ctx context.Context, d nest.Drift) error
}

// Tx is what the loop reads in one snapshot.
type Tx interface {
	Nests(nest.NestFilter) ([]nest.Nest, error)
	// TestRoom returns when a connection test expires (unix ms), or nest.ErrNoRow.
	TestRoom(id string) (expiresAt int64, err error)
}

// Domain is what the loop calls on the nest service.
type Domain interface {
	// Room returns what the LiveKit room of a nest must be.
	Room(n nest.Nest, members []nest.Member) nest.Room
	// Adopt recreates the nest of a room that has participants but no row, from the space that its host signed.
	Adopt(ctx context.Context, id, host string) error
	// Resync applies a stored space that is newer than the nest's row. It returns the drift codes of what it
	// repaired.
	Resync(ctx context.Context, id string) (repaired []string, err error)
	// Expire ends a nest for the server, unless the nest has changed since it was read as seen.
	Expire(ctx context.Context, seen nest.Nest, why string) error
	// ExpireHands lowers the hands whose presence has expired.
	ExpireHands(ctx context.Context) error
}

// Intervals and limits of the loop.
const (
	heartbeatEvery    = time.Second
	fullPassEvery     = 5 * time.Second
	wakeDelay         = 20 * time.Millisecond // wakes within this time share a pass
	freshFor          = 2 * time.Second       // an answer of LiveKit proves for this long that it is up
	passTimeout       = 8 * time.Second
	maxParallelLists  = 8
	listTimeout       = time.Second      // for the participants of one room: LiveKit takes 3 s to report a failure
	retryUnresponsive = 30 * time.Second // after two failures full passes skip a room so long; a wake does not
	maxParallelRooms  = 8
)

// Loop keeps LiveKit in agreement with the store. It owns the observation of LiveKit, which every other part reads
// through it.
//
// # Concurrency
//
// One goroutine runs the passes: Run's, or before Run that of the caller of Pass; the two must not run at the same
// time. It alone reads and writes expiry, unresponsive and applied, and it alone writes status and drifts. Within
// a pass it starts goroutines that call LiveKit for several rooms at once, and one that calls LiveKit every second
// to keep the observation fresh; it waits for all of them before the pass ends.
//
// status, drifts and wakes each have a lock, which guards memory only and is never held during a call of LiveKit
// or the store. So Wake and every method that returns an observation can be called from any goroutine, and never
// block for long. Disconnect runs in its caller's goroutine and blocks while LiveKit does.
type Loop struct {
	Store   Store
	Domain  Domain
	LiveKit nest.RoomsClient
	Owner   Owner
	Log     *slog.Logger
	Now     func() time.Time
	NewID   func() string
	// OnDivergenceEnded is called for each divergence that ended. It must not block. May be nil.
	OnDivergenceEnded func(nest.Drift)
	// Blocked reports whether the operator blocked an identity. May be nil.
	Blocked func(identity string) bool
	// EmptyTimeout is how long a live nest may have no participants before it ends. 0: it does not end.
	EmptyTimeout time.Duration

	wakes  wakeList
	status livekitStatus
	drifts driftRecord

	expiry       expiry
	unresponsive map[string]unresponsiveRoom // by room
	applied      map[string]Nest             // by id, the rows that LiveKit was last brought to
}

// Wake asks for a pass over one nest now. It never blocks and may be called from any goroutine.
func (l *Loop) Wake(id string) { l.wakes.add(id) }

// Pass loads the open divergences and runs one full pass. It is called once, before Run.
func (l *Loop) Pass(ctx context.Context) error {
	if err := l.drifts.load(ctx, l.Store); err != nil {
		return err
	}
	return l.runPass(ctx, nil)
}

// Run runs a full pass every 5 s, a pass over woken nests at once, and a heartbeat every second, until ctx ends.
func (l *Loop) Run(ctx context.Context) error {
	ticker := time.NewTicker(heartbeatEvery)
	defer ticker.Stop()
	last := l.Now()
	for {
		var woken map[string]bool
		select {
		case <-ctx.Done():
			return nil
		case <-l.wakes.ready():
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(wakeDelay):
			}
			woken = l.wakes.take()
		case <-ticker.C:
			if l.Now().Sub(last) >= fullPassEvery {
				last = l.Now()
				woken = nil
			} else {
				woken = map[string]bool{}
			}
		}
		if err := l.runPass(ctx, woken); err != nil && ctx.Err() == nil {
			l.Log.WarnContext(ctx, "reconcile pass failed", "component", "livekit", "err", err)
		}
	}
}

// runPass compares LiveKit's rooms with the store, and applies the steps that make them agree. It covers the rooms and
// nests in only, or all of them if only is nil; with an empty one it just checks that LiveKit responds. If LiveKit does
// not respond, runPass logs that once, keeps only for the next pass and returns nil. The first pass after an outage is
// a full one.
func (l *Loop) runPass(ctx context.Context, only map[string]bool) error {
	ctx, cancel := context.WithTimeout(ctx, passTimeout)
	defer cancel()
	defer func() { l.status.recordPass(l.Now()) }()
	all, err := l.LiveKit.Rooms(ctx)
	l.status.recordAnswer(err, l.Now())
	if err != nil {
		if l.status.justLost() {
			l.Log.WarnContext(ctx, "livekit does not answer", "component", "livekit", "err", err)
		}
		l.wakes.putBack(only)
		return nil
	}
	if l.status.justBack() {
		l.Log.InfoContext(ctx, "livekit answers again", "component", "livekit")
		only, l.unresponsive = nil, nil // anything may have changed during the outage
	}
	if only != nil && len(only) == 0 {
		return nil
	}
	stop := l.startHeartbeat(ctx)
	defer stop()
	rooms := l.observe(ctx, all, only)
	want, err := l.readDesired(ctx, rooms, only)
	if err != nil {
		return err
	}
	l.status.updateNests(want.Nests)
	have := Have{Rooms: rooms, Now: l.Now().UnixMilli()}
	steps := Plan(l.Owner, want, have)
	if only == nil {
		l.status.setForeign(countForeign(steps))
	}
	l.apply(ctx, steps, CarriesOutChange(l.Owner, l.applied, want, have))
	l.rememberApplied(want, only == nil)
	l.recordDivergences(ctx, want, rooms, steps, only)
	return nil
}

// startHeartbeat keeps checking that LiveKit answers while a pass goes on: one slow room must not make LiveKit look
// down. Call the returned func to stop it; it returns when the goroutine has ended.
func (l *Loop) startHeartbeat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(heartbeatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if _, err := l.LiveKit.Rooms(ctx); err == nil {
					l.status.recordHeartbeat(l.Now())
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
