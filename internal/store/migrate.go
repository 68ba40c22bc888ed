package store

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// migrationFiles are numbered from 1 without gaps. New ones are added; released ones are never edited.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

type migration struct {
	version int
	name    string
	sql     string
}

// Latest returns the newest schema version this binary knows.
func Latest() int {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return 0
	}
	return len(entries)
}

func migrations() ([]migration, error) {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return nil, err
	}
	var all []migration
	for _, entry := range entries {
		text, err := migrationFiles.ReadFile(path.Join("migrations", entry.Name()))
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(entry.Name(), "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("read number of migration %s: %w", entry.Name(), err)
		}
		all = append(all, migration{version, entry.Name(), string(text)})
	}
	slices.SortFunc(all, func(a, b migration) int { return cmp.Compare(a.version, b.version) })
	return all, nil
}

// Version returns the schema version of the database, 0 for an empty one.
func (db *DB) Version(ctx context.Context) (int, error) {
	version := 0
	err := db.read(ctx, func(t *tx) (err error) {
		version, err = db.version(t)
		return err
	})
	return version, err
}

func (db *DB) version(t *tx) (int, error) {
	tables, version := 0, 0
	if err := t.one([]any{&tables}, db.dialect.tables, "migrations"); err != nil || tables == 0 {
		return 0, err
	}
	err := t.one([]any{&version}, `SELECT COALESCE(MAX(version), 0) FROM migrations`)
	return version, err
}

// Migrate updates the schema to Latest, each migration in one transaction. Processes that start together take turns. An
// up-to-date schema causes no write.
func (db *DB) Migrate(ctx context.Context) error {
	all, err := migrations()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	for _, m := range all {
		applied := false
		err := db.within(ctx, time.Minute, db.writers, db.dialect.beginPlain, func(t *tx) (err error) {
			applied, err = db.apply(t, m)
			return err
		})
		if err != nil {
			return fmt.Errorf("apply migration %s: %w", m.name, refusal(err))
		}
		if applied {
			db.log.InfoContext(ctx, "schema migrated", "component", "store", "version", m.version, "name", m.name)
		}
	}
	return nil
}

func (db *DB) apply(t *tx, m migration) (bool, error) {
	if db.dialect.lockSchema != "" {
		if err := t.one([]any{new(any)}, db.dialect.lockSchema); err != nil {
			return false, err
		}
	}
	version, err := db.version(t)
	if err != nil {
		return false, err
	}
	if version > Latest() {
		return false, tooNew(version, Latest())
	}
	if version >= m.version {
		return false, nil
	}
	if version == 0 {
		_, err := t.exec(`CREATE TABLE IF NOT EXISTS migrations (
			version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`)
		if err != nil {
			return false, err
		}
	}
	for statement := range strings.SplitSeq(m.sql, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := t.exec(statement); err != nil {
			return false, err
		}
	}
	_, err = t.exec(`INSERT INTO migrations (version, name) VALUES ($1, $2)`, m.version, m.name)
	return err == nil, err
}
