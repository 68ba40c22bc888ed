// Command load measures a real server on this machine: the requests per second of each endpoint with 1, 1,000 and
// 10,000 nests, on SQLite and on PostgreSQL, compared with the rate of signature checks alone. It starts bin/nests with
// a throw-away data folder, uses loopback only, is bounded in requests and time, and stops by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"nests/internal/nesttest"
)

func main() {
	binary := flag.String("bin", "bin/nests", "server to measure")
	on := flag.String("store", "both", "sqlite, postgres or both")
	requests := flag.Int("n", 20_000, "requests of each phase")
	connections := flag.Int("c", 16, "connections at once")
	most := flag.Int("nests", 10_000, "the largest number of nests")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	load := &load{requests: *requests, connections: *connections, keys: makeKeys(2000)}
	var err error
	if *on != "postgres" {
		err = load.on(ctx, *binary, "", *most)
	}
	if *on != "sqlite" && err == nil {
		err = onPostgres(ctx, load, *binary, *most)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func onPostgres(ctx context.Context, load *load, binary string, most int) error {
	postgres, err := nesttest.StartPostgres()
	if err != nil {
		return err
	}
	defer postgres.Close()
	url, drop, err := postgres.NewDatabase(ctx)
	if err != nil {
		return err
	}
	return errors.Join(load.on(ctx, binary, url, most), drop())
}

// on measures one server on one store: an empty PostgreSQL database, or SQLite.
func (l *load) on(ctx context.Context, binary, postgres string, most int) error {
	server, err := start(ctx, binary, postgres)
	if err != nil {
		return err
	}
	defer server.stop()
	l.server, l.nests = server, nil
	store := "SQLite"
	if postgres != "" {
		store = "PostgreSQL"
	}
	fmt.Printf("\n%s: start to ready %v, idle memory %d MB\n", store, server.ready.Round(time.Millisecond),
		server.memory()>>20)
	raw := l.verifyRate()
	fmt.Printf("signature checks alone, in this process: %.0f/s on one core\n\n", raw)
	fmt.Printf("%8s  %-7s %9s %9s %9s %9s %8s %s\n", "nests", "door", "per s", "p50", "p99", "worst", "refused",
		"against signature checks")
	for _, nests := range []int{1, 1000, 10_000} {
		if nests > most {
			break
		}
		if err := l.measure(ctx, nests, raw); err != nil {
			return err
		}
	}
	fmt.Printf("\nmemory at the end %d MB\n", server.memory()>>20)
	return nil
}
