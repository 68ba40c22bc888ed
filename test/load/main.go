// Command load measures a real server on this machine: what it answers a second at each door, with 1, 1,000 and 10,000 nests, and
// how that compares with checking signatures alone. It starts bin/nests with a throw-away data folder, talks to loopback
// only, is bounded in requests and time, and stops by itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	binary := flag.String("bin", "bin/nests", "server to measure")
	postgres := flag.String("postgres", "", "URL of an empty PostgreSQL database to use instead of SQLite")
	requests := flag.Int("n", 20_000, "requests of each phase")
	connections := flag.Int("c", 16, "connections at once")
	most := flag.Int("nests", 10_000, "the largest number of nests")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	if err := run(ctx, *binary, *postgres, *requests, *connections, *most); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, postgres string, requests, connections, most int) error {
	server, err := start(ctx, binary, postgres)
	if err != nil {
		return err
	}
	defer server.stop()
	load := &load{server: server, requests: requests, connections: connections, keys: makeKeys(2000)}
	fmt.Printf("start to ready %v, idle memory %d MB\n", server.ready.Round(time.Millisecond), server.memory()>>20)
	raw := load.verifyRate()
	fmt.Printf("signature checks alone, in this process: %.0f/s on one core\n\n", raw)
	fmt.Printf("%8s  %-7s %9s %9s %9s %9s %8s %s\n", "nests", "door", "per s", "p50", "p99", "worst", "refused", "against signature checks")
	for _, nests := range []int{1, 1000, 10_000} {
		if nests > most {
			break
		}
		if err := load.measure(ctx, nests, raw); err != nil {
			return err
		}
	}
	fmt.Printf("\nmemory at the end %d MB\n", server.memory()>>20)
	return nil
}
