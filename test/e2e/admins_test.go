package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nesttest"
)

// speakers returns the pubkeys on stage from info, sorted.
func (s *server) speakers(id string) []string {
	s.t.Helper()
	a := s.info(id)
	list, _ := a.body["speakers"].([]any)
	keys := make([]string, len(list))
	for i, key := range list {
		keys[i] = key.(string)
	}
	slices.Sort(keys)
	return keys
}

// Two moderators promote the same fifty users at once. Nobody is lost, each change counts once, and the API, the
// database, the room's metadata and LiveKit's permissions agree.
func TestTwoAdminsPromoteFiftyAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, admins := s.user(), []*user{s.user(), s.user()}
	id, token := host.create()
	for _, admin := range admins {
		host.mustPermit(id, admin.pubkey, map[string]any{"is_admin": true})
	}
	talker := nesttest.Speaker(t, s.ws(), token)
	people, bots := make([]*user, 50), map[string]*nesttest.Bot{}
	want := []string{host.pubkey}
	for i := range people {
		people[i] = s.user()
		want = append(want, people[i].pubkey)
		if i%10 == 0 {
			bots[people[i].pubkey] = nesttest.Join(t, s.ws(), people[i].join(id))
		}
	}
	slices.Sort(want)
	listener := s.user()
	bots[listener.pubkey] = nesttest.Join(t, s.ws(), listener.join(id))

	var changed, unchanged atomic.Int32
	var all sync.WaitGroup
	for a, admin := range admins {
		for i := range people {
			person := people[(i+a*25)%50] // the second admin begins in the middle
			all.Go(func() {
				switch a := admin.call(http.MethodPost, "/"+id+"/permissions",
					map[string]any{"participant": person.pubkey, "can_publish": true}); a.status {
				case http.StatusCreated:
					changed.Add(1)
				case http.StatusNoContent:
					unchanged.Add(1)
				default:
					t.Errorf("permissions answered %d %s", a.status, a.text)
				}
			})
		}
	}
	all.Wait()
	if changed.Load() != 50 || unchanged.Load() != 50 {
		t.Errorf("%d promotions changed something and %d nothing", changed.Load(), unchanged.Load())
	}
	if got := s.speakers(id); !slices.Equal(got, want) {
		t.Errorf("info has %d users on stage, not 51: %v", len(got), got)
	}
	nesttest.Eventually(t, 5*time.Second, func() string {
		inside, err := s.livekit().Participants(within(t, 5*time.Second), id)
		if err != nil {
			return err.Error()
		}
		for _, p := range inside {
			if !p.Regular || p.Publish == (p.Identity == listener.pubkey) {
				return fmt.Sprintf("LiveKit's permission of %.8s is wrong: publish %v", p.Identity, p.Publish)
			}
		}
		if len(inside) != len(bots)+1 {
			return fmt.Sprintf("%d participants are inside", len(inside))
		}
		var metadata struct{ Speakers, Admins []string }
		if err := json.Unmarshal([]byte(s.room(id).Metadata), &metadata); err != nil ||
			len(metadata.Speakers) != 51 || len(metadata.Admins) != 3 {
			return fmt.Sprintf("the room's metadata has %d speakers and %d admins: %v", len(metadata.Speakers),
				len(metadata.Admins), err)
		}
		return ""
	})
	promoted := people[0].pubkey
	speakOnStage(t, bots[promoted], 5*time.Second)
	nesttest.Eventually(t, 5*time.Second, bots[listener.pubkey].Hears(promoted))
	nesttest.Eventually(t, 5*time.Second, bots[listener.pubkey].Hears(host.pubkey))

	// Both demote the same speaker at once. Within 5 s no listener hears the speaker, who stays connected. The host
	// is still heard.
	for _, admin := range admins {
		all.Go(func() {
			a := admin.call(http.MethodPost, "/"+id+"/permissions",
				map[string]any{"participant": promoted, "can_publish": false})
			if a.status != http.StatusCreated && a.status != http.StatusNoContent {
				t.Errorf("demotion answered %d %s", a.status, a.text)
			}
		})
	}
	all.Wait()
	nesttest.Eventually(t, 5*time.Second, bots[listener.pubkey].HearsNot(promoted))
	nesttest.Never(t, time.Second, func() string {
		return bots[listener.pubkey].HearsNot(promoted)() + bots[promoted].Reason() + talker.Reason()
	})
	nesttest.Eventually(t, 5*time.Second, bots[listener.pubkey].Hears(host.pubkey))
	want = slices.DeleteFunc(want, func(key string) bool { return key == promoted })
	s.kill()
	s.start()
	if got := s.speakers(id); !slices.Equal(got, want) {
		t.Errorf("after kill -9 %d users are on stage, not 50", len(got))
	}
}

// restartAtOnce calls restart several times at once. Each call must succeed.
func (u *user) restartAtOnce(id string, times int, body any) {
	u.t.Helper()
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			a := u.call(http.MethodPost, "/"+id+"/restart", body)
			endpoints, _ := a.body["endpoints"].([]any)
			if a.status != 200 || a.str("roomId") != id || a.str("token") == "" || a.str("message") == "" ||
				len(endpoints) == 0 {
				u.t.Errorf("restart answered %d %s", a.status, a.text)
			}
		})
	}
	all.Wait()
}

// Two restarts at once count as one. On a live nest they drop nobody, with force they start one new session, and on
// an ended or deleted nest they start one.
func TestTwoRestartsAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host, db := s.user(), s.openStore()
	e := host.space(uuid.NewString(), time.Now(), []string{"room", "Morning coffee"}, []string{"status", "open"},
		[]string{"p", host.pubkey, "", "Host"})
	id := e.Tag("d")
	if a := host.call(http.MethodPut, "", map[string]any{"event": e}); a.status != 200 {
		t.Fatalf("create answered %d %s", a.status, a.text)
	}
	generation := func() int64 {
		t.Helper()
		nests, _, err := db.Snapshot(t.Context(), []string{id})
		if err != nil {
			t.Fatal(err)
		}
		return nests[id].Generation
	}
	talker, listener := hearing(t, host, id)
	before, sid := generation(), s.room(id).SID
	host.restartAtOnce(id, 2, nil)
	nesttest.Never(t, 3*time.Second, func() string { return talker.Reason() + listener.Reason() })
	nesttest.Eventually(t, 5*time.Second, listener.Hears(host.pubkey))
	if now := s.room(id).SID; now != sid || generation() != before {
		t.Errorf("restarts of a live nest made another session: %s → %s", sid, now)
	}

	host.restartAtOnce(id, 2, map[string]bool{"force": true})
	for _, bot := range []*nesttest.Bot{talker, listener} {
		select {
		case <-bot.Gone():
		case <-time.After(5 * time.Second):
			t.Fatal("force left a participant in the old session")
		}
	}
	if now := generation(); now != before+1 {
		t.Errorf("two forced restarts at once made %d sessions", now-before)
	}
	talker, listener = hearing(t, host, id)
	nesttest.Never(t, 6*time.Second, func() string { return talker.Reason() + listener.Reason() })

	if a := host.call(http.MethodDelete, "/"+id, nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}
	before = generation()
	host.restartAtOnce(id, 2, nil)
	if now := generation(); now != before+1 {
		t.Errorf("two restarts of an ended nest at once made %d lives", now-before)
	}
	hearing(t, host, id)

	s.deleteRow(id)
	host.restartAtOnce(id, 2, nil)
	if a := s.info(id); a.str("title") != "Morning coffee" || a.str("host") != host.pubkey || len(s.speakers(id)) != 1 {
		t.Errorf("the adopted nest is %s", a.text)
	}
}
