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

// dumpSQLite uses VACUUM INTO and not SQLite's page-wise backup: it is one statement on one snapshot, so that writers of another
// process never make it begin again, and the copy is compact, without a -wal beside it and without what was deleted.
func dumpSQLite(ctx context.Context, cfg Config, to string) error {
	if _, err := os.Stat(cfg.Path); err != nil { // SQLite would make a new one
		return err
	}
	db, err := openDump(cfg.Path, url.Values{"_busy_timeout": {fmt.Sprint((5 * time.Second).Milliseconds())}})
	if err != nil {
		return err
	}
	defer db.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // private from the first byte; an empty file is taken as new
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
	said := ""
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return corrupt(errors.New(said))
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
	path, err := filepath.Abs(path) // a URI's first segment would be taken for a host
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
