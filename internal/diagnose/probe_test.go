package diagnose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/store"
)

// One that hangs, one that hangs even without its context, one that breaks: the others answer, in the order they were asked.
func TestProbesThatDoNotBehave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		began := time.Now()
		checks := Run(t.Context(), []Probe{
			{ID: "hangs", Late: StoreLocked, Look: func(ctx context.Context) Finding { <-ctx.Done(); return fine("", nil) }},
			{ID: "stuck", Late: MediaDown, Look: func(context.Context) Finding { <-never; return fine("", nil) }},
			{ID: "breaks", Look: func(context.Context) Finding { panic("a nil map at /secret/place") }},
			{ID: "patient", Most: 20 * time.Second, Look: func(context.Context) Finding {
				<-time.After(10 * time.Second)
				return fine("At last.", nil)
			}},
			{ID: "fine", Look: func(context.Context) Finding { return fine("It is.", nil) }},
		})
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
		close(never)
		want := []struct {
			status Status
			code   Code
		}{{Unknown, StoreLocked}, {Unknown, MediaDown}, {Unknown, ""}, {OK, ""}, {OK, ""}}
		for i, c := range checks[1:] {
			if c.Status != want[i+1].status || c.Code != want[i+1].code || c.Evidence == nil {
				t.Errorf("%s: %+v", c.ID, c)
			}
		}
		if checks[0].ID != "hangs" || checks[4].ID != "fine" || checks[1].TookMS != lookMost.Milliseconds() {
			t.Errorf("%+v", checks)
		}
		if v := Conclude(checks); v.Code != StoreLocked {
			t.Errorf("verdict %s", v.Code)
		}
	})
}

func TestDisk(t *testing.T) {
	for _, test := range []struct {
		free   uint64
		status Status
		code   Code
	}{{0, Fail, DiskFull}, {31 << 20, Fail, DiskFull}, {33 << 20, Warn, ""}, {513 << 20, OK, ""}} {
		if f := DiskFinding(test.free, 1<<40); f.Status != test.status || f.Code != test.code {
			t.Errorf("%d free: %+v", test.free, f)
		}
	}
}

func TestStoreFindingNamesTheCause(t *testing.T) {
	for _, code := range []nest.Code{store.CodeDown, store.CodeLocked, store.CodeReadOnly, store.CodeCorrupt, store.CodeTooNew, store.CodeDiskFull} {
		err := nest.StoreUnavailable(fmt.Errorf("write nest: %w", &nest.Error{Code: code, Err: errors.New("cause")}))
		if f := StoreFinding(err); f.Code != Code(code) || f.Status != Fail || f.Summary == "" {
			t.Errorf("%s: %+v", code, f)
		}
	}
	if f := StoreFinding(errors.New("anything")); f.Code != StoreDown {
		t.Errorf("%+v", f)
	}
}

func TestPublication(t *testing.T) {
	const now, event = 1_000_000, "e"
	delivery := func(state nest.DeliveryState, attempts int, updated int64, words string) nest.Delivery {
		return nest.Delivery{Event: event, Relay: "wss://" + words + ".example", State: state, Attempts: attempts, Updated: updated, Words: words}
	}
	accepted := delivery(nest.DeliveryAccepted, 1, now, "a")
	refused := delivery(nest.DeliveryRefused, 1, now, "blocked")
	gone := delivery(nest.DeliveryGaveUp, 20, now, "gone")
	tried := delivery(nest.DeliveryPending, 1, now, "tried")
	fresh := delivery(nest.DeliveryPending, 0, now-1000, "fresh")
	waiting := delivery(nest.DeliveryPending, 0, now-11_000, "waiting")
	old := refused
	old.Event = "the one before"
	for _, test := range []struct {
		name string
		all  []nest.Delivery
		want Code
	}{
		{"no relays", nil, ""},
		{"everywhere", []nest.Delivery{accepted, accepted}, ""},
		{"just begun", []nest.Delivery{accepted, fresh}, ""},
		{"refused", []nest.Delivery{accepted, tried, refused}, RelayRefused},
		{"tried in vain", []nest.Delivery{waiting, tried}, RelayUnreachable},
		{"given up", []nest.Delivery{gone}, RelayUnreachable},
		{"waiting", []nest.Delivery{accepted, waiting}, RelayLagging},
		{"an older event was refused", []nest.Delivery{accepted, old}, ""},
	} {
		f := publication(test.all, event, now)
		if f.Code != test.want || (f.Status == OK) != (test.want == "") {
			t.Errorf("%s: %+v", test.name, f)
		}
		if answers := fmt.Sprint(f.Evidence["answers"]); test.want == RelayRefused && !strings.Contains(answers, "blocked") {
			t.Errorf("the relay's words are missing: %s", answers)
		}
	}
}

func TestMediaAddress(t *testing.T) {
	for address, want := range map[string]Code{"203.0.113.7": "", "2001:db8::1": "", "10.0.0.7": AddressWrong, "172.17.0.2": AddressWrong,
		"192.168.1.5": AddressWrong, "127.0.0.1": AddressWrong, "fd00::1": AddressWrong, "169.254.1.1": AddressWrong, "0.0.0.0": AddressWrong, "x": AddressWrong} {
		s := Server{MediaAddress: func() string { return address }}
		if f := s.mediaAddress(t.Context()); f.Code != want {
			t.Errorf("%s under a public address: %+v", address, f)
		}
		s.Ours.Private = true
		if f := s.mediaAddress(t.Context()); f.Code != "" && address != "x" {
			t.Errorf("%s on one's own machine: %+v", address, f)
		}
	}
	s := Server{MediaAddress: func() string { return "" }}
	if f := s.mediaAddress(t.Context()); f.Status != Skipped {
		t.Errorf("an external one: %+v", f)
	}
}

// watched is a loop that saw what a test says.
type watched struct {
	err    error
	seen   nest.Observed
	passed time.Time
}

func (w watched) Answering() error              { return w.err }
func (w watched) Observed(string) nest.Observed { return w.seen }
func (w watched) Passed() time.Time             { return w.passed }
func (w watched) Foreign() int                  { return 0 }
func (w watched) Theirs(metadata string) bool   { return metadata == "theirs" }

// hanging is a database that takes every question and answers none.
type hanging struct{ *store.DB }

func (hanging) wait(ctx context.Context) error {
	<-ctx.Done()
	return nest.StoreUnavailable(ctx.Err())
}
func (h hanging) Read(ctx context.Context, _ func(nest.Tx) error) error { return h.wait(ctx) }
func (h hanging) Ping(ctx context.Context) error                        { return h.wait(ctx) }
func (h hanging) CheckWrite(ctx context.Context) error                  { return h.wait(ctx) }
func (h hanging) Owed(ctx context.Context, _ int64) (nest.Owed, error) {
	return nest.Owed{}, h.wait(ctx)
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
	return &Server{Store: db, Loop: loop, Codec: nip.Codec{PublicURLs: []string{origin}}, Now: time.Now}
}

// A database that hangs holds nothing up, and nothing that it alone knows is told as absent.
func TestHangingDatabase(t *testing.T) {
	s := server(t, watched{passed: time.Now()})
	s.Store = hanging{}
	s.cache.at, s.cache.checks = time.Now().Add(time.Hour), []Check{good("livekit")}
	began := time.Now()
	r := s.Nest(t.Context(), someID, "", false)
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
	if err := s.Store.Write(t.Context(), func(tx nest.Tx) error { return tx.PutNest(n) }); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{someID, "0b5b4ab4-2b1d-4b39-9f86-3d21c1b25df5"} {
		r := s.Nest(t.Context(), id, "", false)
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
	if r := s.Nest(t.Context(), someID, "", false); r.Verdict.Code != RoomWithoutNest || r.Verdict.Scenario != "B" {
		t.Errorf("%+v", r.Verdict)
	}
	seen.Room.Metadata = "theirs"
	s.Loop = watched{seen: seen, passed: time.Now()}
	if r := s.Nest(t.Context(), someID, "", false); r.Verdict.Code != ForeignRoom || r.Verdict.Side != NoSide {
		t.Errorf("%+v", r.Verdict)
	}
}
