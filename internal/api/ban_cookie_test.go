package api

import (
	"strings"
	"testing"
)

// A banned key does not come back as a guest of the browser that it came with; others there do, and so does it once lifted.
func TestBannedKeyIsNoGuest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, listener := newPerson(t), newPerson(t)
	at := base + "/" + r.create(t, host, "")
	joined := r.must(t, ask{method: "GET", path: at, as: listener})
	set := joined.header.Get("Set-Cookie")
	for _, want := range []string{banCookie + "=" + listener.pubkey + ".", "Path=" + at + "/guest", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q is without %s", set, want)
		}
	}
	pair, _, _ := strings.Cut(set, ";")
	browser := map[string]string{"Cookie": pair}
	guest := func(header map[string]string) answer {
		return r.do(t, ask{method: "GET", path: at + "/guest", header: header})
	}
	if got := guest(browser); got.status != 200 {
		t.Fatalf("before the ban: %d %s", got.status, got.text)
	}
	r.must(t, ask{method: "DELETE", path: at + "/participants/" + listener.pubkey, as: host, body: `{"ban":true}`})
	if got := guest(browser); got.status != 403 || got.code() != "banned" {
		t.Errorf("banned: %d %s", got.status, got.text)
	}
	elsewhere := base + "/" + r.create(t, host, "")
	pair, _, _ = strings.Cut(r.must(t, ask{method: "GET", path: elsewhere, as: listener}).header.Get("Set-Cookie"), ";")
	forged := banCookie + "=" + listener.pubkey // who asks whether somebody else is banned
	for _, cookie := range []string{"", banCookie + "=", banCookie + "=guest-x", forged, forged + ".", forged + "." + strings.Repeat("0", 64), pair} {
		if got := guest(map[string]string{"Cookie": cookie}); got.status != 200 {
			t.Errorf("another browser with %q: %d %s", cookie, got.status, got.text)
		}
	}
	if got := r.do(t, ask{method: "GET", path: at, as: listener}); got.status != 403 || got.header.Get("Set-Cookie") == "" {
		t.Errorf("the refused door forgets who came: %d", got.status)
	}
	r.must(t, ask{method: "DELETE", path: at + "/bans/" + listener.pubkey, as: host})
	if got := guest(browser); got.status != 200 {
		t.Errorf("lifted: %d %s", got.status, got.text)
	}
}

// A key that the operator keeps out is refused before its door, which remembers it all the same.
func TestBlockedKeyIsNoGuest(t *testing.T) {
	t.Parallel()
	r, operator := operated(t)
	blocked := newPerson(t)
	at := base + "/" + r.create(t, newPerson(t), "")
	r.must(t, ask{method: "POST", path: operatorBase + "/blocks", as: operator, body: `{"subject":"` + blocked.pubkey + `"}`})
	refused := r.do(t, ask{method: "GET", path: at, as: blocked})
	pair, rest, _ := strings.Cut(refused.header.Get("Set-Cookie"), ";")
	if refused.code() != "blocked" || !strings.HasPrefix(pair, banCookie+"="+blocked.pubkey+".") || !strings.Contains(rest, "Path="+at+"/guest;") {
		t.Errorf("at its door: %d %s with the cookie %q", refused.status, refused.text, pair)
	}
	if got := r.do(t, ask{method: "GET", path: at + "/guest", header: map[string]string{"Cookie": pair}}); got.status != 403 || got.code() != "blocked" {
		t.Errorf("as a guest of that browser: %d %s", got.status, got.text)
	}
	for _, path := range []string{at + "/members", base + "/nothing"} {
		if got := r.do(t, ask{method: "GET", path: path, as: blocked}); got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie: %d", path, got.status)
		}
	}
}
