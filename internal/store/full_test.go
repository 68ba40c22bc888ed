package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"nests/internal/nest"
)

func openFile(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{Path: path}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// SQLite simulates the full disk: with max_page_count it returns the same SQLITE_FULL.
func TestDiskFull(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "nests.db"))
	grow := func(pages string) {
		t.Helper()
		c, err := db.writers.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer db.writers.put(c, false)
		limit := 0
		if err := c.sql.QueryRowContext(t.Context(), `PRAGMA max_page_count = `+pages).Scan(&limit); err != nil {
			t.Fatal(err)
		}
	}
	put := func() error {
		return db.Write(t.Context(), func(tx nest.Tx) error {
			for i := range 100 {
				n := nest.Nest{ID: fmt.Sprintf("%d", i), Host: "h", Summary: strings.Repeat("x", 2000)}
				if err := tx.PutNest(n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	grow("1") // its current size
	err := put()
	if nest.CodeOf(err) != nest.CodeStoreUnavailable || Cause(err) != CodeDiskFull {
		t.Errorf("got %v", err)
	}
	grow("1000000")
	if err := put(); err != nil {
		t.Errorf("writing fails although there is space again: %v", err)
	}
}

func TestMigrationsAreNumberedFromOne(t *testing.T) {
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range all {
		if m.version != i+1 {
			t.Errorf("%s is number %d in the row", m.name, i+1)
		}
	}
	if Latest() != len(all) || len(all) == 0 {
		t.Errorf("the latest is %d of %d", Latest(), len(all))
	}
}
