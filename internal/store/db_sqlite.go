package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"modernc.org/sqlite"
)

// sqliteDialect: one connection writes, and BEGIN IMMEDIATE takes the lock at once, so a transaction never fails
// half-way because of another. Readers see the snapshot of their first statement (WAL).
var sqliteDialect = dialect{
	name:       "sqlite",
	beginRead:  "BEGIN",
	beginWrite: "BEGIN IMMEDIATE",
	beginPlain: "BEGIN IMMEDIATE",
	tables:     `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1`,
	integrity:  `PRAGMA quick_check(1)`,
	prepare:    true,
	conflict:   func(error) bool { return false },
}

func openSQLite(ctx context.Context, cfg Config) (*DB, error) {
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("find database: %w", err)
	}
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	write, err := sqliteFile(path, cfg.Busy, false)
	if err != nil {
		return nil, err
	}
	read, err := sqliteFile(path, cfg.Busy, true)
	if err != nil {
		return nil, err
	}
	db := &DB{
		dialect: sqliteDialect,
		writers: newPool(write, 1),
		readers: newPool(read, max(4, 2*runtime.GOMAXPROCS(0))),
	}
	db.writers.prepare, db.readers.prepare = true, true
	// The writing connection opens first: it turns WAL on, which readers need but cannot do.
	c, err := db.writers.take(ctx)
	if err != nil {
		return nil, err
	}
	db.writers.put(c, false)
	return db, nil
}

// makePrivate creates the file before SQLite does, so that other users can never read it, nor the -wal and -shm files,
// which copy its mode. SQLite silently opens a file without write permission as read-only; makePrivate returns the
// error.
func makePrivate(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("create folder of database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	defer f.Close()
	// A file of another owner, open to this user by its group, cannot be changed and is fine.
	if err := f.Chmod(0o600); err != nil && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("make database private: %w", err)
	}
	probe, err := os.CreateTemp(folder, ".write-*") // SQLite creates -wal and -shm in this folder
	if err != nil {
		return fmt.Errorf("write to folder of database: %w", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

func sqliteFile(path string, busy time.Duration, readOnly bool) (*sql.DB, error) {
	query := url.Values{
		"_busy_timeout": {fmt.Sprint(cmp.Or(busy, 5*time.Second).Milliseconds())},
		"_foreign_keys": {"on"},
		"_synchronous":  {"FULL"},
		"_dqs":          {"0"},
		"_error_rc":     {"1"},
		"_cache_size":   {"-32768"}, // at most 32 MiB; SQLite's default of 2 MB holds about a thousand nests
	}
	if readOnly {
		query.Set("_query_only", "on")
	} else {
		query.Set("_journal_mode", "WAL")
	}
	file := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	connector, err := sqlite.NewConnector(file.String())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return sql.OpenDB(connector), nil
}
