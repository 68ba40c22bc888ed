package e2e

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/nip"
	"nests/internal/relay"
)

// meetings returns the meeting events (kind 30313) of a nest on a relay, the newest last.
func (u *user) meetings(url, id string) []nest.Event {
	u.t.Helper()
	filter := nest.EventFilter{Kinds: []int{nest.KindMeeting},
		Tags: map[string][]string{"a": {"30312:" + u.pubkey + ":" + id}}}
	events, err := relay.Dialer{AllowPrivate: true}.Fetch(u.t.Context(), url, filter)
	if err != nil {
		return nil // the relay is down
	}
	return events
}

// waitForMeeting waits until the newest meeting on a relay has the status and the count.
func (u *user) waitForMeeting(r *nesttest.Relay, id, status, count string, limit time.Duration) (e nest.Event) {
	u.t.Helper()
	nesttest.Eventually(u.t, limit, func() string {
		events := u.meetings(r.URL, id)
		if len(events) == 0 {
			return "no meeting is on the outside relay"
		}
		e = events[len(events)-1]
		if e.Tag("status") != status || e.Tag("current_participants") != count {
			return fmt.Sprintf("the meeting has %v", e.Tags)
		}
		return ""
	})
	return e
}

// A show from its plan to its end, as an outside relay sees it. The server signs one event per life, with the number
// of participants. kill -9 loses no event and publishes none twice.
func TestMeetingOfAShow(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	outside := nesttest.NewRelay(t)
	host, ann := s.user(), s.user()
	id, starts := uuid.NewString(), strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	space := host.space(id, time.Now().Add(time.Second), []string{"room", "Morning coffee"},
		[]string{"status", "planned"}, []string{"starts", starts},
		[]string{"relays", outside.URL}, []string{"p", host.pubkey, "", "Host"}, []string{"p", ann.pubkey, "",
			"Speaker"})
	if a := host.call(http.MethodPut, "", map[string]any{"event": space}); a.status != 200 {
		t.Fatalf("create answered %d %s", a.status, a.text)
	}
	planned := host.waitForMeeting(outside, id, "planned", "0", 10*time.Second)
	if planned.PubKey != s.get("/api/v1/config").str("pubkey") || nip.Verify(planned) != nil ||
		planned.Tag("starts") != starts || planned.Tag("title") != "Morning coffee" {
		t.Errorf("planned: %+v", planned)
	}

	bot := nesttest.Join(t, s.ws(), host.join(id)) // backstage
	nesttest.Eventually(t, 10*time.Second, func() string {
		if a := s.info(id); a.body["participantCount"] != 1.0 {
			return "the host is not counted backstage: " + a.text
		}
		return ""
	})
	if a := host.call(http.MethodPost, "/"+id+"/restart", nil); a.status != 200 {
		t.Fatalf("go live answered %d %s", a.status, a.text)
	}
	live := host.waitForMeeting(outside, id, "live", "1", 10*time.Second)
	begin := time.Now()
	people := map[string]string{}
	for _, tag := range live.Tags {
		if tag[0] == "p" {
			people[tag[1]] = tag[3]
		}
	}
	if live.Tag("d") != planned.Tag("d") || people[host.pubkey] != "Host" || people[ann.pubkey] != "Speaker" {
		t.Errorf("live: %v", live.Tags)
	}

	listener := nesttest.Join(t, s.ws(), s.guest(id))
	counted := host.waitForMeeting(outside, id, "live", "2", 90*time.Second)
	if counted.CreatedAt-live.CreatedAt < 60 {
		t.Errorf("the count was said again after %v", time.Since(begin))
	}
	listener.Leave()
	bot.Leave()

	// The end is published once, after kill -9 and an outage of the relay. A restart publishes nothing.
	outside.Set(nesttest.RelayDown, "")
	if a := host.call(http.MethodDelete, "/"+id, nil); a.status != 204 {
		t.Fatalf("end answered %d %s", a.status, a.text)
	}
	s.kill()
	s.start()
	outside.Set(nesttest.RelayUp, "")
	over := host.waitForMeeting(outside, id, "ended", "0", 20*time.Second)
	if over.Tag("ends") == "" || over.Tag("starts") != live.Tag("starts") {
		t.Errorf("ended: %v", over.Tags)
	}
	before := len(host.meetings(outside.URL, id))
	s.stop()
	s.start()
	nesttest.Never(t, 7*time.Second, func() string {
		if after := len(host.meetings(outside.URL, id)); after != before {
			return fmt.Sprintf("%d meetings were said, then %d", before, after)
		}
		return ""
	})
	for _, e := range host.meetings(outside.URL, id) {
		if n := outside.Published(e.ID); n != 1 {
			t.Errorf("a meeting was published %d times: %v", n, e.Tags)
		}
	}
	if ours := host.meetings(s.ws()+"/relay", id); len(ours) != 1 || ours[0].ID != over.ID {
		t.Errorf("our relay has %+v", ours)
	}
}

// A private nest has no meeting on an outside relay.
func TestPrivateNestHasNoMeetingOutside(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	outside := nesttest.NewRelay(t)
	host := s.user()
	id := uuid.NewString()
	e := host.space(id, time.Now().Add(-time.Minute), []string{"room", "Secret"}, []string{"status", "private"},
		[]string{"relays", outside.URL}, []string{"p", host.pubkey, "", "Host"})
	if a := host.call(http.MethodPut, "", map[string]any{"event": e, "access": "private"}); a.status != 200 {
		t.Fatalf("create answered %d %s", a.status, a.text)
	}
	stored := nest.EventFilter{Kinds: []int{nest.KindMeeting}}
	db := s.openStore()
	nesttest.Eventually(t, 10*time.Second, func() string {
		if n, err := db.CountEvents(t.Context(), stored); err != nil || n != 1 {
			return fmt.Sprintf("%d meetings are stored, %v", n, err)
		}
		return ""
	})
	nesttest.Never(t, 7*time.Second, func() string {
		if out, ours := host.meetings(outside.URL, id), host.meetings(s.ws()+"/relay", id); len(out)+len(ours) > 0 {
			return fmt.Sprintf("a non-member sees %v %v", out, ours)
		}
		return ""
	})
}
