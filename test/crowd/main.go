// Command crowd fills a nest with real listeners for a browser test. It uses loopback only, and stops when its standard
// input ends, or after five minutes.
//
//	go run ./test/crowd -url http://127.0.0.1:5544 -nest ID -people 100 -hear PUBKEY
//
// It prints "inside N" when all are connected, and "hear N" when all of them hear PUBKEY.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"nests/internal/nesttest"
	"nests/internal/nip"
)

const (
	longest = 5 * time.Minute
	atOnce  = 8 // joins at the same time
)

func main() {
	server := flag.String("url", "http://127.0.0.1:5544", "origin of the server, on loopback")
	id := flag.String("nest", "", "the nest's id")
	people := flag.Int("people", 100, "how many listeners")
	hear := flag.String("hear", "", "pubkey that all listeners must hear")
	flag.Parse()
	ctx, stop := context.WithTimeout(context.Background(), longest)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := run(ctx, *server, *id, *people, *hear); err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, server, id string, people int, hear string) error {
	u, err := url.Parse(server)
	if err != nil || !nip.IsLoopback(u.Hostname()) {
		return fmt.Errorf("%s is not on loopback", server)
	}
	bots := make([]*nesttest.Bot, people)
	defer func() {
		for _, b := range bots {
			if b != nil {
				b.Leave()
			}
		}
	}()
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range bots {
		group.Go(func() (err error) {
			bots[i], err = join(ctx, server, id)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	fmt.Println("inside", people)
	if hear != "" && allHear(ctx, bots, hear) {
		fmt.Println("hear", people)
	}
	<-ctx.Done()
	return nil
}

func join(ctx context.Context, server, id string) (*nesttest.Bot, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server+nip.APIPath+"/"+id+"/guest", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body struct{ Token, Error string }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("guest answered %d: %s", answer.StatusCode, body.Error)
	}
	return nesttest.Connect(ctx, "ws"+strings.TrimPrefix(server, "http"), body.Token)
}

// allHear waits until every bot has decoded sound of that speaker. It returns false when ctx ends before.
func allHear(ctx context.Context, bots []*nesttest.Bot, hear string) bool {
	var heard atomic.Int64
	for _, b := range bots {
		go func() {
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for !b.HearsFrom(hear) {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
			}
			heard.Add(1)
		}()
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for heard.Load() < int64(len(bots)) {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
