package store_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/store"
)

func tryOpen(t *testing.T, cfg store.Config) error {
	t.Helper()
	db, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err == nil {
		db.Close()
	}
	return err
}

// expectRefusal requires the cause itself, as printed at start, with message and hint.
func expectRefusal(t *testing.T, err error, want nest.Code) {
	t.Helper()
	var refusal *nest.Error
	if nest.CodeOf(err) != want || !errors.As(err, &refusal) || refusal.Message == "" || refusal.Hint == "" {
		t.Errorf("got %v, want %s with message and hint", err, want)
	}
}

// expectUnavailable requires the error of a request: store_unavailable, wrapping the cause.
func expectUnavailable(t *testing.T, err error, cause nest.Code) {
	t.Helper()
	if nest.CodeOf(err) != nest.CodeStoreUnavailable || store.Cause(err) != cause {
		t.Errorf("got %v, want store_unavailable because of %s", err, cause)
	}
}

// raw opens the same database without the store.
func raw(t *testing.T, cfg store.Config) *sql.DB {
	t.Helper()
	driver, name := "sqlite", cfg.Path
	if cfg.Postgres != "" {
		driver, name = "pgx", cfg.Postgres
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func run1(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func configs(t *testing.T) map[string]store.Config {
	return map[string]store.Config{
		"sqlite":   {Path: filepath.Join(t.TempDir(), "folder", "nests.db")},
		"postgres": {Postgres: postgres.Database(t)},
	}
}

func TestMigrate(t *testing.T) {
	for name, cfg := range configs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var handles []*store.DB
			for range 4 {
				db, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				handles = append(handles, db)
			}
			if version, err := handles[0].Version(t.Context()); version != 0 || err != nil {
				t.Errorf("an empty database is at schema %d, %v", version, err)
			}
			var all sync.WaitGroup
			for _, db := range handles { // like four processes that start together
				all.Go(func() {
					if err := db.Migrate(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			putNest(t, handles[0], nest.Nest{ID: id(1)})
			if err := handles[1].Migrate(t.Context()); err != nil {
				t.Error(err)
			}
			if version, err := handles[2].Version(t.Context()); version != store.Latest() || err != nil {
				t.Errorf("schema %d, want %d, %v", version, store.Latest(), err)
			}
			read(t, handles[3], func(tx nest.Tx) error {
				_, err := tx.Nest(id(1))
				return err
			})
			db := handles[0]
			for _, check := range []func(context.Context) error{db.Ping, db.CheckWrite, db.CheckIntegrity} {
				if err := check(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	for name, cfg := range configs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, cfg)
			run1(t, raw(t, cfg), `INSERT INTO migrations (version, name) VALUES (999, 'of tomorrow')`)
			err := tryOpen(t, cfg)
			expectRefusal(t, err, store.CodeTooNew)
			if !strings.Contains(err.Error(), "schema is 999") {
				t.Errorf("the error does not name the schema: %v", err)
			}
			expectRefusal(t, db.Migrate(t.Context()), store.CodeTooNew)
		})
	}
}

func TestDamagedFileIsRefused(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(b []byte) []byte{
		"pages overwritten": func(b []byte) []byte {
			for i := 4096; i < len(b)-4096; i += 4096 {
				copy(b[i:], long("garbage!", 512))
			}
			return b
		},
		"cut off":        func(b []byte) []byte { return b[:len(b)/2] },
		"not a database": func(b []byte) []byte { return []byte(long("hello ", 2000)) },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}
			db, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(cfg.Path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(cfg.Path, damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			expectRefusal(t, tryOpen(t, cfg), store.CodeCorrupt)
		})
	}
}

func TestLockedFile(t *testing.T) {
	t.Parallel()
	cfg := store.Config{Path: filepath.Join(t.TempDir(), "nests.db"), Busy: 50 * time.Millisecond}
	db := open(t, cfg)
	putNest(t, db, nest.Nest{ID: id(1)})
	other := raw(t, cfg)

	run1(t, other, `BEGIN IMMEDIATE`)
	expectUnavailable(t, db.CheckWrite(t.Context()), store.CodeLocked)
	_, err := db.UseAuth(t.Context(), "key", 1)
	expectUnavailable(t, err, store.CodeLocked)
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("another program's write blocks reading: %v", err)
	}
	run1(t, other, `ROLLBACK`)
	putNest(t, db, nest.Nest{ID: id(2)})
	if fresh, err := db.UseAuth(t.Context(), "key", 1); !fresh || err != nil {
		t.Errorf("a failed use marked the key as used: %v", err)
	}
}

func TestLockedFileAtStart(t *testing.T) {
	t.Parallel()
	cfg := store.Config{Path: filepath.Join(t.TempDir(), "nests.db"), Busy: 50 * time.Millisecond}
	other := raw(t, cfg)
	run1(t, other, `CREATE TABLE theirs (a INTEGER)`)
	run1(t, other, `BEGIN EXCLUSIVE`)
	expectRefusal(t, tryOpen(t, cfg), store.CodeLocked)
	run1(t, other, `ROLLBACK`)
	if err := tryOpen(t, cfg); err != nil {
		t.Errorf("opening fails although the lock is released: %v", err)
	}
}

// A wait for another program's lock ends with the caller's context and leaves the connection usable.
func TestWaitForALockEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	cfg := store.Config{Path: filepath.Join(t.TempDir(), "nests.db"), Busy: time.Minute}
	db := open(t, cfg)
	other := raw(t, cfg)
	for range 5 {
		run1(t, other, `BEGIN IMMEDIATE`)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := db.CheckWrite(ctx); !errors.Is(err, context.DeadlineExceeded) && store.Cause(err) == "" {
			t.Errorf("got %v", err)
		}
		cancel()
		run1(t, other, `ROLLBACK`)
		if err := db.CheckWrite(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Callers cancel at every instant of a transaction. The single writing connection must survive that.
func TestCallersCancelAtAnyInstant(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB, _ func() *store.DB) {
		putNest(t, db, nest.Nest{ID: id(1)})
		for i := range 300 {
			ctx, cancel := context.WithCancel(t.Context())
			var leave sync.WaitGroup
			leave.Go(func() {
				for range i * 20 {
					if ctx.Err() != nil {
						break
					}
				}
				cancel()
			})
			err := db.Write(ctx, func(tx nest.Tx) error {
				m, err := tx.Member(id(1), hex(1))
				if err != nil {
					return err
				}
				m.Hand++
				return tx.PutMember(m)
			})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("caller %d: %v", i, err)
			}
			leave.Wait()
		}
		putNest(t, db, nest.Nest{ID: id(2)})
	})
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new", "folder with ? # % and ü")
	cfg := store.Config{Path: filepath.Join(folder, "nests.db")}
	db := open(t, cfg)
	putNest(t, db, nest.Nest{ID: id(1)})
	for _, name := range []string{"nests.db", "nests.db-wal", "nests.db-shm"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}
}

func TestSQLiteIsDurable(t *testing.T) {
	t.Parallel()
	cfg := store.Config{Path: filepath.Join(t.TempDir(), "nests.db")}
	open(t, cfg)
	mode := ""
	if err := raw(t, cfg).QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, %v", mode, err)
	}
}

func TestUnreachableServerIsRefused(t *testing.T) {
	t.Parallel()
	err := tryOpen(t, store.Config{Postgres: "postgres://nests:secret@127.0.0.1:1/nests?connect_timeout=2"})
	expectRefusal(t, err, store.CodeDown)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is in the error: %v", err)
	}
	err = tryOpen(t, store.Config{Postgres: "postgres://nests:secret@127.0.0.1:port/nests"})
	expectRefusal(t, err, store.CodeDown)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is in the error: %v", err)
	}
}

// While PostgreSQL restarts, requests fail. Afterwards the same handle works again.
func TestPostgresRestart(t *testing.T) {
	t.Parallel()
	server, err := nesttest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	db, err := store.Open(t.Context(), store.Config{Postgres: server.Database(t)}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	putNest(t, db, nest.Nest{ID: id(1)})
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	expectUnavailable(t, db.Ping(t.Context()), store.CodeDown)
	expectUnavailable(t, db.CheckWrite(t.Context()), store.CodeDown)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if err := db.CheckWrite(t.Context()); err != nil {
		t.Error(err)
	}
	read(t, db, func(tx nest.Tx) error {
		_, err := tx.Nest(id(1))
		return err
	})
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
