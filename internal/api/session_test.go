package api

import (
	"strings"
	"testing"
	"time"
)

func TestSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	opened := r.must(t, call{method: "POST", path: "/api/v1/session", as: host})
	expires := float64(r.clock.Load() + sessionTTL.Milliseconds())
	if opened.str("pubkey") != host.pubkey || opened.json["expires"] != expires {
		t.Errorf("session: %s", opened.text)
	}
	set := opened.header.Get("Set-Cookie")
	for _, want := range []string{
		sessionCookie + "=", "Path=/api/", "Max-Age=604800", "HttpOnly", "Secure", "SameSite=Strict",
	} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q lacks %s", set, want)
		}
	}
	cookie, _, _ := strings.Cut(set, ";")
	secret := strings.TrimPrefix(cookie, sessionCookie+"=")
	if strings.Contains(opened.text+r.logs.String(), secret) || len(secret) < 43 {
		t.Error("the secret is short, or appears outside the cookie")
	}
	with := func(origin string) map[string]string {
		header := map[string]string{"Cookie": cookie, "Content-Type": "application/json"}
		if origin != "" {
			header["Origin"] = origin
		}
		return header
	}
	created := r.must(t, call{method: "PUT", path: base, header: with(origin)})
	at := base + "/" + created.str("roomId")
	read := func(header map[string]string) call { return call{method: "GET", path: at, header: header} }
	change := func(header map[string]string) call {
		return call{method: "POST", path: at + "/hand", body: `{"raised":true}`, header: header}
	}
	const evil = "https://evil.example"
	both := map[string]string{"Cookie": cookie, "Authorization": "Nostr x"}
	for name, c := range map[string]struct {
		q    call
		want int
	}{
		"own page reads":             {read(with("")), 200},
		"own page reads with Origin": {read(with(origin)), 200},
		"another page reads":         {read(with(evil)), 401},
		"own page changes":           {change(with(origin)), 204},
		"the other origin changes":   {change(with("http://127.0.0.1:5544")), 204},
		"another page changes":       {change(with(evil)), 401},
		"a sandboxed page changes":   {change(with("null")), 401},
		"a change without Origin":    {change(with("")), 401},
		"another page ends the nest": {call{method: "DELETE", path: at, header: with(evil)}, 401},
		"another cookie":             {read(map[string]string{"Cookie": sessionCookie + "=x"}), 401},
		"an empty cookie":            {read(map[string]string{"Cookie": sessionCookie + "="}), 401},
		"a cookie opens no session":  {call{method: "POST", path: "/api/v1/session", header: with(origin)}, 401},
		"a header beats the cookie":  {read(both), 401},
		"another page ends session":  {call{method: "DELETE", path: "/api/v1/session", header: with(evil)}, 401},
		"no session to end":          {call{method: "DELETE", path: "/api/v1/session"}, 204},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.do(t, c.q); got.status != c.want {
				t.Errorf("%d %s, want %d", got.status, got.text, c.want)
			}
		})
	}
	ended := r.must(t, call{method: "DELETE", path: "/api/v1/session", header: with(origin)})
	if set := ended.header.Get("Set-Cookie"); !strings.Contains(set, "Max-Age=0") {
		t.Errorf("the cookie is not deleted: %q", set)
	}
	if got := r.do(t, call{method: "GET", path: at, header: with(origin)}); got.outcome() != "401 auth_session" {
		t.Errorf("after its end: %d %s", got.status, got.text)
	}
}

func TestSessionExpires(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	opened := r.must(t, call{method: "POST", path: "/api/v1/session", as: host})
	cookie, _, _ := strings.Cut(opened.header.Get("Set-Cookie"), ";")
	withOrigin := map[string]string{"Cookie": cookie, "Origin": origin}
	created := r.must(t, call{method: "PUT", path: base, header: withOrigin})
	join := call{method: "GET", path: base + "/" + created.str("roomId"), header: map[string]string{"Cookie": cookie}}
	r.advance(sessionTTL - time.Second)
	r.must(t, join)
	r.advance(2 * time.Second)
	if got := r.do(t, join); got.code() != "auth_session" {
		t.Errorf("after a week: %d %s", got.status, got.text)
	}
}

func TestCookieOverPlainHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	page := map[string]string{"Origin": "http://127.0.0.1:5544"}
	opened := r.must(t, call{method: "POST", path: "/api/v1/session", as: newUser(t), header: page})
	if strings.Contains(opened.header.Get("Set-Cookie"), "Secure") {
		t.Error("the cookie for a page on plain HTTP is Secure, so some browsers would drop it")
	}
}
