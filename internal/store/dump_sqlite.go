package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
)

// dumpSQLite uses VACUUM INTO instead of SQLite's page-wise backup. VACUUM INTO is one statement on one snapshot, so
// writes by other processes never restart it, and the copy is compact: no -wal file and no deleted rows.
func dumpSQLite(ctx context.Context, cfg Config, to string) error {
	if _, err := os.Stat(cfg.Path); err != nil { // SQLite would create an empty database
		return err
	}
	db, err := openDump(cfg.Path, url.Values{"_busy_timeout": {fmt.Sprint((5 * time.Second).Milliseconds())}})
	if err != nil {
		return err
	}
	defer db.Close()
	// The file is private from the first byte. VACUUM INTO accepts an empty file.
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, to); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("copy database: %w", err))
	}
	return nil
}

func checkSQLite(ctx context.Context, path string) error {
	db, err := openDump(path, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	if err != nil {
		return err
	}
	defer db.Close()
	answer := ""
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&answer); err != nil {
		return err
	}
	if answer != "ok" {
		return corrupt(errors.New(answer))
	}
	return nil
}

func emptySQLite(_ context.Context, cfg Config) error {
	for _, path := range []string{cfg.Path, cfg.Path + "-wal"} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return notEmpty(path, "Restore into a new data folder, or move this file away first.")
		}
	}
	return nil
}

func loadSQLite(_ context.Context, cfg Config, from string) error {
	if err := syncFile(from); err != nil {
		return err
	}
	return os.Rename(from, cfg.Path)
}

func openDump(path string, query url.Values) (*sql.DB, error) {
	path, err := filepath.Abs(path) // SQLite would read the first segment of a relative URI as a host
	if err != nil {
		return nil, err
	}
	file := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	connector, err := sqlite.NewConnector(file.String())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
