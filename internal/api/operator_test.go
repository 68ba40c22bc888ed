package api

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

// operated is a rig with an operator and a block list.
func operated(t testing.TB, change ...func(*rig)) (*rig, person) {
	t.Helper()
	operator := newPerson(t)
	r := newRig(t, append(change, func(r *rig) {
		r.service.Operators = []string{operator.pubkey}
	})...)
	return r, operator
}

const operatorBase = "/api/v1/operator"

func TestOperatorRoutesAreForOperators(t *testing.T) {
	t.Parallel()
	r, operator := operated(t)
	stranger := newPerson(t)
	fill := strings.NewReplacer("{id}", "00000000-0000-4000-8000-000000000001", "{subject}", strings.Repeat("a", 64), "{key}", strings.Repeat("a", 64), "{report}", strings.Repeat("a", 64))
	bodies := map[string]string{"block": `{"subject":"203.0.113.7"}`, "setQuota": `{"nests":1}`}
	routes := r.inner.operatorRoutes()
	for _, row := range routes {
		path := fill.Replace(row.path)
		if got := r.do(t, ask{method: row.method, path: path, as: stranger, body: bodies[row.name]}); got.status != 403 || got.code() != "operator_only" || got.str("hint") == "" {
			t.Errorf("%s %s by a stranger: %d %s", row.method, path, got.status, got.text)
		}
		want := map[string]int{"block": 201, "operatorEnd": 404}[row.name]
		if got := r.do(t, ask{method: row.method, path: path, as: operator, body: bodies[row.name]}); want == 0 && got.status >= 300 || want != 0 && got.status != want {
			t.Errorf("%s %s by an operator: %d %s", row.method, path, got.status, got.text)
		}
	}
	if len(routes) < 15 {
		t.Errorf("%d routes", len(routes))
	}
}

// A block of an address shuts every door for it but /health, and opens them as soon as it is lifted.
func TestBlockedAddress(t *testing.T) {
	t.Parallel()
	r, operator := operated(t, func(r *rig) { r.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} })
	id := r.create(t, newPerson(t), "")
	from := func(addr, path string) answer {
		return r.do(t, ask{method: "GET", path: path, from: "192.0.2.1:1", header: map[string]string{"X-Forwarded-For": addr}})
	}
	made := r.must(t, ask{method: "POST", path: operatorBase + "/blocks", as: operator, body: `{"subject":"203.0.113.7/24","reason":"scans"}`})
	if made.str("subject") != "203.0.113.0/24" || made.str("by") != operator.pubkey {
		t.Errorf("the block is %s", made.text)
	}
	doors := []string{"/api/v1/config", base, base + "/" + id + "/info", base + "/" + id + "/guest", "/ready", "/relay", "/rtc", "/api/nothing"}
	for _, path := range doors {
		if got := from("203.0.113.200", path); got.status != 403 || got.code() != "blocked" || strings.Contains(got.text, "scans") {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
	}
	if got := from("203.0.113.200", "/health"); got.status != 200 {
		t.Errorf("/health: %d %s", got.status, got.text)
	}
	if got := from("203.0.112.200", "/api/v1/config"); got.status != 200 {
		t.Errorf("another address: %d %s", got.status, got.text)
	}
	r.must(t, ask{method: "DELETE", path: operatorBase + "/blocks/" + url.PathEscape("203.0.113.0/24"), as: operator})
	if got := from("203.0.113.200", "/api/v1/config"); got.status != 200 {
		t.Errorf("after the block was lifted: %d %s", got.status, got.text)
	}
}

// A blocked key is refused wherever it proves itself: with a signature, and with a session from before.
func TestBlockedKeyOverHTTP(t *testing.T) {
	t.Parallel()
	r, operator := operated(t)
	host := newPerson(t)
	id := r.create(t, host, "")
	session := r.must(t, ask{method: "POST", path: "/api/v1/session", as: host}).header.Get("Set-Cookie")
	cookie, _, _ := strings.Cut(session, ";")
	joined, _, _ := strings.Cut(r.must(t, ask{method: "GET", path: base + "/" + id, as: host}).header.Get("Set-Cookie"), ";")
	until := time.UnixMilli(r.clock.Load()).Add(time.Hour)
	r.must(t, ask{method: "POST", path: operatorBase + "/blocks", as: operator, body: fmt.Sprintf(`{"subject":%q,"until":%d}`, nip.Npub(host.pubkey), until.UnixMilli())})
	for _, q := range []ask{
		{method: "PUT", path: base, as: host}, {method: "GET", path: base + "/" + id, as: host}, {method: "DELETE", path: base + "/" + id, as: host},
		{method: "POST", path: base + "/" + id + "/mute-all", as: host}, {method: "POST", path: "/api/v1/session", as: host},
		{method: "GET", path: base + "/" + id, header: map[string]string{"Cookie": cookie}},
		{method: "GET", path: base + "/" + id + "/guest", header: map[string]string{"Cookie": joined}},
	} {
		if got := r.do(t, q); got.status != 403 || got.code() != "blocked" || !strings.Contains(got.str("hint"), until.UTC().Format("2006-01-02 15:04")) {
			t.Errorf("%s %s: %d %s", q.method, q.path, got.status, got.text)
		}
	}
	r.pass(time.Hour)
	if got := r.do(t, ask{method: "GET", path: base + "/" + id, as: host}); got.status != 200 {
		t.Errorf("after its time: %d %s", got.status, got.text)
	}
}

func TestOperatorSeesAndEnds(t *testing.T) {
	t.Parallel()
	r, operator := operated(t)
	host := newPerson(t)
	open, private := r.create(t, host, ""), r.create(t, host, `{"access":"private"}`)
	r.livekit.people[private] = []nest.Participant{{Identity: host.pubkey, Unmuted: true}}
	all := r.must(t, ask{method: "GET", path: operatorBase + "/nests", as: operator})
	if !strings.Contains(all.text, open) || !strings.Contains(all.text, private) {
		t.Errorf("nests are %s", all.text)
	}
	inhabited := r.must(t, ask{method: "GET", path: operatorBase + "/nests?inhabited=true", as: operator})
	if strings.Contains(inhabited.text, open) || !strings.Contains(inhabited.text, `"people":[{"identity":"`+host.pubkey) {
		t.Errorf("inhabited are %s", inhabited.text)
	}
	overview := r.must(t, ask{method: "GET", path: operatorBase + "/overview", as: operator})
	if !strings.Contains(overview.text, `"nests":{"live":2,"planned":0,"ended":0},"inside":3,"on_stage":1`) {
		t.Errorf("overview is %s", overview.text)
	}
	r.must(t, ask{method: "DELETE", path: operatorBase + "/nests/" + private, as: operator})
	if got := r.do(t, ask{method: "GET", path: base + "/" + private, as: host}); got.code() != "nest_ended" {
		t.Errorf("the ended nest: %d %s", got.status, got.text)
	}
	audit := r.must(t, ask{method: "GET", path: operatorBase + "/audit?limit=1", as: operator})
	if !strings.Contains(audit.text, `"actor":"`+operator.pubkey+`","act":"operator_end","nest":"`+private+`","outcome":"done"`) {
		t.Errorf("audit is %s", audit.text)
	}
	if mine := r.must(t, ask{method: "GET", path: base + "/" + private + "/audit", as: host}); !strings.Contains(mine.text, "operator_end") {
		t.Errorf("the host's part is %s", mine.text)
	}
}
