package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// createMany creates nests by the API, several at once, and returns their ids.
func (u *user) createMany(n int) map[string]bool {
	u.t.Helper()
	var mu sync.Mutex
	ids := make(map[string]bool, n)
	var all sync.WaitGroup
	const workers = 8
	for range workers {
		all.Go(func() {
			for range n / workers {
				a := u.call(http.MethodPut, "", nil)
				if a.status != 200 {
					u.t.Errorf("create answered %d %s", a.status, a.text)
					return
				}
				mu.Lock()
				ids[a.str("roomId")] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(ids) != n {
		u.t.Fatalf("%d creates made %d ids", n, len(ids))
	}
	return ids
}

// listedNests reads the list of nests page by page. No nest appears twice or out of order.
func (s *server) listedNests() map[string]bool {
	s.t.Helper()
	ids, path, newest := map[string]bool{}, "/api/v1/nests/?limit=100", int64(1<<62)
	for cursor := "&cursor="; cursor != ""; {
		a := s.get(path + cursor)
		page, _ := a.body["nests"].([]any)
		if a.status != 200 {
			s.t.Fatalf("list answered %d %s", a.status, a.text)
		}
		for _, row := range page {
			n := row.(map[string]any)
			id, at := n["roomId"].(string), int64(n["createdAt"].(float64))
			if ids[id] || at > newest {
				s.t.Errorf("the lobby shows %s twice or out of order", id)
			}
			ids[id], newest = true, at
		}
		cursor = ""
		if next := a.str("next"); next != "" {
			cursor = "&cursor=" + next
		}
	}
	return ids
}

// Thousands of nests without participants have no LiveKit room, neither after their creation nor after a restart.
// Each has its info and is in the list, and any of them works like every other.
func TestThousandsOfNests(t *testing.T) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host, many := s.user(), nesttest.Rounds(2000, 10_000)
	begin := time.Now()
	made := host.createMany(many)
	t.Logf("%d nests made in %v", many, time.Since(begin))
	whole := func(when string) {
		t.Helper()
		listed := s.listedNests()
		for id := range made {
			if !listed[id] {
				t.Fatalf("%s: the lobby shows %d nests of %d, not %s", when, len(listed), many, id)
			}
		}
		if len(listed) != many {
			t.Errorf("%s: the lobby shows %d nests of %d", when, len(listed), many)
		}
		asked := 0
		for id := range made {
			if a := s.info(id); a.status != 200 || a.str("host") != host.pubkey || a.str("status") != "active" {
				t.Fatalf("%s: info answered %d %s", when, a.status, a.text)
			}
			if asked++; asked == 500 {
				break
			}
		}
	}
	noRooms := func(when string, during time.Duration) {
		t.Helper()
		nesttest.Never(t, during, func() string {
			if rooms := s.rooms(); len(rooms) != 0 {
				return fmt.Sprintf("%s: %d nests without participants cost %d LiveKit rooms", when, many, len(rooms))
			}
			return ""
		})
	}
	whole("just made")
	noRooms("just made", time.Second) // many full passes of the loop ran during the creation
	s.kill()
	begin = time.Now()
	s.start()
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("ready with %d nests after %v", many, took)
	} else {
		t.Logf("ready with %d nests after %v", many, took)
	}
	whole("after kill -9")
	noRooms("after kill -9", 6*time.Second) // longer than the time between two full passes

	id := ""
	for id = range made {
		break
	}
	hearing(t, host, id)
	nesttest.Eventually(t, 5*time.Second, func() string {
		if rooms := s.rooms(); len(rooms) != 1 || rooms[0].Name != id {
			return fmt.Sprintf("participants in one nest, and LiveKit has %d rooms", len(rooms))
		}
		return ""
	})
}
