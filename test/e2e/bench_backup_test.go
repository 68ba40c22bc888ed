package e2e

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/store"
)

// How long a backup of 100,000 nests and its restore take. Each nest has a space and two members.
func BenchmarkBackup(b *testing.B) {
	for _, kind := range []string{store.SQLite, store.Postgres} {
		b.Run(kind, func(b *testing.B) {
			server := func() *server {
				if kind == store.Postgres {
					return newServer(b, "NESTS_POSTGRES="+nesttest.Postgres(b))
				}
				return newServer(b)
			}
			s := server()
			s.start() // creates the keys and the schema
			s.stop()
			seed(b, s, 100_000)
			file := filepath.Join(b.TempDir(), "nests.zip")
			for b.Loop() {
				s.expectCommand(0, "checked", "backup", file)
				took := b.Elapsed()
				server().expectCommand(0, "restored", "restore", file)
				info, err := os.Stat(file)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(took.Seconds(), "backup-s")
				b.ReportMetric((b.Elapsed() - took).Seconds(), "restore-s")
				b.ReportMetric(float64(info.Size())/1e6, "MB")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// seed fills the database of a stopped server. It writes a hundredth of the nests and copies those rows by SQL.
func seed(b *testing.B, s *server, nests int) {
	cfg := store.Config{Path: filepath.Join(s.dir, "nests.db")}
	open := s.openSQLite
	for _, variable := range s.env {
		if url, ok := strings.CutPrefix(variable, "NESTS_POSTGRES="); ok {
			cfg.Postgres = url
			open = func() *sql.DB {
				db, err := sql.Open("pgx", url)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { db.Close() })
				return db
			}
		}
	}
	base, err := store.Open(b.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer base.Close()
	if err := base.Write(b.Context(), func(tx nest.Tx) error { return putNests(tx, nests/100) }); err != nil {
		b.Fatal(err)
	}
	db := open()
	for copied := 1; copied < 100; copied++ {
		for _, table := range []struct{ name, key, other string }{{"nests", "id", ""}, {"members", "nest", ""},
			{"events", "id", "d"}, {"event_tags", "event", ""}} {
			multiply(b, db, table.name, table.key, table.other, fmt.Sprintf("%08x", copied))
		}
	}
}

// multiply copies the rows whose key begins with eight zeros under another prefix.
func multiply(b *testing.B, db *sql.DB, table, key, other, prefix string) {
	rows, err := db.QueryContext(b.Context(), "SELECT * FROM "+table+" LIMIT 0")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		b.Fatal(err)
	}
	values := slices.Clone(columns)
	for i, column := range columns {
		if column == key || column == other {
			values[i] = fmt.Sprintf("'%s' || SUBSTR(%s, 9)", prefix, column)
		}
	}
	execSQL(b, db, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s LIKE '00000000%%'", table,
		strings.Join(columns, ", "),
		strings.Join(values, ", "), table, key))
}

func putNests(tx nest.Tx, nests int) error {
	hex := func(n int) string { return fmt.Sprintf("%064x", n) }
	for i := range nests {
		sig := make([]byte, 64)
		rand.Read(sig)
		n := nest.Nest{ID: fmt.Sprintf("00000000-0000-4000-8000-%012x", i), Host: hex(i), Status: nest.Live,
			Access: nest.Open,
			Title: fmt.Sprintf("Morning coffee, the %dth",
				i), Summary: "What the week brings, and who brings the cake.", CreatedAt: int64(i)}
		e := nest.Event{ID: hex(i + 1), PubKey: n.Host, Kind: nest.KindSpace, CreatedAt: int64(i),
			Sig: fmt.Sprintf("%x", sig),
			Tags: [][]string{{"d", n.ID}, {"room", n.Title}, {"summary", n.Summary}, {"status", "open"},
				{"p", n.Host, "", "Host"}}}
		if err := tx.PutNest(n); err != nil {
			return err
		}
		if _, err := tx.PutEvent(e); err != nil {
			return err
		}
		for m := range 2 {
			if err := tx.PutMember(nest.Member{Nest: n.ID, Pubkey: hex(i + m), Role: nest.RoleMember}); err != nil {
				return err
			}
		}
	}
	return nil
}
