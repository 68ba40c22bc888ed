package diagnose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/store"
)

// fakeLoop returns what a test sets.
type fakeLoop struct {
	err    error
	seen   nest.Observed
	passed time.Time
}

func (w fakeLoop) CheckAvailable() error          { return w.err }
func (w fakeLoop) Observed(string) nest.Observed  { return w.seen }
func (w fakeLoop) LastPass() time.Time            { return w.passed }
func (w fakeLoop) CountForeignRooms() int         { return 0 }
func (w fakeLoop) OccupiedNests() []string        { return []string{w.seen.Room.Name} }
func (w fakeLoop) IsForeign(metadata string) bool { return metadata == "theirs" }

// hangingStore never answers.
type hangingStore struct{ *store.DB }

func (hangingStore) wait(ctx context.Context) error {
	<-ctx.Done()
	return nest.StoreUnavailable(ctx.Err())
}
func (h hangingStore) Read(ctx context.Context, _ func(Tx) error) error { return h.wait(ctx) }
func (h hangingStore) Ping(ctx context.Context) error                   { return h.wait(ctx) }
func (h hangingStore) CheckWrite(ctx context.Context) error             { return h.wait(ctx) }
func (h hangingStore) OutboxStats(ctx context.Context, _ int64) (nest.OutboxStats, error) {
	return nest.OutboxStats{}, h.wait(ctx)
}
func (h hangingStore) Drifts(ctx context.Context, _ string, _ int) ([]nest.Drift, error) {
	return nil, h.wait(ctx)
}

func server(t *testing.T, loop Loop) *Server {
	t.Helper()
	db, err := store.Open(
		t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}, slog.New(slog.DiscardHandler),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &Server{
		Store: store.NewView(db, func(tx nest.Tx) Tx { return tx }),
		Loop:  loop,
		Codec: nip.Codec{PublicURLs: []string{origin}},
		Now:   time.Now,
	}
}

// A database that hangs does not delay the report, and what only it knows is never reported as absent.
func TestHangingDatabase(t *testing.T) {
	s := server(t, fakeLoop{passed: time.Now()})
	s.Store = hangingStore{}
	s.cache.at, s.cache.checks = time.Now().Add(time.Hour), []Check{good("livekit")}
	began := time.Now()
	r := s.NestReport(t.Context(), someID, nest.Caller{}, false)
	if took := time.Since(began); took > factsTimeout+time.Second {
		t.Errorf("took %v", took)
	}
	if r.Verdict.Code != StoreDown {
		t.Errorf("verdict %+v", r.Verdict)
	}
	for _, c := range r.Checks {
		if c.Status == Fail || c.Status == Skipped || c.Code == UnknownNest {
			t.Errorf("%s reports what is unknown: %s %s %s", c.ID, c.Status, c.Code, c.Summary)
		}
	}
}

// While LiveKit does not answer, no check says that a room is missing, whether or not the nest exists.
func TestUnknownRoomIsNotAbsent(t *testing.T) {
	s := server(t, fakeLoop{
		err:    nest.MediaUnavailable(errors.New("dial tcp 10.0.0.7:7880: refused")),
		passed: time.Now(),
	})
	s.cache.at, s.cache.checks = time.Now().Add(time.Hour), []Check{
		{ID: "livekit", Status: Fail, Code: MediaDown, scope: OfServer},
	}
	n := nest.Nest{ID: someID, Host: "h", Status: nest.Live, Access: nest.Open, Guests: true}
	if err := s.Store.(store.View[Tx]).Write(t.Context(), func(tx nest.Tx) error { return tx.PutNest(n) }); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{someID, "0b5b4ab4-2b1d-4b39-9f86-3d21c1b25df5"} {
		r := s.NestReport(t.Context(), id, nest.Caller{}, false)
		if r.Verdict.Code != MediaDown {
			t.Errorf("%s: %+v", id, r.Verdict)
		}
		for _, c := range r.Checks {
			saysAbsent := strings.Contains(c.Summary, "no room") || strings.Contains(c.Summary, "there is none")
			if c.ID == "room" && (c.Status != Unknown || c.Code != MediaDown) || saysAbsent {
				t.Errorf("%s: %s %q", c.ID, c.Status, c.Summary)
			}
			if c.scope == OfNest && strings.Contains(fmt.Sprint(c.Evidence), "10.0.0.7") {
				t.Errorf("%s shows a moderator the server's address: %v", c.ID, c.Evidence)
			}
		}
	}
}

// A room without a nest is this server's by mistake, or another server's.
func TestRoomWithoutNest(t *testing.T) {
	seen := nest.Observed{Known: true, Present: true, Room: nest.RoomState{Name: someID, SID: "RM_x"}}
	s := server(t, fakeLoop{seen: seen, passed: time.Now()})
	s.cache.at, s.cache.checks = time.Now().Add(time.Hour), []Check{good("livekit")}
	r := s.NestReport(t.Context(), someID, nest.Caller{}, false)
	if r.Verdict.Code != RoomWithoutNest || r.Verdict.Scenario != "B" {
		t.Errorf("%+v", r.Verdict)
	}
	seen.Room.Metadata = "theirs"
	s.Loop = fakeLoop{seen: seen, passed: time.Now()}
	r = s.NestReport(t.Context(), someID, nest.Caller{}, false)
	if r.Verdict.Code != ForeignRoom || r.Verdict.Side != noSide {
		t.Errorf("%+v", r.Verdict)
	}
}

// Missing webhooks are reported once a participant has been inside for a while, not before.
func TestMissingWebhooks(t *testing.T) {
	now := time.Now()
	inside := func(since time.Duration) fakeLoop {
		return fakeLoop{seen: nest.Observed{Known: true, Present: true, Room: nest.RoomState{
			Participants: []nest.Participant{{Identity: "guest-1", JoinedAt: now.Add(-since).UnixMilli()}}}}}
	}
	for name, row := range map[string]struct {
		loop    fakeLoop
		started time.Duration
		last    time.Time
		want    Code
	}{
		"nobody inside":              {fakeLoop{}, time.Hour, time.Time{}, ""},
		"one just joined":            {inside(10 * time.Second), time.Hour, time.Time{}, ""},
		"the server just started":    {inside(time.Hour), 10 * time.Second, time.Time{}, ""},
		"no webhook":                 {inside(2 * time.Minute), time.Hour, time.Time{}, WebhooksSilent},
		"a webhook arrived long ago": {inside(2 * time.Minute), time.Hour, now.Add(-50 * time.Minute), ""},
	} {
		s := &Server{Loop: row.loop, Now: func() time.Time { return now }, Started: now.Add(-row.started),
			Webhooks: func() (time.Time, time.Duration) { return row.last, 0 }}
		if f := s.webhooks(t.Context()); f.Code != row.want {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// The rules of the guest endpoint apply to a browser without a key. A visitor who is inside never reads that the nest
// is full.
func TestPolicyByVisitor(t *testing.T) {
	const (
		removed  = nest.GuestPrefix + "0e6a7d0c-5a53-8d27-8f3c-3a1b9a2b1c01"
		admitted = nest.GuestPrefix + "0e6a7d0c-5a53-8d27-8f3c-3a1b9a2b1c02"
		inside   = nest.GuestPrefix + "0e6a7d0c-5a53-8d27-8f3c-3a1b9a2b1c03"
	)
	open := nest.Nest{ID: someID, Status: nest.Live, Access: nest.Open, Guests: true}
	private := open
	private.Access = nest.Private
	members := []nest.Member{
		{Nest: someID, Pubkey: removed, Banned: true}, {Nest: someID, Pubkey: admitted, HasAccess: true},
	}
	key := strings.Repeat("a", 64)
	room := nest.RoomState{
		Participants: []nest.Participant{{Identity: inside}, {Identity: key}, {Identity: "recorder-x"}},
	}
	s := &Server{Loop: fakeLoop{seen: nest.Observed{Known: true, Present: true, Room: room}}, Now: time.Now}
	for _, c := range []struct {
		name    string
		nest    nest.Nest
		visitor nest.Caller
		invite  error
		most    int
		want    Code
	}{
		{"a new guest", open, nest.Caller{}, nil, 3, ""},
		{"removed in another tab", open, nest.Caller{GuestIDs: []string{inside, removed}}, nil, 3, Banned},
		{"a new guest of a private nest", private, nest.Caller{}, nil, 3, Private},
		{"with access by another tab", private, nest.Caller{GuestIDs: []string{inside, admitted}}, nil, 3, ""},
		{"with an invite", private, nest.Caller{Invite: "x"}, nil, 3, ""},
		{"a key with an invite", private, nest.Caller{Pubkey: key, Invite: "x"}, nil, 3, ""},
		{
			name:    "with an invite that is used up",
			nest:    private,
			visitor: nest.Caller{Invite: "x"},
			invite:  &nest.Error{Code: nest.CodeInviteUsed},
			most:    3,
			want:    Private,
		},
		{"a full nest", open, nest.Caller{}, nil, 2, Full},
		{"a guest inside a full nest", open, nest.Caller{GuestIDs: []string{inside}}, nil, 2, ""},
		{"a key inside a full nest", open, nest.Caller{Pubkey: key}, nil, 2, ""},
	} {
		s.MaxParticipants = c.most
		stored := facts{exists: true, nest: c.nest, members: members, invite: c.invite}
		if f := s.policy(stored, someID, c.visitor); f.Code != c.want {
			t.Errorf("%s: %q, %s", c.name, f.Code, f.Summary)
		}
	}
}
