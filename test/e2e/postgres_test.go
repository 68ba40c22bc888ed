package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// The same server on a real PostgreSQL. Participants hear each other, and kill -9 loses neither nests nor roles nor
// used signatures.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	s := startServer(t, "NESTS_POSTGRES="+nesttest.Postgres(t))
	host, ann, bob, eve := s.user(), s.user(), s.user(), s.user()
	id, _ := host.create()
	over, _ := host.create()
	if a := host.call(http.MethodDelete, "/"+over, nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}
	host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
	host.mustPermit(id, bob.pubkey, map[string]any{"is_admin": true})
	if a := bob.call(http.MethodDelete, "/"+id+"/participants/"+eve.pubkey,
		map[string]bool{"ban": true}); a.status != 204 {
		t.Fatalf("ban answered %d %s", a.status, a.text)
	}
	url := s.base() + "/api/v1/nests/" + id
	used := ann.header(http.MethodGet, url)
	if a := s.send(http.MethodGet, url, used, nil); a.status != 200 {
		t.Fatalf("join answered %d %s", a.status, a.text)
	}
	talker, listener := hearing(t, host, id)
	before := s.info(id)

	s.kill()
	talker.Leave()
	listener.Leave()
	s.start()

	after := s.info(id)
	for _, field := range []string{"host", "status", "link", "title", "createdAt"} {
		if before.body[field] != after.body[field] {
			t.Errorf("%s was %v, is %v", field, before.body[field], after.body[field])
		}
	}
	if len(after.body["speakers"].([]any)) != 2 || len(after.body["admins"].([]any)) != 2 {
		t.Errorf("roles after kill -9: %s", after.text)
	}
	expectRefusal(t, s.info(over), 404, "nest_ended")
	expectRefusal(t, eve.call(http.MethodGet, "/"+id, nil), 403, "banned")
	expectRefusal(t, s.send(http.MethodGet, url, used, nil), 401, "auth_replayed")
	talker, listener = hearing(t, host, id)
	speaker := nesttest.Speaker(t, s.ws(), ann.join(id))
	nesttest.Eventually(t, 10*time.Second, talker.Hears(ann.pubkey))

	s.stop()
	// A bot that reconnects would displace the next one of the same identity.
	for _, bot := range []interface{ Leave() }{talker, listener, speaker} {
		bot.Leave()
	}
	s.start()
	hearing(t, host, id)
	if _, err := os.Stat(filepath.Join(s.dir, "nests.db")); err == nil {
		t.Error("a server on PostgreSQL made a SQLite file")
	}
}
