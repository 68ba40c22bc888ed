package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// browser keeps the cookies it is given.
type browser struct {
	r       *rig
	cookies map[string]string
}

func (b browser) ask(t testing.TB, q ask) answer {
	t.Helper()
	var pairs []string
	for name, value := range b.cookies {
		pairs = append(pairs, name+"="+value)
	}
	q.header = map[string]string{"Cookie": strings.Join(pairs, "; ")}
	got := b.r.do(t, q)
	for _, set := range got.header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(set, ";")
		name, value, _ := strings.Cut(pair, "=")
		b.cookies[name] = value
	}
	return got
}

func (r *rig) browser() browser { return browser{r, map[string]string{}} }

func identityOf(token string) string { return strings.Split(token, ":")[2] }

// A guest is let in by an invite, is the same guest at the next join, and is kept out by the removal also with another invite.
func TestGuestByInvite(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	at := base + "/" + r.create(t, host, `{"access":"private"}`)
	made := r.must(t, ask{method: "POST", path: at + "/invites", as: host, body: `{"max_uses":1}`})
	secret := made.str("invite")
	b := r.browser()
	if got := b.ask(t, ask{method: "GET", path: at + "/guest"}); got.code() != "nest_private" {
		t.Fatalf("without an invite: %s", got.text)
	}
	for _, path := range []string{"/info", "/participants"} {
		if got := b.ask(t, ask{method: "GET", path: at + path}); got.code() != "nest_private" {
			t.Errorf("%s without an invite: %s", path, got.text)
		}
		if got := b.ask(t, ask{method: "GET", path: at + path + "?invite=" + secret}); got.status != 200 {
			t.Errorf("%s with it: %s", path, got.text)
		}
	}
	first := b.ask(t, ask{method: "GET", path: at + "/guest?invite=" + secret})
	again := b.ask(t, ask{method: "GET", path: at + "/guest"})
	if first.status != 200 || again.status != 200 || identityOf(first.str("token")) != identityOf(again.str("token")) {
		t.Fatalf("the same guest twice: %s %s", first.text, again.text)
	}
	for _, path := range []string{"/info", "/participants"} {
		if got := b.ask(t, ask{method: "GET", path: at + path}); got.status != 200 {
			t.Errorf("%s once inside: %s", path, got.text)
		}
	}
	other := r.browser()
	if got := other.ask(t, ask{method: "GET", path: at + "/guest?invite=" + secret}); got.code() != "invite_used_up" {
		t.Errorf("another browser: %s", got.text)
	}
	more := r.must(t, ask{method: "POST", path: at + "/invites", as: host})
	r.must(t, ask{method: "DELETE", path: at + "/participants/" + identityOf(first.str("token")), as: host})
	if got := b.ask(t, ask{method: "GET", path: at + "/guest?invite=" + more.str("invite")}); got.code() != "banned" {
		t.Errorf("removed, with another invite: %s", got.text)
	}
	r.must(t, ask{method: "DELETE", path: at + "/invites/" + more.str("id"), as: host})
	if got := other.ask(t, ask{method: "GET", path: at + "/guest?invite=" + more.str("invite")}); got.code() != "invite_invalid" {
		t.Errorf("revoked: %s", got.text)
	}
	soon := r.must(t, ask{method: "POST", path: at + "/invites", as: host, body: fmt.Sprintf(`{"expires_at":%d}`, r.clock.Load()+60_000)})
	r.pass(2 * time.Minute)
	if got := other.ask(t, ask{method: "GET", path: at + "/guest?invite=" + soon.str("invite")}); got.code() != "invite_expired" {
		t.Errorf("expired: %s", got.text)
	}
	list := r.must(t, ask{method: "GET", path: at + "/invites", as: host})
	if strings.Contains(list.text, secret) || !strings.Contains(list.text, `"uses":1`) {
		t.Errorf("the list: %s", list.text)
	}
}

// A cookie is not asked of a guest where everybody may listen, and one that is no cookie of ours is as none.
func TestGuestCookie(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := base + "/" + r.create(t, newPerson(t), "")
	got := r.must(t, ask{method: "GET", path: at + "/guest"})
	set := strings.Join(got.header.Values("Set-Cookie"), "\n")
	for _, want := range []string{guestCookie + "=", "Path=" + base + "/", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q is without %s", set, want)
		}
	}
	again := r.must(t, ask{method: "GET", path: at + "/guest", header: map[string]string{"Cookie": guestCookie + "=short"}})
	if identityOf(got.str("token")) == identityOf(again.str("token")) {
		t.Error("two browsers are one guest")
	}
}

// Whoever has a place reads a private nest by a signed request or by the API session, nobody else does.
func TestPrivateNestAsksWhoReads(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, ann, stranger := newPerson(t), newPerson(t), newPerson(t)
	id := r.create(t, host, `{"access":"private"}`)
	at := base + "/" + id
	r.must(t, ask{method: "PUT", path: at + "/members/" + ann.pubkey, as: host})
	b := r.browser()
	b.ask(t, ask{method: "POST", path: "/api/v1/session", as: ann})
	for path, want := range map[string]string{at + "/info": "200", at + "/participants": "200",
		"/api/v1/live/" + id + "/live.m3u8": "503 hls_unavailable"} {
		said := func(got answer) string { return strings.TrimSpace(fmt.Sprint(got.status, " ", got.code())) }
		if got := r.do(t, ask{method: "GET", path: path, as: ann}); said(got) != want {
			t.Errorf("%s by a place: %s", path, got.text)
		}
		if got := b.ask(t, ask{method: "GET", path: path}); said(got) != want {
			t.Errorf("%s by a session: %s", path, got.text)
		}
		if got := r.do(t, ask{method: "GET", path: path, as: stranger}); got.code() != "nest_private" {
			t.Errorf("%s by a stranger: %s", path, got.text)
		}
		if got := r.do(t, ask{method: "GET", path: path, header: map[string]string{"Authorization": "Nostr x"}}); got.status != 401 {
			t.Errorf("%s with a broken signature: %s", path, got.text)
		}
	}
	list := r.must(t, ask{method: "GET", path: at + "/members", as: host})
	if !strings.Contains(list.text, ann.pubkey) {
		t.Errorf("the places: %s", list.text)
	}
	r.must(t, ask{method: "DELETE", path: at + "/members/" + ann.pubkey, as: host})
	if got := r.do(t, ask{method: "GET", path: at, as: ann}); got.code() != "nest_private" {
		t.Errorf("the place was taken: %s", got.text)
	}
	for _, q := range []ask{{method: "GET", path: at + "/members"}, {method: "PUT", path: at + "/members/" + stranger.pubkey},
		{method: "DELETE", path: at + "/members/" + host.pubkey}, {method: "GET", path: at + "/invites"},
		{method: "POST", path: at + "/invites"}, {method: "DELETE", path: at + "/invites/x"}} {
		q.as = stranger
		if got := r.do(t, q); got.code() != "forbidden" {
			t.Errorf("%s %s by a stranger: %s", q.method, q.path, got.text)
		}
	}
}
