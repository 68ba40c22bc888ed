package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// load is the state of a run.
type load struct {
	server      *server
	requests    int
	connections int
	keys        []key
	nests       []string // ids; the first belongs to keys[0]
}

type key struct{ secret, pubkey string }

func makeKeys(n int) []key {
	keys := make([]key, n)
	for i := range keys {
		secret := nip.NewKey()
		pubkey, err := nip.PublicKey(secret)
		if err != nil {
			panic(err)
		}
		keys[i] = key{secret, pubkey}
	}
	return keys
}

// request is one call, signed beforehand.
type request struct {
	method, url, authorization, body string
	want                             int
}

func (l *load) api(path string) string { return l.server.base + "/api/v1/nests" + path }

func (l *load) signed(k key, method, url, body string, want int) request {
	e := nest.Event{Kind: 27235, CreatedAt: time.Now().Unix(),
		Tags: [][]string{{"u", url}, {"method", method}, {"nonce", strconv.FormatUint(rand.Uint64(), 36)}}}
	if err := nip.Sign(k.secret, &e); err != nil {
		panic(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return request{method, url, "Nostr " + base64.StdEncoding.EncodeToString(text), body, want}
}

// many creates n requests on all cores.
func many(n int, make1 func(i int) request) []request {
	out := make([]request, n)
	var wg sync.WaitGroup
	var next atomic.Int64
	for range runtime.NumCPU() {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				out[i] = make1(i)
			}
		})
	}
	wg.Wait()
	return out
}

// verifyRate returns how many signatures one core of this process checks per second.
func (l *load) verifyRate() float64 {
	e := nest.Event{Kind: 27235, CreatedAt: time.Now().Unix(), Tags: [][]string{{"u", l.api("")}, {"method", "GET"}}}
	if err := nip.Sign(l.keys[0].secret, &e); err != nil {
		panic(err)
	}
	began, n := time.Now(), 0
	for ; time.Since(began) < time.Second; n++ {
		if nip.Verify(e) != nil {
			panic("a good signature does not verify")
		}
	}
	return float64(n) / time.Since(began).Seconds()
}

// measure creates nests up to the number and runs each phase once.
func (l *load) measure(ctx context.Context, nests int, raw float64) error {
	if missing := nests - len(l.nests); missing > 0 {
		ids := make(chan string, missing)
		reqs := many(missing, func(i int) request {
			return l.signed(l.keys[(len(l.nests)+i)%len(l.keys)], http.MethodPut, l.api(""), `{"relays":[]}`, 200)
		})
		r := l.run(ctx, reqs, func(body []byte) {
			var made struct {
				RoomID string `json:"roomId"`
			}
			if json.Unmarshal(body, &made) == nil {
				ids <- made.RoomID
			}
		})
		close(ids)
		for id := range ids {
			l.nests = append(l.nests, id)
		}
		r.print(nests, "create", raw)
		if len(l.nests) != nests {
			return fmt.Errorf("%d nests were asked for, %d made", nests, len(l.nests))
		}
	}
	seen := l.permissions(ctx)
	any := func() string { return l.nests[rand.IntN(len(l.nests))] }
	l.run(ctx, many(l.requests, func(int) request {
		return request{method: http.MethodGet, url: l.api("/" + any() + "/info"), want: 200}
	}), nil).print(nests, "info", raw)
	l.run(ctx, many(l.requests, func(int) request {
		return request{method: http.MethodGet, url: l.api("/" + any() + "/guest"), want: 200}
	}), nil).print(nests, "guest", raw)
	l.run(ctx, many(l.requests, func(i int) request {
		return l.signed(l.keys[i%len(l.keys)], http.MethodGet, l.api("/"+any()), "", 200)
	}), nil).print(nests, "join", raw)
	changes, lost := seen()
	fmt.Printf("%8d  a permission change each second: %d made, %d not seen in the next info\n", nests, changes, lost)
	if lost > 0 {
		return errors.New("a permission change was not seen")
	}
	return ctx.Err()
}

// permissions changes a permission each second, beside the load, and checks that the next info has the change.
func (l *load) permissions(ctx context.Context) func() (changes, lost int) {
	owner, id := l.owner(ctx)
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	var changes, lost int
	go func() {
		defer close(done)
		client := &http.Client{Timeout: 5 * time.Second}
		for i := 0; ctx.Err() == nil; i++ {
			target := l.keys[1+i%100].pubkey
			on := i/100%2 == 0
			_, status, err := do(ctx, client, l.signed(owner, http.MethodPost, l.api("/"+id+"/permissions"),
				fmt.Sprintf(`{"participant":%q,"can_publish":%v}`, target, on), 201))
			if err == nil && (status == 201 || status == 204) {
				body, _, err := do(ctx, client, request{method: http.MethodGet, url: l.api("/" + id + "/info")})
				changes++
				if err == nil && strings.Contains(string(body), target) != on {
					lost++
				}
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
	return func() (int, int) {
		stop()
		<-done
		return changes, lost
	}
}

// owner returns a nest and the key of its host.
func (l *load) owner(ctx context.Context) (key, string) {
	body, _, err := do(ctx, http.DefaultClient, request{method: http.MethodGet, url: l.api("/" + l.nests[0] + "/info")})
	var info struct{ Host string }
	if err != nil || json.Unmarshal(body, &info) != nil {
		return l.keys[0], l.nests[0]
	}
	for _, k := range l.keys {
		if k.pubkey == info.Host {
			return k, l.nests[0]
		}
	}
	return l.keys[0], l.nests[0]
}

// result is the outcome of one phase.
type result struct {
	took    time.Duration
	times   []time.Duration // of the responses with the wanted status, sorted
	refused map[int]int     // by status; 0: no response
}

// run sends the requests over the configured number of connections. Each connection waits for one response at a time.
func (l *load) run(ctx context.Context, reqs []request, body func([]byte)) result {
	r := result{refused: map[int]int{}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var next atomic.Int64
	began := time.Now()
	for range l.connections {
		wg.Go(func() {
			wire := &wire{host: l.server.host}
			defer wire.close()
			var times []time.Duration
			refused := map[int]int{}
			for i := int(next.Add(1)) - 1; i < len(reqs) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				at := time.Now()
				text, status, err := wire.do(reqs[i])
				if err != nil || status != reqs[i].want {
					refused[status]++
					continue
				}
				times = append(times, time.Since(at))
				if body != nil {
					body(text)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			r.times = append(r.times, times...)
			for status, n := range refused {
				r.refused[status] += n
			}
		})
	}
	wg.Wait()
	r.took = time.Since(began)
	slices.Sort(r.times)
	return r
}

func do(ctx context.Context, client *http.Client, r request) ([]byte, int, error) {
	var reader io.Reader
	if r.body != "" {
		reader = strings.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, reader)
	if err != nil {
		return nil, 0, err
	}
	if r.authorization != "" {
		req.Header.Set("Authorization", r.authorization)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return body, res.StatusCode, err
}

func (r result) print(nests int, door string, raw float64) {
	if len(r.times) == 0 {
		fmt.Printf("%8d  %-7s no response had the wanted status: %v\n", nests, door, r.refused)
		return
	}
	rate := float64(len(r.times)) / r.took.Seconds()
	at := func(share float64) time.Duration {
		return r.times[int(share*float64(len(r.times)-1))].Round(10 * time.Microsecond)
	}
	refused := "0"
	if len(r.refused) > 0 {
		refused = fmt.Sprint(r.refused)
	}
	fmt.Printf("%8d  %-7s %9.0f %9v %9v %9v %8s %.2f\n", nests, door, rate, at(0.5), at(0.99), at(1), refused, rate/raw)
}
