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

// watched is a loop that saw what a test says.
type watched struct {
	err    error
	seen   nest.Observed
	passed time.Time
}

func (w watched) Answering() error               { return w.err }
func (w watched) Observed(string) nest.Observed  { return w.seen }
func (w watched) LastPass() time.Time            { return w.passed }
func (w watched) CountForeignRooms() int         { return 0 }
func (w watched) OccupiedNests() []string        { return []string{w.seen.Room.Name} }
func (w watched) IsForeign(metadata string) bool { return metadata == "theirs" }

// hanging is a database that takes every question and answers none.
type hanging struct{ *store.DB }

func (hanging) wait(ctx context.Context) error {
	<-ctx.Done()
	return nest.StoreUnavailable(ctx.Err())
}
func (h hanging) Read(ctx context.Context, _ func(Tx) error) error { return h.wait(ctx) }
func (h hanging) Ping(ctx context.Context) error                   { return h.wait(ctx) }
func (h hanging) CheckWrite(ctx context.Context) error             { return h.wait(ctx) }
func (h hanging) OutboxStats(ctx context.Context, _ int64) (nest.OutboxStats, error) {
	return nest.OutboxStats{}, h.wait(ctx)
}
func (h hanging) Drifts(ctx context.Context, _ string, _ int) ([]nest.Drift, error) {
	return nil, h.wait(ctx)
}

func server(t *testing.T, loop Loop) *Server {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &Server{Store: store.NewView(db, func(tx nest.Tx) Tx { return tx }), Loop: loop, Codec: nip.Codec{PublicURLs: []string{origin}}, Now: time.Now}
}

// A database that hangs holds nothing up, and nothing that it alone knows is told as absent.
func TestHangingDatabase(t *testing.T) {
	s := server(t, watched{passed: time.Now()})
	s.Store = hanging{}
	s.cache.at, s.cache.checks = time.Now().Add(time.Hour), []Check{good("livekit")}
	began := time.Now()
	r := s.NestReport(t.Context(), someID, nest.Visitor{}, false)
	if took := time.Since(began); took > factsMost+time.Second {
		t.Errorf("took %v", took)
	}
	if r.Verdict.Code != StoreDown {
		t.Errorf("verdict %+v", r.Verdict)
	}
	for _, c := range r.Checks {
		if c.Status == Fail || c.Status == Skipped || c.Code == UnknownNest {
			t.Errorf("%s tells what nobody knows: %s %s %s", c.ID, c.Status, c.Code, c.Summary)
		}
	}
}

// With LiveKit unknown no row of a report says that a room is missing, whether or not the nest is known.
func TestUnknownRoomIsNotAbsent(t *testing.T) {
	s := server(t, watched{err: nest.MediaUnavailable(errors.New("dial tcp 10.0.0.7:7880: refused")), passed: time.Now()})
	s.cache.at, s.cache.checks = time.Now().Add(time.Hour), []Check{{ID: "livekit", Status: Fail, Code: MediaDown, scope: OfServer}}
	n := nest.Nest{ID: someID, Host: "h", Status: nest.Live, Access: nest.Open, Guests: true}
	if err := s.Store.(store.View[Tx]).Write(t.Context(), func(tx nest.Tx) error { return tx.PutNest(n) }); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{someID, "0b5b4ab4-2b1d-4b39-9f86-3d21c1b25df5"} {
		r := s.NestReport(t.Context(), id, nest.Visitor{}, false)
		if r.Verdict.Code != MediaDown {
			t.Errorf("%s: %+v", id, r.Verdict)
		}
		for _, c := range r.Checks {
			if c.ID == "room" && (c.Status != Unknown || c.Code != MediaDown) || strings.Contains(c.Summary, "no room") || strings.Contains(c.Summary, "there is none") {
				t.Errorf("%s says %s %q", c.ID, c.Status, c.Summary)
			}
			if c.scope == OfNest && strings.Contains(fmt.Sprint(c.Evidence), "10.0.0.7") {
				t.Errorf("%s shows a moderator the server's address: %v", c.ID, c.Evidence)
			}
		}
	}
}

// A room without a nest: ours by mistake, or somebody else's.
func TestStrayRoom(t *testing.T) {
	seen := nest.Observed{Known: true, Present: true, Room: nest.RoomState{Name: someID, SID: "RM_x"}}
	s := server(t, watched{seen: seen, passed: time.Now()})
	s.cache.at, s.cache.checks = time.Now().Add(time.Hour), []Check{good("livekit")}
	if r := s.NestReport(t.Context(), someID, nest.Visitor{}, false); r.Verdict.Code != RoomWithoutNest || r.Verdict.Scenario != "B" {
		t.Errorf("%+v", r.Verdict)
	}
	seen.Room.Metadata = "theirs"
	s.Loop = watched{seen: seen, passed: time.Now()}
	if r := s.NestReport(t.Context(), someID, nest.Visitor{}, false); r.Verdict.Code != ForeignRoom || r.Verdict.Side != NoSide {
		t.Errorf("%+v", r.Verdict)
	}
}

// A media server that was never told where to report is noticed when somebody has been inside for a while, and not before.
func TestSilentWebhooks(t *testing.T) {
	now := time.Now()
	inside := func(since time.Duration) watched {
		return watched{seen: nest.Observed{Known: true, Present: true, Room: nest.RoomState{
			Participants: []nest.Participant{{Identity: "guest-1", JoinedAt: now.Add(-since).UnixMilli()}}}}}
	}
	for name, row := range map[string]struct {
		loop    watched
		started time.Duration
		last    time.Time
		want    Code
	}{
		"nobody inside":          {watched{}, time.Hour, time.Time{}, ""},
		"somebody just came":     {inside(10 * time.Second), time.Hour, time.Time{}, ""},
		"the server just began":  {inside(time.Hour), 10 * time.Second, time.Time{}, ""},
		"silence":                {inside(2 * time.Minute), time.Hour, time.Time{}, WebhooksSilent},
		"a report came long ago": {inside(2 * time.Minute), time.Hour, now.Add(-50 * time.Minute), ""},
	} {
		s := &Server{Loop: row.loop, Now: func() time.Time { return now }, Started: now.Add(-row.started),
			Webhooks: func() (time.Time, time.Duration) { return row.last, 0 }}
		if f := s.webhooks(t.Context()); f.Code != row.want {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// A browser without a key is judged by what the guest endpoint knows of it, and nobody inside is told that the nest is full.
func TestPolicyKnowsTheVisitor(t *testing.T) {
	const removed, placed, inside = nest.GuestPrefix + "0e6a7d0c-5a53-8d27-8f3c-3a1b9a2b1c01",
		nest.GuestPrefix + "0e6a7d0c-5a53-8d27-8f3c-3a1b9a2b1c02", nest.GuestPrefix + "0e6a7d0c-5a53-8d27-8f3c-3a1b9a2b1c03"
	open := nest.Nest{ID: someID, Status: nest.Live, Access: nest.Open, Guests: true}
	private := open
	private.Access = nest.Private
	members := []nest.Member{{Nest: someID, Pubkey: removed, Banned: true}, {Nest: someID, Pubkey: placed, HasAccess: true}}
	key := strings.Repeat("a", 64)
	room := nest.RoomState{Participants: []nest.Participant{{Identity: inside}, {Identity: key}, {Identity: "recorder-x"}}}
	s := &Server{Loop: watched{seen: nest.Observed{Known: true, Present: true, Room: room}}, Now: time.Now}
	for _, c := range []struct {
		name    string
		nest    nest.Nest
		visitor nest.Visitor
		invite  error
		most    int
		want    Code
	}{
		{"a stranger", open, nest.Visitor{}, nil, 3, ""},
		{"removed in another tab", open, nest.Visitor{Guests: []string{inside, removed}}, nil, 3, Banned},
		{"a stranger of a private nest", private, nest.Visitor{}, nil, 3, Private},
		{"with a place by another tab", private, nest.Visitor{Guests: []string{inside, placed}}, nil, 3, ""},
		{"with an invite", private, nest.Visitor{Invite: "x"}, nil, 3, ""},
		{"a key with an invite", private, nest.Visitor{Pubkey: key, Invite: "x"}, nil, 3, ""},
		{"with an invite that is used up", private, nest.Visitor{Invite: "x"}, &nest.Error{Code: nest.CodeInviteUsed}, 3, Private},
		{"a full nest", open, nest.Visitor{}, nil, 2, Full},
		{"a guest inside a full nest", open, nest.Visitor{Guests: []string{inside}}, nil, 2, ""},
		{"a key inside a full nest", open, nest.Visitor{Pubkey: key}, nil, 2, ""},
	} {
		s.MaxParticipants = c.most
		if f := s.policy(facts{known: true, nest: c.nest, members: members, invite: c.invite}, someID, c.visitor); f.Code != c.want {
			t.Errorf("%s: %q, %s", c.name, f.Code, f.Summary)
		}
	}
}
