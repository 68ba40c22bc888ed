package e2e

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/relay"
)

// listening is a browser without a key. It keeps its cookies.
type listening struct {
	s    *server
	http http.Client
}

func (s *server) browser() *listening {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &listening{s, http.Client{Jar: jar, Timeout: 15 * time.Second}}
}

func (b *listening) get(path string) answer {
	b.s.t.Helper()
	res, err := b.http.Get(b.s.base() + "/api/v1/nests" + path)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return b.s.read(res)
}

// createInvite creates an invite and returns its id and its secret.
func (u *user) createInvite(id string, body any) (iid, secret string) {
	u.t.Helper()
	a := u.call(http.MethodPost, "/"+id+"/invites", body)
	if a.status != 201 || a.str("invite") == "" {
		u.t.Fatalf("invites answered %d %s", a.status, a.text)
	}
	u.s.secrets.add(a.str("invite"))
	return a.str("id"), a.str("invite")
}

// A private nest. A non-member gets nothing from any endpoint. An invite admits one user per use, the access survives
// kill -9, and revoking it disconnects the user.
func TestPrivateNest(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	outside := nesttest.NewRelay(t)
	host, ann, bob, eve := s.user(), s.user(), s.user(), s.user()
	id := uuid.NewString()
	a := []string{"a", "30312:" + host.pubkey + ":" + id}
	space := host.space(id, time.Now(), []string{"room", "Family"}, []string{"status", "private"},
		[]string{"relays", outside.URL},
		[]string{"p", host.pubkey, "", "Host"}, []string{"p", bob.pubkey, "", "Speaker"})
	if a := host.call(http.MethodPut, "", map[string]any{"event": space, "access": "private",
		"guests": true}); a.status != 200 {
		t.Fatalf("create answered %d %s", a.status, a.text)
	}
	speaker := nesttest.Speaker(t, s.ws(), host.join(id))
	line := host.sign(1311, time.Now(), "between us", a)

	expectPrivate := func(what string, got answer) {
		t.Helper()
		if got.status != 403 || got.str("code") != "nest_private" {
			t.Errorf("%s: answered %d %s", what, got.status, got.text)
		}
	}
	for _, path := range []string{"/" + id + "/info", "/" + id + "/guest", "/" + id + "/participants"} {
		expectPrivate(path, s.browser().get(path))
	}
	expectPrivate("hls", s.get("/api/v1/live/"+id+"/live.m3u8"))
	expectPrivate("info by a key", eve.call(http.MethodGet, "/"+id+"/info", nil))
	expectPrivate("join", eve.call(http.MethodGet, "/"+id, nil))
	expectPrivate("hand", eve.call(http.MethodPost, "/"+id+"/hand", map[string]bool{"raised": true}))
	expectPrivate("gate", s.get("/rtc?access_token="+s.oldToken(id, eve.pubkey)))
	expectPrivate("gate for guests", s.get("/rtc?access_token="+s.oldToken(id, nest.GuestPrefix+uuid.NewString())))
	if list := s.get("/api/v1/nests"); len(list.body["nests"].([]any)) != 0 {
		t.Errorf("a private nest is listed: %s", list.text)
	}
	seen, err := relay.Dialer{AllowPrivate: true}.Fetch(t.Context(), s.ws()+"/relay",
		nest.EventFilter{Kinds: []int{nest.KindSpace, 1311, nest.KindMeeting, 10312}})
	if err != nil || len(seen) != 0 {
		t.Errorf("without a proof our relay shows %v %v", seen, err)
	}
	if ok, words := s.publish(eve.sign(1311, time.Now(), "let me in", a)); ok ||
		words != "restricted: this nest is private" {
		t.Errorf("a non-member's chat: %v %s", ok, words)
	}
	s.mustPublish(line)

	// Each use admits one user, who keeps access. The next one gets the reason.
	_, once := host.createInvite(id, map[string]any{"max_uses": 1})
	first, second := s.browser(), s.browser()
	guestToken := first.get("/" + id + "/guest?invite=" + once).str("token")
	listener := nesttest.Join(t, s.ws(), guestToken)
	nesttest.Eventually(t, 5*time.Second, listener.Hears(host.pubkey))
	expectRefusal(t, second.get("/"+id+"/guest?invite="+once), 403, "invite_used_up")
	expectRefusal(t, ann.call(http.MethodGet, "/"+id+"?invite="+once, nil), 403, "invite_used_up")
	revoked, of := host.createInvite(id, nil)
	if a := host.call(http.MethodDelete, "/"+id+"/invites/"+revoked, nil); a.status != 204 {
		t.Fatalf("revoke answered %d %s", a.status, a.text)
	}
	expectRefusal(t, ann.call(http.MethodGet, "/"+id+"?invite="+of, nil), 403, "invite_invalid")
	_, many := host.createInvite(id, map[string]any{"max_uses": 5})
	if a := ann.call(http.MethodGet, "/"+id+"?invite="+many, nil); a.status != 200 {
		t.Fatalf("ann with her invite: %d %s", a.status, a.text)
	}

	s.kill()
	listener.Leave() // else it reconnects, and LiveKit drops the new connection of the same guest
	s.start()
	annBot := nesttest.Join(t, s.ws(), ann.join(id)) // ann kept her access
	again := first.get("/" + id + "/guest")
	if again.status != 200 {
		t.Fatalf("the guest after kill -9: %d %s", again.status, again.text)
	}
	guest := nesttest.Join(t, s.ws(), again.str("token"))
	nesttest.Eventually(t, 20*time.Second, func() string {
		if people, _ := first.get("/" + id + "/participants").body["participants"].([]any); len(people) < 2 {
			return fmt.Sprintf("inside are %v", people)
		}
		return ""
	})

	// A user whose access is revoked is disconnected within 5 s, and an older token opens nothing.
	if a := host.call(http.MethodDelete, "/"+id+"/members/"+ann.pubkey, nil); a.status != 204 {
		t.Fatalf("revoke the access: %d %s", a.status, a.text)
	}
	expectGone(t, annBot.Gone(), "ann, whose access was revoked")
	expectPrivate("ann with an old token", s.get("/rtc?access_token="+s.oldToken(id, ann.pubkey)))
	if a := host.call(http.MethodDelete, "/"+id+"/participants/"+guest.Room.LocalParticipant.Identity(),
		nil); a.status != 204 {
		t.Fatalf("remove the guest: %d %s", a.status, a.text)
	}
	expectGone(t, guest.Gone(), "the removed guest")
	expectRefusal(t, first.get("/"+id+"/guest?invite="+many), 403, "banned")
	speaker.Leave()

	if outside.Has(space.ID) || outside.Has(line.ID) {
		t.Error("the space or the chat of a private nest is on an outside relay")
	}
	if meetings := host.meetings(outside.URL, id); len(meetings) != 0 {
		t.Errorf("an outside relay has the meeting of a private nest: %v", meetings)
	}
}

func expectGone(t *testing.T, gone <-chan struct{}, who string) {
	t.Helper()
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Errorf("%s is still inside after 5 s", who)
	}
}

// A link preview shows the title of a nest unless it is private, and user text cannot break out of the attribute.
func TestLinkPreview(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	host := s.user()
	id := uuid.NewString()
	title := `Birds "><script>alert(1)</script>`
	space := host.space(id, time.Now(), []string{"room", title}, []string{"summary", "At dawn"},
		[]string{"status", "open"})
	if a := host.call(http.MethodPut, "", map[string]any{"event": space}); a.status != 200 {
		t.Fatalf("create answered %d %s", a.status, a.text)
	}
	for _, path := range []string{"/n/" + id, "/" + s.info(id).str("link")} {
		page := s.get(path).text
		title := `<meta property="og:title" content="Birds &#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">`
		if !strings.Contains(page, title) ||
			!strings.Contains(page, `content="At dawn"`) || strings.Contains(page, "<script>alert") {
			t.Errorf("%s shows %s", path, page)
		}
	}
	a := host.call(http.MethodPut, "", map[string]any{"access": "private"})
	if page := s.get("/n/" + a.str("roomId")).text; strings.Contains(page, "og:") ||
		!strings.Contains(page, "<title>Nests</title>") {
		t.Errorf("a private nest shows %s", page)
	}
}
