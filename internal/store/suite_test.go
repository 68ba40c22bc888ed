package store_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/store"
)

// postgres is the server that TestMain starts for this package.
var postgres *nesttest.PostgresServer

func TestMain(m *testing.M) {
	if path := os.Getenv(childOf); path != "" {
		writeUntilKilled(path) // see durable_test.go
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	server, err := nesttest.StartPostgres()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Close()
	postgres = server
	return m.Run()
}

// onBoth runs a test on an empty, migrated database of each kind. opens returns another handle on the same database,
// like that of a second process.
func onBoth(t *testing.T, test func(t *testing.T, db *store.DB, opens func() *store.DB)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		onOne(t, store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}, test)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		onOne(t, store.Config{Postgres: postgres.Database(t)}, test)
	})
}

func onOne(t *testing.T, cfg store.Config, test func(*testing.T, *store.DB, func() *store.DB)) {
	opens := func() *store.DB { return open(t, cfg) }
	test(t, opens(), opens)
}

// open opens and migrates a database, and closes it at the end of the test.
func open(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func write(t testing.TB, db *store.DB, fn func(tx nest.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, db *store.DB, fn func(tx nest.Tx) error) {
	t.Helper()
	if err := db.Read(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// id returns a nest id and hex a pubkey or an event id, each made from a small number.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

func hex(n int) string { return fmt.Sprintf("%064x", n) }

func putNest(t testing.TB, db *store.DB, n nest.Nest) nest.Nest {
	t.Helper()
	if n.Status == "" {
		n.Status = nest.Live
	}
	if n.Access == "" {
		n.Access = nest.Open
	}
	if n.Host == "" {
		n.Host = hex(1)
	}
	write(t, db, func(tx nest.Tx) error { return tx.PutNest(n) })
	return n
}

func long(s string, n int) string { return strings.Repeat(s, n) }
