package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

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
	// Check returns when a connection test expires (unix ms), or nest.ErrNoRow.
	TestRoom(id string) (expiresAt int64, err error)
}

// Domain is what the loop asks of the nest service.
type Domain interface {
	Room(n nest.Nest, members []nest.Member) nest.Room
	// Adopt recreates the nest of a room that has people in it, from the space its host signed.
	Adopt(ctx context.Context, id, host string) error
	// Resync applies a stored space that is newer than the row and queues publications that are missing. It says what it mended.
	Resync(ctx context.Context, id string) (mended []string, err error)
	// Expire ends a nest on the server's own account, unless it is not any more what was seen.
	Expire(ctx context.Context, seen nest.Nest, why string) error
	// ExpireHands lowers the hands that no presence claims any more.
	ExpireHands(ctx context.Context) error
}

// Intervals of the loop. Health is the loop's word on whether LiveKit answers; a pass over everything is the guarantee.
const (
	heartbeatEvery    = time.Second
	fullPassEvery     = 5 * time.Second
	wakeDelay         = 20 * time.Millisecond // wakes within this time share an observation
	freshFor          = 2 * time.Second
	passTimeout       = 8 * time.Second
	maxParallelLists  = 8
	listTimeout       = time.Second      // for who is in one room: LiveKit needs 3 s to say that it cannot tell
	retryUnresponsive = 30 * time.Second // a room that twice did not tell is asked at a full pass, or at once when it is woken
	maxParallelRooms  = 8
)

// Loop owns the observation of LiveKit. Run alone writes it; the doors read it.
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

	// Blocked says whether the operator keeps an identity out of every nest. May be nil.
	Blocked func(identity string) bool

	EmptyTimeout time.Duration // 0: empty nests stay

	wakes    wakeList
	presence presence
	drifts   driftRecord

	expiry       expiry
	unresponsive map[string]unresponsiveRoom // by room; passes alone read and write it

	applied map[string]Nest // what LiveKit was last brought to; passes alone read and write it
}

// Wake asks for a look at one nest now. It never blocks and may be called from anywhere.
func (l *Loop) Wake(id string) { l.wakes.add(id) }

// Pass looks at everything once. Serve calls it before it listens.
func (l *Loop) Pass(ctx context.Context) error {
	if err := l.drifts.load(ctx, l.Store); err != nil {
		return err
	}
	return l.pass(ctx, nil)
}

// Run looks at everything at least every 5 s, and at woken nests at once, until ctx ends.
func (l *Loop) Run(ctx context.Context) error {
	pulses := time.NewTicker(heartbeatEvery)
	defer pulses.Stop()
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
		case <-pulses.C:
			if l.Now().Sub(last) >= fullPassEvery {
				last = l.Now()
				woken = nil
			} else {
				woken = map[string]bool{}
			}
		}
		if err := l.pass(ctx, woken); err != nil && ctx.Err() == nil {
			l.Log.WarnContext(ctx, "reconcile pass failed", "component", "livekit", "err", err)
		}
	}
}

// pass observes, plans and applies. only nil means every room and nest; an empty one only asks whether LiveKit answers.
func (l *Loop) pass(ctx context.Context, only map[string]bool) error {
	ctx, cancel := context.WithTimeout(ctx, passTimeout)
	defer cancel()
	defer func() { l.presence.recordPass(l.Now()) }()
	all, err := l.LiveKit.Rooms(ctx)
	l.presence.recordAnswer(err, l.Now())
	if err != nil {
		if l.presence.justLost() {
			l.Log.WarnContext(ctx, "livekit does not answer", "component", "livekit", "err", err)
		}
		l.wakes.restore(only) // what was asked for is looked at when LiveKit is back
		return nil
	}
	if l.presence.justBack() {
		l.Log.InfoContext(ctx, "livekit answers again", "component", "livekit")
		only, l.unresponsive = nil, nil
	}
	if only != nil && len(only) == 0 {
		return nil
	}
	defer l.heartbeat(ctx)()
	rooms := l.observe(ctx, all, only)
	want, err := l.readDesired(ctx, rooms, only)
	if err != nil {
		return err
	}
	l.presence.updateNests(want.Nests)
	have := Have{Rooms: rooms, Now: l.Now().UnixMilli()}
	steps := Plan(l.Owner, want, have)
	if only == nil {
		l.presence.setForeign(foreignRooms(steps))
	}
	l.apply(ctx, steps, Ordinary(l.Owner, l.applied, want, have))
	l.rememberApplied(want, only == nil)
	l.recordDivergences(ctx, want, rooms, steps, only)
	return nil
}

// beat goes on asking whether LiveKit answers while a pass takes longer: one slow room must not shut every door. What it returns
// ends it.
func (l *Loop) heartbeat(ctx context.Context) func() {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		pulses := time.NewTicker(heartbeatEvery)
		defer pulses.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-pulses.C:
				if _, err := l.LiveKit.Rooms(ctx); err == nil {
					l.presence.recordHeartbeat(l.Now())
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func foreignRooms(steps []Step) int {
	n := 0
	for _, step := range steps {
		if step.Drift == ForeignRoom {
			n++
		}
	}
	return n
}

// observe asks for the participants of the rooms in question and remembers them for the doors.
func (l *Loop) observe(ctx context.Context, all []nest.RoomState, only map[string]bool) []Room {
	var rooms []Room
	for _, r := range all {
		if only == nil || only[r.Name] {
			rooms = append(rooms, Room{RoomState: r})
		}
	}
	var g errgroup.Group
	g.SetLimit(maxParallelLists)
	asked := l.roomsToList(rooms, only == nil)
	for _, i := range asked {
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, listTimeout)
			defer cancel()
			people, err := l.LiveKit.Participants(ctx, rooms[i].Name)
			rooms[i].Participants, rooms[i].Listed = people, err == nil
			return nil
		})
	}
	_ = g.Wait() // no member fails: a failed question leaves People false
	l.markUnresponsive(rooms, asked, all)
	l.presence.update(rooms, all, only)
	return rooms
}

// silence is a room that did not tell who is in it.
type unresponsiveRoom struct {
	failures    int
	lastFailure time.Time
}

// asked are the rooms, by index, that are asked who is in them: a full pass leaves out for a while who keeps silent.
func (l *Loop) roomsToList(rooms []Room, full bool) []int {
	var asked []int
	for i, r := range rooms {
		if s := l.unresponsive[r.Name]; !full || s.failures < 2 || l.Now().Sub(s.lastFailure) >= retryUnresponsive {
			asked = append(asked, i)
		}
	}
	return asked
}

// hushed remembers which of the rooms that were asked kept silent, as long as LiveKit has them.
func (l *Loop) markUnresponsive(rooms []Room, asked []int, all []nest.RoomState) {
	before := l.unresponsive
	l.unresponsive = map[string]unresponsiveRoom{}
	for _, r := range all {
		if s, silent := before[r.Name]; silent {
			l.unresponsive[r.Name] = s
		}
	}
	for _, i := range asked {
		name := rooms[i].Name
		if rooms[i].Listed {
			delete(l.unresponsive, name)
		} else {
			l.unresponsive[name] = unresponsiveRoom{l.unresponsive[name].failures + 1, l.Now()}
		}
	}
}

// desired reads what the store says about the rooms seen, and about the woken nests without one.
func (l *Loop) readDesired(ctx context.Context, rooms []Room, only map[string]bool) (Want, error) {
	want := Want{Nests: map[string]Nest{}, Checks: map[string]bool{}, Blocked: map[string]bool{}}
	ids := map[string]bool{}
	for _, r := range rooms {
		ids[r.Name] = true
		for _, p := range r.Participants {
			if l.Blocked != nil && l.Blocked(p.Identity) {
				want.Blocked[p.Identity] = true
			}
		}
	}
	for id := range only {
		ids[id] = true
	}
	var names []string
	now := l.Now().UnixMilli()
	for id := range ids {
		if nest.IsID(id) {
			names = append(names, id)
		} else if nest.IsTestRoom(id) {
			err := l.Store.Read(ctx, func(tx Tx) error {
				expires, err := tx.TestRoom(id)
				want.Checks[id] = err == nil && expires > now
				if errors.Is(err, nest.ErrNoRow) {
					return nil
				}
				return err
			})
			if err != nil {
				return want, err
			}
		}
	}
	nests, members, err := l.Store.Snapshot(ctx, names)
	for id, n := range nests {
		want.Nests[id] = Nest{Nest: n, Members: members[id], Room: l.Domain.Room(n, members[id])}
	}
	return want, err
}

// apply takes the steps. A step that fails is tried again in the next pass, and is a divergence from then on. No room waits for
// another's slow answer, and what people read about a room waits for who may be in it and speak.
func (l *Loop) apply(ctx context.Context, steps []Step, ordinary func(Step) bool) {
	steps = slices.Clone(steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return priority(a) - priority(b) })
	byRoom := map[string][]func(){}
	var rooms []string
	for _, step := range steps {
		drift := step.Drift != "" && !ordinary(step)
		if drift {
			l.drifts.open(ctx, l.Store, step, l.Now().UnixMilli(), l.NewID)
		}
		if step.Kind == Note {
			continue
		}
		if byRoom[step.Room] == nil {
			rooms = append(rooms, step.Room)
		}
		byRoom[step.Room] = append(byRoom[step.Room], func() { l.runStep(ctx, step, drift) })
	}
	var g errgroup.Group
	g.SetLimit(maxParallelRooms)
	for _, room := range rooms {
		g.Go(func() error {
			for _, do := range byRoom[room] {
				do()
			}
			return nil
		})
	}
	_ = g.Wait() // no member fails: each step logs its own error
}

func priority(step Step) int {
	if step.Kind == SetMetadata {
		return 1
	}
	return 0
}

func (l *Loop) runStep(ctx context.Context, step Step, drift bool) {
	err := l.applyStep(ctx, step)
	level := slog.LevelDebug
	if drift || step.Kind == EndRoom || step.Kind == Remove {
		level = slog.LevelInfo
	}
	l.Log.Log(ctx, level, "reconcile step", "component", "livekit", "nest", step.Room, "step", step.Kind,
		"code", step.Drift, "identity", nest.ShortIdentity(step.Identity), "err", err)
}

// reached remembers what LiveKit was brought to. A full look forgets nests without a room: the gate makes theirs right.
func (l *Loop) rememberApplied(want Want, full bool) {
	if l.applied == nil || full {
		l.applied = make(map[string]Nest, len(want.Nests))
	}
	maps.Copy(l.applied, want.Nests)
}

func (l *Loop) applyStep(ctx context.Context, step Step) error {
	switch step.Kind {
	case EndRoom:
		return l.LiveKit.EndRoom(ctx, step.Room, step.SID)
	case SetMetadata:
		return l.LiveKit.SetMetadata(ctx, step.Room, step.Metadata)
	case SetGrant:
		return l.LiveKit.SetGrant(ctx, step.Room, step.Identity, step.Grant, step.Attributes)
	case Remove:
		return l.LiveKit.Remove(ctx, step.Room, step.Identity)
	case AdoptRoom:
		host := hostFromMetadata(l.presence.metadata(step.Room))
		err := l.Domain.Adopt(ctx, step.Room, host)
		if isFinal(err) {
			return errors.Join(err, l.LiveKit.EndRoom(ctx, step.Room, step.SID))
		}
		return err
	}
	return nil
}

// final says whether a room will not be adopted at the next try either: nobody signed for it, or its host may have no nest.
func isFinal(err error) bool {
	switch nest.CodeOf(err) {
	case nest.CodeNotFound, nest.CodeQuota, nest.CodeBlocked, nest.CodeInvalidEvent, nest.CodeForbidden:
		return true
	}
	return false
}
