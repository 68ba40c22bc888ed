package store_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

func benchBoth(b *testing.B, bench func(b *testing.B, db *store.DB)) {
	b.Run("sqlite", func(b *testing.B) {
		bench(b, open(b, store.Config{Path: filepath.Join(b.TempDir(), "nests.db")}))
	})
	b.Run("postgres", func(b *testing.B) {
		bench(b, open(b, store.Config{Postgres: postgres.Database(b)}))
	})
}

// BenchmarkReadNest reads what the info endpoint needs: a nest and its members in one snapshot. The aim is 8,000 reads
// a second on two cores.
func BenchmarkReadNest(b *testing.B) {
	benchBoth(b, func(b *testing.B, db *store.DB) {
		write(b, db, func(tx nest.Tx) error {
			for i := range 200 {
				n := nest.Nest{
					ID:     id(i),
					Host:   hex(1),
					Status: nest.Live,
					Access: nest.Open,
					Title:  "A nest",
					Relays: []string{"wss://relay.example"},
				}
				if err := tx.PutNest(n); err != nil {
					return err
				}
				for m := range 5 {
					if err := tx.PutMember(nest.Member{
						Nest:    id(i),
						Pubkey:  hex(m),
						Role:    nest.RoleAdmin,
						OnStage: true,
					}); err != nil {
						return err
					}
				}
			}
			return nil
		})
		var turn atomic.Int64
		b.ReportAllocs()
		b.SetParallelism(16)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				nestID := id(int(turn.Add(1) % 200))
				err := db.Read(b.Context(), func(tx nest.Tx) error {
					if _, err := tx.Nest(nestID); err != nil {
						return err
					}
					members, err := tx.Members(nestID)
					if len(members) != 5 {
						return fmt.Errorf("%d members", len(members))
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
	})
}

// BenchmarkUseAuth has 16 callers. The aim on SQLite is 6,000 uses a second, each on disk.
func BenchmarkUseAuth(b *testing.B) {
	benchBoth(b, func(b *testing.B, db *store.DB) {
		var turn atomic.Int64
		b.SetParallelism(8) // times GOMAXPROCS
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if fresh, err := db.UseAuth(b.Context(), hex(int(turn.Add(1))), 1); err != nil || !fresh {
					b.Fatal(fresh, err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "uses/s")
	})
}

func BenchmarkPutMember(b *testing.B) {
	benchBoth(b, func(b *testing.B, db *store.DB) {
		putNest(b, db, nest.Nest{ID: id(1)})
		var turn atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				m := nest.Member{Nest: id(1), Pubkey: hex(int(turn.Add(1))), OnStage: true}
				if err := db.Write(b.Context(), func(tx nest.Tx) error { return tx.PutMember(m) }); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
	})
}

// BenchmarkQueryChat runs the query of every client that joins: the newest chat of one nest among the chats of many.
func BenchmarkQueryChat(b *testing.B) {
	benchBoth(b, func(b *testing.B, db *store.DB) {
		const nests, each = 20, 300
		for n := range nests {
			write(b, db, func(tx nest.Tx) error {
				for i := range each {
					e := nest.Event{
						ID:        hex(n*each + i + 1),
						PubKey:    hex(i % 90),
						Kind:      1311,
						CreatedAt: int64(i*nests + n),
						Content:   "hello everybody",
						Tags:      [][]string{{"a", address(n)}, {"p", hex(i % 7)}},
					}
					if _, err := tx.PutEvent(e); err != nil {
						return err
					}
				}
				return nil
			})
		}
		filter := nest.EventFilter{Kinds: []int{1311}, Tags: map[string][]string{"a": {address(7)}}, Limit: 50}
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if events, err := db.QueryEvents(b.Context(), filter); err != nil || len(events) != 50 {
					b.Fatal(len(events), err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
	})
}

func address(n int) string { return fmt.Sprintf("30312:%s:%s", hex(1), id(n)) }
