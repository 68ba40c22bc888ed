package api

import (
	"strings"
	"testing"
)

// A banned user cannot return as a guest with the same browser. Other guests can, and so can the user after the ban.
func TestBannedKeyCannotJoinAsGuest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, listener := newUser(t), newUser(t)
	at := base + "/" + r.create(t, host, "")
	joined := r.must(t, call{method: "GET", path: at, as: listener})
	set := joined.header.Get("Set-Cookie")
	for _, want := range []string{
		banCookie + "=" + listener.pubkey + ".", "Path=" + at + "/guest", "HttpOnly", "Secure", "SameSite=Strict",
	} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q lacks %s", set, want)
		}
	}
	pair, _, _ := strings.Cut(set, ";")
	browser := map[string]string{"Cookie": pair}
	guest := func(header map[string]string) answer {
		return r.do(t, call{method: "GET", path: at + "/guest", header: header})
	}
	if got := guest(browser); got.status != 200 {
		t.Fatalf("before the ban: %d %s", got.status, got.text)
	}
	r.must(t, call{method: "DELETE", path: at + "/participants/" + listener.pubkey, as: host, body: `{"ban":true}`})
	if got := guest(browser); got.status != 403 || got.code() != "banned" {
		t.Errorf("banned: %d %s", got.status, got.text)
	}
	other := base + "/" + r.create(t, host, "")
	otherNest := r.must(t, call{method: "GET", path: other, as: listener}).header.Get("Set-Cookie")
	otherNest, _, _ = strings.Cut(otherNest, ";")
	unsigned := banCookie + "=" + listener.pubkey // could query the ban of another user's key
	for _, cookie := range []string{
		"", banCookie + "=", banCookie + "=guest-x",
		unsigned, unsigned + ".", unsigned + "." + strings.Repeat("0", 64), otherNest,
	} {
		if got := guest(map[string]string{"Cookie": cookie}); got.status != 200 {
			t.Errorf("another browser with %q: %d %s", cookie, got.status, got.text)
		}
	}
	refused := r.do(t, call{method: "GET", path: at, as: listener})
	if refused.status != 403 || refused.header.Get("Set-Cookie") == "" {
		t.Errorf("a refused join sets no cookie: %d", refused.status)
	}
	r.must(t, call{method: "DELETE", path: at + "/bans/" + listener.pubkey, as: host})
	if got := guest(browser); got.status != 200 {
		t.Errorf("after the ban: %d %s", got.status, got.text)
	}
}

// A blocked key is refused before it reaches the join handler. The cookie is set all the same.
func TestBlockedKeyCannotJoinAsGuest(t *testing.T) {
	t.Parallel()
	r, operator := newOperatorRig(t)
	blocked := newUser(t)
	at := base + "/" + r.create(t, newUser(t), "")
	block := `{"subject":"` + blocked.pubkey + `"}`
	r.must(t, call{method: "POST", path: operatorBase + "/blocks", as: operator, body: block})
	refused := r.do(t, call{method: "GET", path: at, as: blocked})
	pair, rest, _ := strings.Cut(refused.header.Get("Set-Cookie"), ";")
	if refused.code() != "blocked" || !strings.HasPrefix(pair, banCookie+"="+blocked.pubkey+".") ||
		!strings.Contains(rest, "Path="+at+"/guest;") {
		t.Errorf("join: %d %s with the cookie %q", refused.status, refused.text, pair)
	}
	asGuest := r.do(t, call{method: "GET", path: at + "/guest", header: map[string]string{"Cookie": pair}})
	if asGuest.outcome() != "403 blocked" {
		t.Errorf("as a guest of that browser: %d %s", asGuest.status, asGuest.text)
	}
	for _, path := range []string{at + "/members", base + "/nothing"} {
		if got := r.do(t, call{method: "GET", path: path, as: blocked}); got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie: %d", path, got.status)
		}
	}
}
