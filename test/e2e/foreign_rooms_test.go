package e2e

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/store"
)

// openStore opens the server's SQLite file beside the server, to check what no endpoint returns.
func (s *server) openStore() *store.DB {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), store.Config{Path: filepath.Join(s.dir, "nests.db")},
		slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

// deleteRow deletes a nest's row and its members, as after the restore of an old backup. Events stay.
func (s *server) deleteRow(id string) {
	s.t.Helper()
	db := s.openSQLite()
	defer db.Close()
	if _, err := db.ExecContext(s.t.Context(), `DELETE FROM nests WHERE id = $1`, id); err != nil {
		s.t.Fatal(err)
	}
}

// hasOpenDrift reports whether the drift record has an open divergence with that code about the nest.
func hasOpenDrift(t testing.TB, db *store.DB, code, id string) bool {
	t.Helper()
	open, err := db.OpenDrifts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range open {
		if d.Code == code && d.Nest == id {
			return true
		}
	}
	return false
}

// Another server's room on a shared LiveKit is listed and left alone, also when its name is a UUID.
func TestForeignRoomIsLeftAlone(t *testing.T) {
	t.Parallel()
	s, livekit := startExternal(t)
	db := s.openStore()
	var inside []*nesttest.Bot
	for _, name := range []string{"standup", uuid.NewString()} {
		if _, err := livekit.Client().EnsureRoom(within(t, 5*time.Second),
			nest.Room{Name: name, Metadata: `{"server":"another"}`}); err != nil {
			t.Fatal(err)
		}
		talker := nesttest.Speaker(t, livekit.URL(), tokenFor(t, name, "carol"))
		listener := nesttest.Join(t, livekit.URL(), tokenFor(t, name, "dave"))
		nesttest.Eventually(t, 10*time.Second, listener.Hears("carol"))
		inside = append(inside, talker, listener)
		nesttest.Eventually(t, 10*time.Second, func() string {
			if !hasOpenDrift(t, db, "foreign_room", name) {
				return "the foreign room is not listed"
			}
			return ""
		})
	}
	nesttest.Never(t, 21*time.Second, func() (gone string) {
		for _, bot := range inside {
			gone += bot.Reason()
		}
		return gone
	})
	for i := 1; i < len(inside); i += 2 {
		nesttest.Eventually(t, time.Second, inside[i].Hears("carol"))
	}
}

// With NESTS_LIVEKIT_EXCLUSIVE the server ends every room that no nest asked for.
func TestForeignRoomOnAnExclusiveLiveKit(t *testing.T) {
	t.Parallel()
	s, livekit := startExternal(t, "NESTS_LIVEKIT_EXCLUSIVE=true")
	host := s.user()
	id, _ := host.create()
	if _, err := livekit.Client().EnsureRoom(within(t, 5*time.Second),
		nest.Room{Name: "standup", Metadata: `{"server":"another"}`}); err != nil {
		t.Fatal(err)
	}
	stranger := nesttest.Join(t, livekit.URL(), tokenFor(t, "standup", "carol"))
	talker, listener := hearing(t, host, id)
	select {
	case <-stranger.Gone():
	case <-time.After(15 * time.Second):
		t.Error("the room that no nest asked for still exists")
	}
	nesttest.Eventually(t, time.Second, listener.Hears(host.pubkey))
	if talker.Reason() != "" {
		t.Errorf("our own room was ended: %s", talker.Reason())
	}
}

// A room with participants whose row was lost is adopted through the space that its host signed, and nobody is
// disconnected. Without such a space the room is ended.
func TestRoomWhoseRowWasLost(t *testing.T) {
	t.Parallel()
	s, _ := startExternal(t)
	host, id := s.user(), uuid.NewString()
	e := host.space(id, time.Now(), []string{"room", "Morning coffee"}, []string{"status", "open"},
		[]string{"p", host.pubkey, "", "Host"})
	if a := host.call(http.MethodPut, "", map[string]any{"event": e}); a.status != 200 {
		t.Fatalf("create answered %d %s", a.status, a.text)
	}
	talker, listener := hearing(t, host, id)
	adopted := func(when string) {
		t.Helper()
		s.waitForInfo(id, "title", "Morning coffee", 10*time.Second)
		nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
		if talker.Reason() != "" || listener.Reason() != "" {
			t.Errorf("%s a participant was disconnected: %s %s", when, talker.Reason(), listener.Reason())
		}
		if a := s.info(id); a.str("host") != host.pubkey || len(a.body["speakers"].([]any)) != 1 {
			t.Errorf("%s the nest came back as %s", when, a.text)
		}
		host.join(id)
	}
	s.deleteRow(id)
	adopted("lost while the server runs")
	s.kill()
	s.deleteRow(id)
	s.start()
	adopted("lost while the server was down")

	unsigned, _ := host.create()
	_, guest := hearing(t, host, unsigned)
	s.deleteRow(unsigned)
	select {
	case <-guest.Gone():
	case <-time.After(15 * time.Second):
		t.Error("a room without a signed space still exists")
	}
	expectRefusal(t, s.info(unsigned), 404, "nest_not_found")
}
