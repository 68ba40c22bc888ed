package store_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/store"
)

// childOf is the variable that tells a child of TestKilledProcessLosesNothing which database to write to.
const childOf = "NESTS_STORE_TEST_CHILD"

func configOf(database string) store.Config {
	if strings.HasPrefix(database, "postgres:") {
		return store.Config{Postgres: database}
	}
	return store.Config{Path: database}
}

// writeUntilKilled prints an acknowledgement of every write once the store returned success.
func writeUntilKilled(database string) {
	db, err := store.Open(context.Background(), configOf(database), slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	for worker := range 4 {
		go func() {
			for i := 0; ; i++ {
				n := worker*1_000_000 + i
				err := db.Write(context.Background(), func(tx nest.Tx) error {
					if err := tx.PutNest(nest.Nest{ID: id(n), Host: hex(1)}); err != nil {
						return err
					}
					e := event(n+1, nest.KindSpace, hex(1), 5, []string{"d", id(n)})
					if _, err := tx.PutEvent(e); err != nil {
						return err
					}
					return tx.QueueDeliveries(id(n), e, []string{"wss://a"}, 1)
				})
				if err != nil {
					fmt.Println("failed", err)
				}
				fresh, err := db.UseAuth(context.Background(), hex(n), 1<<60)
				if err != nil || !fresh {
					fmt.Println("failed", fresh, err)
				}
				fmt.Println("done", n)
			}
		}()
	}
	select {}
}

// Everything acknowledged survives kill -9 at any instant, and no write is stored in part.
func TestKilledProcessLosesNothing(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{
		"sqlite":   filepath.Join(t.TempDir(), "nests.db"),
		"postgres": postgres.Database(t),
	} {
		t.Run(name, func(t *testing.T) {
			first := open(t, configOf(database))
			for round, kill := range []int{1, 40, 133} {
				expectAll(t, first, writeAndKill(t, database, kill))
				if round == 0 {
					expectAll(t, open(t, configOf(database)), nil)
				}
				if err := first.CheckIntegrity(t.Context()); err != nil {
					t.Error(err)
				}
				write(t, first, func(tx nest.Tx) error { return nil }) // the dead process holds no lock
				wipe(t, first)
			}
		})
	}
}

// writeAndKill kills the child after that many acknowledgements and returns all it acknowledged.
func writeAndKill(t *testing.T, database string, after int) (acknowledged []int) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childOf+"="+database)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer child.Process.Kill()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n := 0
		if _, err := fmt.Sscanf(lines.Text(), "done %d", &n); err != nil {
			t.Fatalf("the child printed %q", lines.Text())
		}
		if acknowledged = append(acknowledged, n); len(acknowledged) == after {
			child.Process.Kill() // and read on: everything it printed before it died counts
		}
	}
	if len(acknowledged) < after {
		t.Fatalf("the child ended by itself after %d", len(acknowledged))
	}
	return acknowledged
}

func expectAll(t *testing.T, db *store.DB, acknowledged []int) {
	t.Helper()
	for _, n := range acknowledged {
		if fresh, err := db.UseAuth(t.Context(), hex(n), 1<<60); fresh || err != nil {
			t.Errorf("the auth id %d is lost: %v", n, err)
		}
		read(t, db, func(tx nest.Tx) error {
			if _, err := tx.Nest(id(n)); err != nil {
				t.Errorf("nest %d: %v", n, err)
			}
			return nil
		})
	}
	expectWhole(t, db)
}

// expectWhole checks that each write is stored with all its rows or none.
func expectWhole(t *testing.T, db *store.DB) {
	t.Helper()
	owed, err := db.DueDeliveries(t.Context(), 1, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	events, err := db.CountEvents(t.Context(), nest.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	read(t, db, func(tx nest.Tx) error {
		nests, err := tx.Nests(nest.NestFilter{})
		if len(nests) != events || len(nests) != len(owed) {
			t.Errorf("%d nests, %d events, %d deliveries", len(nests), events, len(owed))
		}
		return err
	})
}

// wipe empties the tables between two rounds, through the purges of the store.
func wipe(t *testing.T, db *store.DB) {
	t.Helper()
	if err := db.PurgeAuth(t.Context(), 1<<62); err != nil {
		t.Fatal(err)
	}
}
