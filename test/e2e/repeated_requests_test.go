package e2e

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// Of 50 copies of one signed header one is accepted. After a restart it is still used.
func TestSignedHeaderWorksOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host := s.user()
	id, _ := host.create()
	url := s.base() + "/api/v1/nests/" + id
	header := host.header(http.MethodGet, url)
	var open, replayed atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			switch a := s.send(http.MethodGet, url, header, nil); {
			case a.status == 200:
				open.Add(1)
			case a.status == 401 && a.str("code") == "auth_replayed":
				replayed.Add(1)
			default:
				t.Errorf("answered %d %s", a.status, a.text)
			}
		})
	}
	wg.Wait()
	if open.Load() != 1 || replayed.Load() != 49 {
		t.Errorf("the header opened %d times, was refused as replayed %d times", open.Load(), replayed.Load())
	}
	s.kill()
	s.start()
	expectRefusal(t, s.send(http.MethodGet, url, header, nil), 401, "auth_replayed")
}

// 50 first joins of one key leave one participant and at most one row.
func TestFiftyFirstJoinsOfOneKey(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, ann := s.user(), s.user()
	id, _ := host.create()
	tokens := make([]string, 50)
	var wg sync.WaitGroup
	for i := range tokens {
		wg.Go(func() { tokens[i] = ann.join(id) })
	}
	wg.Wait()
	for _, token := range tokens {
		wg.Go(func() {
			if bot, err := nesttest.Connect(within(t, 15*time.Second), s.ws(), token); err == nil {
				t.Cleanup(bot.Leave)
			}
		})
	}
	wg.Wait()
	nesttest.Eventually(t, 10*time.Second, func() string {
		a := s.get("/api/v1/nests/" + id + "/participants")
		people, _ := a.body["participants"].([]any)
		if len(people) != 1 {
			return "participants: " + a.text
		}
		return ""
	})
	_, members, err := s.openStore().Snapshot(t.Context(), []string{id})
	if err != nil || len(members[id]) > 2 {
		t.Errorf("one who joined left %d rows beside the host's: %v", len(members[id])-1, err)
	}
}

// A restart of a live nest drops nobody. With force everyone gets a new session, and clients that join in the 30 s
// after it stay.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host := s.user()
	id, token := host.create()
	first := nesttest.Speaker(t, s.ws(), token)
	guest := nesttest.Join(t, s.ws(), s.guest(id))
	nesttest.Eventually(t, 10*time.Second, guest.Hears(host.pubkey))
	if a := host.call(http.MethodPost, "/"+id+"/restart", nil); a.status != 200 || a.str("roomId") != id ||
		a.str("token") == "" || a.str("message") == "" {
		t.Fatalf("restart answered %d %s", a.status, a.text)
	}
	nesttest.Never(t, 3*time.Second, func() string {
		if first.Reason() != "" || guest.Reason() != "" {
			return "restart dropped a participant: " + first.Reason() + guest.Reason()
		}
		return ""
	})
	before := s.room(id).SID
	if a := host.call(http.MethodPost, "/"+id+"/restart", map[string]bool{"force": true}); a.status != 200 {
		t.Fatalf("restart with force answered %d %s", a.status, a.text)
	}
	var bots []*nesttest.Bot
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := time.Now()
	enter := func() {
		bot, err := nesttest.Connect(within(t, 20*time.Second), s.ws(), s.guest(id))
		if err != nil {
			t.Errorf("join %v after the restart: %v", time.Since(begin), err)
			return
		}
		t.Cleanup(bot.Leave)
		mu.Lock()
		defer mu.Unlock()
		bots = append(bots, bot)
	}
	for range 10 { // while the old session is being closed
		wg.Go(enter)
	}
	wg.Wait()
	for _, bot := range []*nesttest.Bot{first, guest} {
		select {
		case <-bot.Gone():
		case <-time.After(5 * time.Second):
			t.Fatal("force left a participant in the old session")
		}
	}
	if now := s.room(id).SID; now == before {
		t.Error("force gave the old session again")
	}
	nesttest.Never(t, 33*time.Second, func() string {
		if len(bots) < 20 && time.Since(begin) > time.Duration(len(bots)-9)*3*time.Second {
			enter()
		}
		for _, bot := range bots {
			if bot.Reason() != "" {
				return "a participant who joined after the restart was dropped: " + bot.Reason()
			}
		}
		return ""
	})
	if len(bots) != 20 {
		t.Errorf("%d of 20 are inside", len(bots))
	}
}
