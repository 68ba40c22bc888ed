package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// browser stores cookies, and sends them with every request.
type browser struct {
	r       *rig
	cookies map[string]string
}

func (b browser) do(t testing.TB, q call) answer {
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

// An invite admits a guest, who keeps the identity at the next join. After a removal no other invite admits that guest.
func TestGuestByInvite(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	at := base + "/" + r.create(t, host, `{"access":"private"}`)
	made := r.must(t, call{method: "POST", path: at + "/invites", as: host, body: `{"max_uses":1}`})
	secret := made.str("invite")
	b := r.browser()
	if got := b.do(t, call{method: "GET", path: at + "/guest"}); got.code() != "nest_private" {
		t.Fatalf("without an invite: %s", got.text)
	}
	for _, path := range []string{"/info", "/participants"} {
		if got := b.do(t, call{method: "GET", path: at + path}); got.code() != "nest_private" {
			t.Errorf("%s without an invite: %s", path, got.text)
		}
		if got := b.do(t, call{method: "GET", path: at + path + "?invite=" + secret}); got.status != 200 {
			t.Errorf("%s with an invite: %s", path, got.text)
		}
	}
	first := b.do(t, call{method: "GET", path: at + "/guest?invite=" + secret})
	again := b.do(t, call{method: "GET", path: at + "/guest"})
	if first.status != 200 || again.status != 200 ||
		identityOf(first.str("token")) != identityOf(again.str("token")) {
		t.Fatalf("the second join has another identity: %s %s", first.text, again.text)
	}
	for _, path := range []string{"/info", "/participants"} {
		if got := b.do(t, call{method: "GET", path: at + path}); got.status != 200 {
			t.Errorf("%s with access: %s", path, got.text)
		}
	}
	other := r.browser()
	if got := other.do(t, call{method: "GET", path: at + "/guest?invite=" + secret}); got.code() != "invite_used_up" {
		t.Errorf("another browser: %s", got.text)
	}
	more := r.must(t, call{method: "POST", path: at + "/invites", as: host})
	r.must(t, call{method: "DELETE", path: at + "/participants/" + identityOf(first.str("token")), as: host})
	if got := b.do(t, call{method: "GET", path: at + "/guest?invite=" + more.str("invite")}); got.code() != "banned" {
		t.Errorf("removed guest with another invite: %s", got.text)
	}
	r.must(t, call{method: "DELETE", path: at + "/invites/" + more.str("id"), as: host})
	revoked := call{method: "GET", path: at + "/guest?invite=" + more.str("invite")}
	if got := other.do(t, revoked); got.code() != "invite_invalid" {
		t.Errorf("revoked invite: %s", got.text)
	}
	expires := fmt.Sprintf(`{"expires_at":%d}`, r.clock.Load()+60_000)
	soon := r.must(t, call{method: "POST", path: at + "/invites", as: host, body: expires})
	r.advance(2 * time.Minute)
	expired := call{method: "GET", path: at + "/guest?invite=" + soon.str("invite")}
	if got := other.do(t, expired); got.code() != "invite_expired" {
		t.Errorf("expired invite: %s", got.text)
	}
	list := r.must(t, call{method: "GET", path: at + "/invites", as: host})
	if strings.Contains(list.text, secret) || !strings.Contains(list.text, `"uses":1`) {
		t.Errorf("the list of invites: %s", list.text)
	}
}

// An open nest admits guests without a cookie. An invalid cookie counts as none.
func TestGuestCookie(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	at := base + "/" + r.create(t, newUser(t), "")
	got := r.must(t, call{method: "GET", path: at + "/guest"})
	set := strings.Join(got.header.Values("Set-Cookie"), "\n")
	for _, want := range []string{guestCookie + "=", "Path=" + base + "/", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q lacks %s", set, want)
		}
	}
	invalid := map[string]string{"Cookie": guestCookie + "=short"}
	again := r.must(t, call{method: "GET", path: at + "/guest", header: invalid})
	if identityOf(got.str("token")) == identityOf(again.str("token")) {
		t.Error("two browsers have the same guest identity")
	}
}

// A member with access reads a private nest with a signed request or an API session. A non-member cannot read it.
func TestPrivateNestIsReadByMembersOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, ann, nonMember := newUser(t), newUser(t), newUser(t)
	id := r.create(t, host, `{"access":"private"}`)
	at := base + "/" + id
	r.must(t, call{method: "PUT", path: at + "/members/" + ann.pubkey, as: host})
	b := r.browser()
	b.do(t, call{method: "POST", path: "/api/v1/session", as: ann})
	for path, want := range map[string]string{
		at + "/info":                        "200",
		at + "/participants":                "200",
		"/api/v1/live/" + id + "/live.m3u8": "503 hls_unavailable",
	} {
		if got := r.do(t, call{method: "GET", path: path, as: ann}); got.outcome() != want {
			t.Errorf("%s with a signed request: %s", path, got.text)
		}
		if got := b.do(t, call{method: "GET", path: path}); got.outcome() != want {
			t.Errorf("%s with a session: %s", path, got.text)
		}
		if got := r.do(t, call{method: "GET", path: path, as: nonMember}); got.code() != "nest_private" {
			t.Errorf("%s by a non-member: %s", path, got.text)
		}
		broken := map[string]string{"Authorization": "Nostr x"}
		if got := r.do(t, call{method: "GET", path: path, header: broken}); got.status != 401 {
			t.Errorf("%s with a broken signature: %s", path, got.text)
		}
	}
	list := r.must(t, call{method: "GET", path: at + "/members", as: host})
	if !strings.Contains(list.text, ann.pubkey) {
		t.Errorf("the list of members: %s", list.text)
	}
	r.must(t, call{method: "DELETE", path: at + "/members/" + ann.pubkey, as: host})
	if got := r.do(t, call{method: "GET", path: at, as: ann}); got.code() != "nest_private" {
		t.Errorf("after access was revoked: %s", got.text)
	}
	for _, q := range []call{
		{method: "GET", path: at + "/members"},
		{method: "PUT", path: at + "/members/" + nonMember.pubkey},
		{method: "DELETE", path: at + "/members/" + host.pubkey},
		{method: "GET", path: at + "/invites"},
		{method: "POST", path: at + "/invites"},
		{method: "DELETE", path: at + "/invites/x"},
	} {
		q.as = nonMember
		if got := r.do(t, q); got.code() != "forbidden" {
			t.Errorf("%s %s by a non-member: %s", q.method, q.path, got.text)
		}
	}
}
