package nest_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/store"
)

// world is a real service on a real database, with a clock that the test sets and a fake LiveKit.
type world struct {
	*nest.Service
	t     *testing.T
	clock time.Time
	media *fakeMedia
	host  key
}

const ownRelay = "ws://localhost:5544/relay"

func newWorld(t *testing.T) *world {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: time.Unix(1_750_000_000, 0), media: &fakeMedia{}, host: newKey(t)}
	w.Service = &nest.Service{
		Store:           db,
		Media:           w.media,
		Presence:        w.media,
		Codec:           nip.Codec{PublicURLs: []string{"http://localhost:5544"}, OwnRelay: ownRelay},
		Log:             log,
		Now:             func() time.Time { return w.clock },
		NewID:           uuid.NewString,
		ServerID:        "server",
		OwnRelay:        ownRelay,
		MaxParticipants: 3,
		Wake:            func(string) {},
	}
	return w
}

func (w *world) advance(d time.Duration) { w.clock = w.clock.Add(d) }

// fakeMedia stands for LiveKit. people are the participants of every nest; removed records calls of Remove.
type fakeMedia struct {
	mu      sync.Mutex
	away    bool
	people  []nest.Participant
	removed []string
}

func (m *fakeMedia) Mute(context.Context, string, string) (bool, error) { return true, nil }
func (m *fakeMedia) Remove(_ context.Context, _, identity string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.removed = append(m.removed, identity)
	return nil
}
func (m *fakeMedia) EndRoom(context.Context, string, string) error { return nil }
func (m *fakeMedia) CheckAvailable() error {
	if m.away {
		return nest.MediaUnavailable(nil)
	}
	return nil
}
func (m *fakeMedia) Participants(string) ([]nest.Participant, bool) { return m.people, !m.away }

type key struct{ secret, pubkey string }

func newKey(t *testing.T) key {
	t.Helper()
	secret := nip.NewKey()
	pubkey, err := nip.PublicKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key{secret, pubkey}
}

// space signs a 30312 of the nest, dated by the world's clock.
func (w *world) space(by key, id string, tags ...[]string) nest.Event {
	w.t.Helper()
	e := nest.Event{Kind: nest.KindSpace, CreatedAt: w.clock.Unix(), Tags: append([][]string{{"d", id}}, tags...)}
	if err := nip.Sign(by.secret, &e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

var service = []string{"service", "http://localhost:5544/api/v1/nests"}

// createNest creates a nest by API, without a space, and returns its id.
func (w *world) createNest() string {
	w.t.Helper()
	entry, err := w.Create(w.t.Context(), nest.CreateRequest{
		Host:   w.host.pubkey,
		Relays: []string{"wss://relay.example"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return entry.Nest.ID
}

func (w *world) mustApply(e nest.Event) {
	w.t.Helper()
	if ok, err := w.ApplySpace(w.t.Context(), e, ""); err != nil || !ok {
		w.t.Fatalf("the space was not applied: %v", err)
	}
}

func (w *world) nest(id string) (n nest.Nest) {
	w.t.Helper()
	err := w.Store.Read(w.t.Context(), func(tx nest.Tx) (err error) { n, err = tx.Nest(id); return })
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) member(id, pubkey string) (m nest.Member) {
	w.t.Helper()
	err := w.Store.Read(w.t.Context(), func(tx nest.Tx) (err error) { m, err = tx.Member(id, pubkey); return })
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) changePermissions(id, by, target string, c nest.PermissionChange) {
	w.t.Helper()
	c.Participant = target
	if _, err := w.ChangePermissions(w.t.Context(), id, by, c); err != nil {
		w.t.Fatal(err)
	}
}

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

func wantCode(t *testing.T, err error, code nest.Code) {
	t.Helper()
	if nest.CodeOf(err) != code {
		t.Errorf("error %v, want code %s", err, code)
	}
}
