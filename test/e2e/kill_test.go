package e2e

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// After kill -9 with participants connected, the nest, its roles and ended nests are unchanged, and listeners hear
// within 3 s of ready.
func TestKillWhileParticipantsAreConnected(t *testing.T) {
	s := startServer(t)
	host, ann, bob := s.user(), s.user(), s.user()
	id, _ := host.create()
	over, _ := host.create()
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	host.mustPermit(id, bob.pubkey, map[string]any{"is_admin": true})
	if a := host.call(http.MethodDelete, "/"+over, nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}
	before := s.get("/api/v1/nests/" + id + "/info")
	var took []time.Duration
	for range nesttest.Rounds(3, 20) {
		talker := nesttest.Speaker(t, s.ws(), host.join(id))
		listener := nesttest.Join(t, s.ws(), s.guest(id))
		nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
		s.kill()
		talker.Leave()
		listener.Leave()
		s.start()
		ready := time.Now()
		talker = nesttest.Speaker(t, s.ws(), host.join(id))
		listener = nesttest.Join(t, s.ws(), s.guest(id))
		nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
		took = append(took, time.Since(ready))
		talker.Leave()
		listener.Leave()
	}
	slices.Sort(took)
	t.Logf("ready to heard: median %v, worst %v", took[len(took)/2], took[len(took)-1])
	if took[len(took)-1] > 3*time.Second {
		t.Errorf("ready to heard took %v", took)
	}
	after := s.get("/api/v1/nests/" + id + "/info")
	for _, field := range []string{"host", "status", "link", "title"} {
		if before.body[field] != after.body[field] {
			t.Errorf("%s was %v, is %v", field, before.body[field], after.body[field])
		}
	}
	if len(after.body["speakers"].([]any)) != 2 || len(after.body["admins"].([]any)) != 2 {
		t.Errorf("roles after kill -9: %s", after.text)
	}
	expectRefusal(t, s.get("/api/v1/nests/"+over+"/info"), 404, "nest_ended")
}

// Everything that was answered with 2xx exists after kill -9 at any instant.
func TestAcceptedSurvivesKill(t *testing.T) {
	t.Parallel()
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host := s.user()
	for range nesttest.Rounds(2, 10) {
		ids := make(chan string, 1000)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				req, _ := http.NewRequestWithContext(ctx, http.MethodPut, s.base()+"/api/v1/nests", nil)
				req.Header.Set("Authorization", host.header(http.MethodPut, s.base()+"/api/v1/nests"))
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					return
				}
				if id := decodeRoomID(res); id != "" {
					ids <- id
				}
			}
		}()
		var made []string
		for len(made) < 20 {
			made = append(made, <-ids)
		}
		s.kill()
		stop()
		<-done
		s.start()
		for len(ids) > 0 {
			made = append(made, <-ids)
		}
		for _, id := range made {
			if a := s.get("/api/v1/nests/" + id + "/info"); a.status != 200 {
				t.Errorf("a nest that was answered 200 is lost: %d %s", a.status, a.text)
			}
		}
	}
}
