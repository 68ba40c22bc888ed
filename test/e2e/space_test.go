package e2e

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nesttest"
)

// publish sends an event to the server's relay and returns the accepted flag and the message of its OK.
func (s *server) publish(e nest.Event) (bool, string) {
	s.t.Helper()
	ctx := within(s.t, 10*time.Second)
	ws, _, err := websocket.Dial(ctx, s.ws()+"/relay", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer ws.CloseNow()
	text, err := json.Marshal([]any{"EVENT", e})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := ws.Write(ctx, websocket.MessageText, text); err != nil {
		s.t.Fatal(err)
	}
	for {
		_, text, err := ws.Read(ctx)
		if err != nil {
			s.t.Fatal(err)
		}
		var answer []any
		if json.Unmarshal(text, &answer) == nil && len(answer) == 4 && answer[0] == "OK" && answer[1] == e.ID {
			return answer[2] == true, answer[3].(string)
		}
	}
}

func (s *server) mustPublish(e nest.Event) {
	s.t.Helper()
	if ok, words := s.publish(e); !ok {
		s.t.Fatalf("our relay refused the event: %s", words)
	}
}

// space returns a signed space (kind 30312) for this server.
func (u *user) space(id string, at time.Time, tags ...[]string) nest.Event {
	return u.sign(nest.KindSpace, at, "", append([][]string{{"d", id}, {"service", u.s.base() + "/api/v1/nests"}},
		tags...)...)
}

func (s *server) info(id string) answer { s.t.Helper(); return s.get("/api/v1/nests/" + id + "/info") }

func (s *server) waitForInfo(id, field, want string, limit time.Duration) {
	s.t.Helper()
	nesttest.Eventually(s.t, limit, func() string {
		if a := s.info(id); a.str(field) != want {
			return field + " is not " + want + ": " + a.text
		}
		return ""
	})
}

// A nest created with its signed space: the create is one transaction, our relay has the space, and the outside relay
// gets it.
func TestCreateWithSpaceIsPublished(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	outside := nesttest.NewRelay(t)
	host, id, now := s.user(), uuid.NewString(), time.Now()
	e := host.space(id, now.Add(-time.Minute), []string{"room", "Morning coffee"}, []string{"status", "open"},
		[]string{"relays", outside.URL}, []string{"p", host.pubkey, "", "Host"})
	a := host.call(http.MethodPut, "", map[string]any{"event": e, "room_id": id})
	if a.status != 200 || a.str("roomId") != id {
		t.Fatalf("create answered %d %s", a.status, a.text)
	}
	if a := s.info(id); a.str("title") != "Morning coffee" {
		t.Errorf("info answered %s", a.text)
	}
	nesttest.Eventually(t, 10*time.Second, func() string {
		if !outside.Has(e.ID) {
			return "the space is not on the outside relay"
		}
		return ""
	})
	if ok, words := s.publish(e); !ok {
		t.Errorf("our relay does not know the space it stored: %s", words)
	}

	// An edit made on the outside relay arrives while a participant is inside.
	nesttest.Join(t, s.ws(), a.str("token"))
	nesttest.Eventually(t, 10*time.Second, func() string {
		if outside.Subscriptions() == 0 {
			return "the outside relay is not watched"
		}
		return ""
	})
	outside.Put(t, host.space(id, now, []string{"room", "Evening tea"}, []string{"status", "open"},
		[]string{"p", host.pubkey, "", "Host"}))
	s.waitForInfo(id, "title", "Evening tea", 5*time.Second)
	if a := s.user().call(http.MethodPut, "", map[string]any{"event": e}); a.status != 400 {
		t.Errorf("another user created with the host's space: %d %s", a.status, a.text)
	}
}

// The first client's edits: promote five by the API, then edit with fewer tags. Nobody leaves the stage; closed ends
// the nest, and open reopens it.
func TestFirstClientsEdits(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	outside := nesttest.NewRelay(t)
	host, admin := s.user(), s.user()
	created := host.call(http.MethodPut, "", map[string]any{"relays": []string{outside.URL}, "hls_stream": true})
	id := created.str("roomId")
	endpoints, _ := created.body["endpoints"].([]any)
	if created.status != 200 || len(endpoints) != 2 {
		t.Fatalf("create answered %d %s", created.status, created.text)
	}
	at := time.Now().Add(-10 * time.Minute)
	edit := func(tags ...[]string) {
		t.Helper()
		at = at.Add(time.Minute)
		e := host.space(id, at, append(tags, []string{"p", host.pubkey, "", "Host"}, []string{"client", "host"})...)
		s.mustPublish(e)
		waitForEvent(t, outside, e, 5*time.Second)
	}
	edit([]string{"room", "Morning coffee"}, []string{"status", "open"}, []string{"t", "coffee"},
		[]string{"starts", strconv.FormatInt(at.Unix(), 10)},
		[]string{"streaming", "wss+livekit://host"}, []string{"streaming", "https://host/live.m3u8"})
	for range 5 {
		host.mustPermit(id, s.user().pubkey, map[string]any{"can_publish": true})
	}
	host.mustPermit(id, admin.pubkey, map[string]any{"is_admin": true})
	edit([]string{"room", "Second coffee"}, []string{"status", "open"})
	a := s.info(id)
	if speakers, _ := a.body["speakers"].([]any); len(speakers) != 6 || a.str("title") != "Second coffee" ||
		a.str("status") != "active" ||
		len(a.body["admins"].([]any)) != 2 || !reflect.DeepEqual(a.body["endpoints"], created.body["endpoints"]) {
		t.Errorf("after the edit: %s; endpoints were %v", a.text, endpoints)
	}
	bot := nesttest.Join(t, s.ws(), s.guest(id))
	at = time.Now().Add(-time.Second) // later than the changes by the API
	s.mustPublish(host.space(id, time.Now().Add(time.Second), []string{"status", "closed"},
		[]string{"room", "Second coffee"}, []string{"p", host.pubkey, "", "Host"}))
	expectRefusal(t, s.info(id), 404, "nest_ended")
	select {
	case <-bot.Gone():
	case <-time.After(5 * time.Second):
		t.Error("a guest is inside 5 s after the host closed the space")
	}
	s.mustPublish(host.space(id, time.Now().Add(2*time.Second), []string{"status", "open"},
		[]string{"room", "Second coffee"}, []string{"p", host.pubkey, "", "Host"}))
	if a := s.info(id); a.status != 200 || a.str("status") != "active" {
		t.Errorf("open did not reopen: %d %s", a.status, a.text)
	}
	host.join(id)
	for name, e := range map[string]nest.Event{
		"an older space of the host": host.space(id, at.Add(-time.Hour), []string{"status", "closed"},
			[]string{"room", "old"}),
		"another user's space": s.user().space(id, time.Now(), []string{"status", "closed"},
			[]string{"room", "mine"}),
		"a moderator's space": admin.space(id, time.Now().Add(3*time.Second), []string{"status", "closed"},
			[]string{"room", "mine"},
			[]string{"p", host.pubkey, "", "Host"}, []string{"p", admin.pubkey, "", "Host"}),
	} {
		s.publish(e)
		if a := s.info(id); a.status != 200 || a.str("title") != "Second coffee" || a.str("host") != host.pubkey ||
			len(s.speakers(id)) != 6 {
			t.Errorf("%s changed the nest: %d %s", name, a.status, a.text)
		}
	}
	deletion := host.sign(nest.KindDeletion, time.Now().Add(3*time.Second), "",
		[]string{"a", "30312:" + host.pubkey + ":" + id})
	s.mustPublish(deletion)
	expectRefusal(t, s.info(id), 404, "nest_ended")
}

// The LiveKit-era client creates by the API, publishes its space, schedules, goes live and closes. The server
// understands its vocabulary.
func TestLiveKitEraClient(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host := s.user()
	id, _ := host.create()
	at := time.Now()
	state := func(status string, more ...[]string) {
		t.Helper()
		at = at.Add(time.Second)
		s.mustPublish(host.sign(nest.KindSpace, at, "",
			append([][]string{{"color", "gradient-3"}, {"d", id}, {"relays", "wss://a.example"},
				{"service", s.base()}, {"status", status}, {"streaming", "wss+livekit://host:443"}, {"title",
					"Morning coffee"}}, more...)...))
	}
	tomorrow := []string{"starts", strconv.FormatInt(at.Add(24*time.Hour).Unix(), 10)}
	state("planned", tomorrow)
	if a := s.info(id); a.str("status") != "planned" || a.str("title") != "Morning coffee" {
		t.Errorf("planned: %s", a.text)
	}
	expectRefusal(t, s.user().call(http.MethodGet, "/"+id, nil), 403, "nest_not_started")
	host.join(id) // backstage
	state("live", tomorrow)
	if a := s.info(id); a.str("status") != "active" {
		t.Errorf("live: %s", a.text)
	}
	s.user().join(id)
	state("ended", []string{"ends", strconv.FormatInt(at.Unix(), 10)})
	expectRefusal(t, s.info(id), 404, "nest_ended")
}
