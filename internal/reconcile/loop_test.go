package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nests/internal/nest"
)

const (
	ghost = "11111111-2222-3333-4444-555555555551"
	well  = "11111111-2222-3333-4444-555555555552"
	ours  = `{"server":"us"}`
)

// slowLiveKit cannot list the participants of the room ghost, as LiveKit cannot for a room whose node is gone, and
// takes 3 s to set metadata.
type slowLiveKit struct {
	nest.RoomsClient
	mu     sync.Mutex
	people map[string][]nest.Participant
	asked  int // how often the participants of ghost were listed
	steps  []string
}

func (s *slowLiveKit) Rooms(context.Context) ([]nest.RoomState, error) {
	return []nest.RoomState{{Name: ghost, SID: "RM_1", Metadata: ours}, {Name: well, SID: "RM_2", Metadata: ours}}, nil
}

func (s *slowLiveKit) Participants(ctx context.Context, room string) ([]nest.Participant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if people, known := s.people[room]; known {
		return people, nil
	}
	s.asked++
	s.mu.Unlock()
	defer s.mu.Lock()
	return nil, slow(ctx)
}

// slow is a call that fails after 3 s.
func slow(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(3 * time.Second):
		return errors.New("no response from servers")
	}
}

func (s *slowLiveKit) note(step string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, step)
	return nil
}

func (s *slowLiveKit) SetMetadata(ctx context.Context, room, _ string) error {
	_ = slow(ctx)
	return s.note("metadata " + room)
}
func (s *slowLiveKit) Remove(_ context.Context, room, _ string) error {
	return s.note("remove " + room)
}
func (s *slowLiveKit) EndRoom(_ context.Context, room, _ string) error { return s.note("end " + room) }

// quiet is a store and a domain that hold these nests and do nothing.
type quiet struct {
	Store
	Domain
	nests map[string]nest.Nest
	adopt error
}

func (q quiet) Read(context.Context, func(Tx) error) error { return nil }
func (q quiet) Snapshot(context.Context, []string) (map[string]nest.Nest, map[string][]nest.Member, error) {
	return q.nests, nil, nil
}
func (q quiet) OpenDrifts(context.Context) ([]nest.Drift, error) { return nil, nil }
func (q quiet) PutDrift(context.Context, nest.Drift) error       { return nil }
func (q quiet) Room(n nest.Nest, _ []nest.Member) nest.Room {
	return nest.Room{Name: n.ID, Metadata: "{}"}
}
func (q quiet) Resync(context.Context, string) ([]string, error) { return nil, nil }
func (q quiet) ExpireHands(context.Context) error                { return nil }
func (q quiet) Adopt(context.Context, string, string) error      { return q.adopt }

func newLoop(livekit nest.RoomsClient, q quiet) *Loop {
	return &Loop{
		Store:   q,
		Domain:  q,
		LiveKit: livekit,
		Owner:   Owner{Server: "us", Exclusive: true},
		Log:     slog.New(slog.DiscardHandler),
		Now:     time.Now,
		NewID:   func() string { return "drift" },
	}
}

func live(ids ...string) map[string]nest.Nest {
	nests := map[string]nest.Nest{}
	for _, id := range ids {
		nests[id] = nest.Nest{ID: id, Status: nest.Live, Access: nest.Open}
	}
	return nests
}

// A room whose participants LiveKit cannot list does not make LiveKit count as down. The room itself is unknown,
// and not every pass tries to list it.
func TestUnresponsiveRoomDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		livekit := &slowLiveKit{people: map[string][]nest.Participant{well: nil}}
		l := newLoop(livekit, quiet{nests: live(ghost, well)})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		<-time.After(7 * time.Second)
		for range 600 { // a minute, ten times a second
			if err := l.CheckAvailable(); err != nil {
				t.Fatalf("while one room cannot be listed and another is slow: %v", err)
			}
			if _, known := l.Participants(ghost); known {
				t.Fatal("the participants of the unresponsive room are known")
			}
			<-time.After(100 * time.Millisecond)
		}
		livekit.mu.Lock()
		asked := livekit.asked
		livekit.mu.Unlock()
		if asked > 5 {
			t.Errorf("listed %d times in 67 s", asked)
		}
		l.Wake(ghost)
		<-time.After(9 * time.Second)
		livekit.mu.Lock()
		if livekit.asked == asked {
			t.Error("a wake did not list the room")
		}
		livekit.mu.Unlock()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Participants without access are removed at once, however slow other steps of their room or of another room are.
func TestRemovalsComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nobody := []nest.Participant{{Identity: "nobody"}}
		livekit := &slowLiveKit{people: map[string][]nest.Participant{ghost: nobody, well: nobody}}
		l := newLoop(livekit, quiet{nests: live(ghost, well)})
		if err := l.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		notRemoval := func(step string) bool { return !strings.HasPrefix(step, "remove") }
		if len(livekit.steps) != 4 || slices.ContainsFunc(livekit.steps[:2], notRemoval) {
			t.Errorf("steps %v", livekit.steps)
		}
		if err := l.CheckAvailable(); err != nil {
			t.Errorf("after a slow step: %v", err)
		}
	})
}

// A room that can never be adopted ends. While the store or LiveKit does not answer it stays, because the reason
// may pass.
func TestRoomThatIsNotAdoptedEnds(t *testing.T) {
	somebody := []nest.Participant{{Identity: strings.Repeat("a", 64)}}
	for _, c := range []struct {
		code  nest.Code
		steps int
	}{
		{nest.CodeNotFound, 2}, {nest.CodeQuota, 2}, {nest.CodeBlocked, 2}, {nest.CodeInvalidEvent, 2},
		{nest.CodeStoreUnavailable, 0}, {nest.CodeMediaUnavailable, 0},
	} {
		livekit := &slowLiveKit{people: map[string][]nest.Participant{ghost: somebody, well: somebody}}
		if err := newLoop(livekit, quiet{
			adopt: &nest.Error{Code: c.code},
		}).Pass(t.Context()); err != nil || len(livekit.steps) != c.steps {
			t.Errorf("%s: steps %v, want %d; %v", c.code, livekit.steps, c.steps, err)
		}
	}
}
