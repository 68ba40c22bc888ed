package api

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSession(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	opened := r.must(t, ask{method: "POST", path: "/api/v1/session", as: host})
	if opened.str("pubkey") != host.pubkey || opened.json["expires"] != float64(r.clock.Load()+sessionTTL.Milliseconds()) {
		t.Errorf("session: %s", opened.text)
	}
	set := opened.header.Get("Set-Cookie")
	for _, want := range []string{sessionCookie + "=", "Path=/api/", "Max-Age=604800", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q is without %s", set, want)
		}
	}
	cookie, _, _ := strings.Cut(set, ";")
	secret := strings.TrimPrefix(cookie, sessionCookie+"=")
	if strings.Contains(opened.text+r.logs.String(), secret) || len(secret) < 43 {
		t.Error("the secret is short, or told outside the cookie")
	}
	with := func(origin string) map[string]string {
		header := map[string]string{"Cookie": cookie, "Content-Type": "application/json"}
		if origin != "" {
			header["Origin"] = origin
		}
		return header
	}
	created := r.must(t, ask{method: "PUT", path: base, header: with(origin)})
	at := base + "/" + created.str("roomId")
	for name, c := range map[string]struct {
		q    ask
		want int
	}{
		"own page reads":             {ask{method: "GET", path: at, header: with("")}, 200},
		"own page says so":           {ask{method: "GET", path: at, header: with(origin)}, 200},
		"another page reads":         {ask{method: "GET", path: at, header: with("https://evil.example")}, 401},
		"own page changes":           {ask{method: "POST", path: at + "/hand", body: `{"raised":true}`, header: with(origin)}, 204},
		"the other origin changes":   {ask{method: "POST", path: at + "/hand", body: `{"raised":true}`, header: with("http://127.0.0.1:5544")}, 204},
		"another page changes":       {ask{method: "POST", path: at + "/hand", body: `{"raised":true}`, header: with("https://evil.example")}, 401},
		"a sandboxed page changes":   {ask{method: "POST", path: at + "/hand", body: `{"raised":true}`, header: with("null")}, 401},
		"nobody says who changes":    {ask{method: "POST", path: at + "/hand", body: `{"raised":true}`, header: with("")}, 401},
		"a form changes":             {ask{method: "DELETE", path: at, header: with("https://evil.example")}, 401},
		"another cookie":             {ask{method: "GET", path: at, header: map[string]string{"Cookie": sessionCookie + "=x"}}, 401},
		"an empty cookie":            {ask{method: "GET", path: at, header: map[string]string{"Cookie": sessionCookie + "="}}, 401},
		"a cookie opens no session":  {ask{method: "POST", path: "/api/v1/session", header: with(origin)}, 401},
		"a header beats the cookie":  {ask{method: "GET", path: at, header: map[string]string{"Cookie": cookie, "Authorization": "Nostr x"}}, 401},
		"another page ends it":       {ask{method: "DELETE", path: "/api/v1/session", header: with("https://evil.example")}, 401},
		"nothing to end without one": {ask{method: "DELETE", path: "/api/v1/session"}, 204},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.do(t, c.q); got.status != c.want {
				t.Errorf("%d %s, want %d", got.status, got.text, c.want)
			}
		})
	}
	ended := r.must(t, ask{method: "DELETE", path: "/api/v1/session", header: with(origin)})
	if set := ended.header.Get("Set-Cookie"); !strings.Contains(set, "Max-Age=0") {
		t.Errorf("the cookie is not taken back: %q", set)
	}
	if got := r.do(t, ask{method: "GET", path: at, header: with(origin)}); got.status != http.StatusUnauthorized || got.code() != "auth_session" {
		t.Errorf("after its end: %d %s", got.status, got.text)
	}
}

func TestSessionEndsByItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newPerson(t)
	opened := r.must(t, ask{method: "POST", path: "/api/v1/session", as: host})
	cookie, _, _ := strings.Cut(opened.header.Get("Set-Cookie"), ";")
	created := r.must(t, ask{method: "PUT", path: base, header: map[string]string{"Cookie": cookie, "Origin": origin}})
	join := ask{method: "GET", path: base + "/" + created.str("roomId"), header: map[string]string{"Cookie": cookie}}
	r.pass(sessionTTL - time.Second)
	r.must(t, join)
	r.pass(2 * time.Second)
	if got := r.do(t, join); got.code() != "auth_session" {
		t.Errorf("after a week: %d %s", got.status, got.text)
	}
}

func TestCookieOverPlainHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	opened := r.must(t, ask{method: "POST", path: "/api/v1/session", as: newPerson(t), header: map[string]string{"Origin": "http://127.0.0.1:5544"}})
	if strings.Contains(opened.header.Get("Set-Cookie"), "Secure") {
		t.Error("a page on plain loopback gets a cookie that some browsers would not keep")
	}
}
