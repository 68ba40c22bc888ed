package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// raisedHands returns the raised hands of the participants list, by identity.
func (s *server) raisedHands(id string) map[string]float64 {
	s.t.Helper()
	hands := map[string]float64{}
	people, _ := s.get("/api/v1/nests/" + id + "/participants").body["participants"].([]any)
	for _, p := range people {
		person, _ := p.(map[string]any)
		if since, up := person["hand_since"].(float64); up {
			hands[person["identity"].(string)] = since
		}
	}
	return hands
}

// Hands raised by other clients, one by a presence event on an outside relay and one by a request on ours. Both are
// in the queue in order and in the participants' attributes. A grant event from outside promotes a user, who is then
// heard.
func TestHandsOfForeignClients(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	outside := nesttest.NewRelay(t)
	host, ann, bob := s.user(), s.user(), s.user()
	id, _ := host.createAnnounced(time.Now().Add(-time.Hour), "Morning coffee", outside)
	talker := nesttest.Speaker(t, s.ws(), host.join(id))
	annBot := nesttest.Join(t, s.ws(), ann.join(id))
	nesttest.Join(t, s.ws(), bob.join(id))
	nesttest.Eventually(t, 10*time.Second, func() string {
		if outside.Subscriptions() == 0 {
			return "the outside relay is not watched"
		}
		return ""
	})
	a := []string{"a", "30312:" + host.pubkey + ":" + id, outside.URL, "root"}
	waits := func(want ...string) {
		t.Helper()
		nesttest.Eventually(t, 5*time.Second, func() string {
			queue := s.raisedHands(id)
			last := 0.0
			for _, identity := range want {
				if queue[identity] <= last {
					return fmt.Sprintf("the queue is %v; want %v", queue, want)
				}
				last = queue[identity]
			}
			if len(queue) != len(want) {
				return fmt.Sprintf("the queue is %v; want %v", queue, want)
			}
			return ""
		})
	}
	now := time.Now()
	outside.Put(t, ann.sign(10312, now.Add(-4*time.Second), "", a, []string{"hand", "1"}))
	waits(ann.pubkey)
	s.mustPublish(bob.sign(1833, now.Add(-3*time.Second), "", a, []string{"status", "requested"}))
	waits(ann.pubkey, bob.pubkey)
	nesttest.Eventually(t, 5*time.Second, func() string {
		for _, p := range talker.Room.GetRemoteParticipants() {
			if p.Attributes()["hand"] == "" {
				return "LiveKit does not show the hand of " + p.Identity()
			}
		}
		return ""
	})
	s.mustPublish(bob.sign(1833, now.Add(-2*time.Second), "", a, []string{"status", "cancelled"}))
	waits(ann.pubkey)

	// A non-member's grant has no effect. The host's grant promotes once.
	grant := []string{"status", "granted"}
	stranger := s.user().sign(3979, now, "", a, []string{"p", ann.pubkey}, grant)
	outside.Put(t, stranger)
	outside.Put(t, host.sign(3979, now, "", a, []string{"p", ann.pubkey}, grant))
	waits()
	speakOnStage(t, annBot, 5*time.Second)
	nesttest.Eventually(t, 5*time.Second, talker.Hears(ann.pubkey))
	if a := ann.call(http.MethodPost, "/"+id+"/permissions",
		map[string]any{"participant": ann.pubkey, "can_publish": false}); a.status != 201 {
		t.Errorf("stepping down answered %d %s", a.status, a.text)
	}
	// The presence is only repeated.
	outside.Put(t, ann.sign(10312, now.Add(-time.Second), "", a, []string{"hand", "1"}))
	nesttest.Never(t, 3*time.Second, func() string {
		if queue := s.raisedHands(id); len(queue) > 0 {
			return fmt.Sprintf("the queue is %v", queue)
		}
		return ""
	})
}
