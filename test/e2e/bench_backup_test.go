package e2e

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/store"
)

// How long a backup of 100,000 nests takes, and its way back: each nest with its space and two members, as a server has it that has
// run for years.
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
			s.start() // makes the keys and the schema
			s.stop()
			seed(b, s, 100_000)
			file := filepath.Join(b.TempDir(), "nests.zip")
			for b.Loop() {
				s.command(0, "checked", "backup", file)
				took := b.Elapsed()
				server().command(0, "restored", "restore", file)
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

// seed fills the database of a server that does not run.
func seed(b *testing.B, s *server, nests int) {
	cfg := store.Config{Path: filepath.Join(s.dir, "nests.db")}
	for _, variable := range s.env {
		fmt.Sscanf(variable, "NESTS_POSTGRES=%s", &cfg.Postgres)
	}
	db, err := store.Open(b.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	hex := func(n int) string { return fmt.Sprintf("%064x", n) }
	for first := 0; first < nests; first += 100 {
		err := db.Write(b.Context(), func(tx nest.Tx) error {
			for i := first; i < first+100; i++ {
				n := nest.Nest{ID: fmt.Sprintf("00000000-0000-4000-8000-%012x", i), Host: hex(i % 1000), Status: nest.Live, Access: nest.Open,
					Title: fmt.Sprintf("Morning coffee, the %dth", i), Summary: "What the week brings, and who brings the cake.", CreatedAt: int64(i)}
				e := nest.Event{ID: hex(i + 1<<30), PubKey: n.Host, Kind: nest.KindSpace, CreatedAt: int64(i), Sig: hex(i) + hex(i),
					Tags: [][]string{{"d", n.ID}, {"room", n.Title}, {"summary", n.Summary}, {"status", "open"}, {"p", n.Host, "", "Host"}}}
				if err := tx.PutNest(n); err != nil {
					return err
				}
				if _, err := tx.PutEvent(e); err != nil {
					return err
				}
				for m := range 2 {
					if err := tx.PutMember(nest.Member{Nest: n.ID, Pubkey: hex(i%1000 + m), Role: nest.RoleMember}); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
