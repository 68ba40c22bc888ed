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

// newOperatorRig is a rig with an operator.
func newOperatorRig(t testing.TB, change ...func(*rig)) (*rig, user) {
	t.Helper()
	operator := newUser(t)
	r := newRig(t, append(change, func(r *rig) {
		r.service.Operators = []string{operator.pubkey}
	})...)
	return r, operator
}

const operatorBase = "/api/v1/operator"

func TestOperatorRoutesAreForOperators(t *testing.T) {
	t.Parallel()
	r, operator := newOperatorRig(t)
	other := newUser(t)
	key := strings.Repeat("a", 64)
	fill := strings.NewReplacer("{id}", "00000000-0000-4000-8000-000000000001",
		"{subject}", key, "{key}", key, "{report}", key)
	bodies := map[string]string{"block": `{"subject":"203.0.113.7"}`, "setQuota": `{"nests":1}`}
	routes := r.inner.operatorRoutes()
	for _, row := range routes {
		path := fill.Replace(row.path)
		q := call{method: row.method, path: path, as: other, body: bodies[row.name]}
		if got := r.do(t, q); got.outcome() != "403 operator_only" || got.str("hint") == "" {
			t.Errorf("%s %s by another user: %d %s", row.method, path, got.status, got.text)
		}
		q.as = operator
		want := map[string]int{"block": 201, "operatorEnd": 404}[row.name]
		if got := r.do(t, q); want == 0 && got.status >= 300 || want != 0 && got.status != want {
			t.Errorf("%s %s by an operator: %d %s", row.method, path, got.status, got.text)
		}
	}
	if len(routes) < 15 {
		t.Errorf("%d routes", len(routes))
	}
}

// Every endpoint but /health refuses a blocked address, until the block is lifted.
func TestBlockedAddress(t *testing.T) {
	t.Parallel()
	r, operator := newOperatorRig(t, func(r *rig) {
		r.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
	})
	id := r.create(t, newUser(t), "")
	from := func(addr, path string) answer {
		forwarded := map[string]string{"X-Forwarded-For": addr}
		return r.do(t, call{method: "GET", path: path, from: "192.0.2.1:1", header: forwarded})
	}
	block := `{"subject":"203.0.113.7/24","reason":"scans"}`
	created := r.must(t, call{method: "POST", path: operatorBase + "/blocks", as: operator, body: block})
	if created.str("subject") != "203.0.113.0/24" || created.str("by") != operator.pubkey {
		t.Errorf("the block is %s", created.text)
	}
	for _, path := range []string{
		"/api/v1/config", base, base + "/" + id + "/info", base + "/" + id + "/guest", "/ready", "/relay", "/rtc",
		"/api/nothing",
	} {
		if got := from("203.0.113.200", path); got.outcome() != "403 blocked" || strings.Contains(got.text, "scans") {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
	}
	if got := from("203.0.113.200", "/health"); got.status != 200 {
		t.Errorf("/health: %d %s", got.status, got.text)
	}
	if got := from("203.0.112.200", "/api/v1/config"); got.status != 200 {
		t.Errorf("another address: %d %s", got.status, got.text)
	}
	lift := operatorBase + "/blocks/" + url.PathEscape("203.0.113.0/24")
	r.must(t, call{method: "DELETE", path: lift, as: operator})
	if got := from("203.0.113.200", "/api/v1/config"); got.status != 200 {
		t.Errorf("after the block was lifted: %d %s", got.status, got.text)
	}
}

// A blocked key is refused with a signature, and with a session that it opened before.
func TestBlockedKeyOverHTTP(t *testing.T) {
	t.Parallel()
	r, operator := newOperatorRig(t)
	host := newUser(t)
	id := r.create(t, host, "")
	at := base + "/" + id
	session := r.must(t, call{method: "POST", path: "/api/v1/session", as: host}).header.Get("Set-Cookie")
	cookie, _, _ := strings.Cut(session, ";")
	joined, _, _ := strings.Cut(r.must(t, call{method: "GET", path: at, as: host}).header.Get("Set-Cookie"), ";")
	until := time.UnixMilli(r.clock.Load()).Add(time.Hour)
	block := fmt.Sprintf(`{"subject":%q,"until":%d}`, nip.Npub(host.pubkey), until.UnixMilli())
	r.must(t, call{method: "POST", path: operatorBase + "/blocks", as: operator, body: block})
	for _, q := range []call{
		{method: "PUT", path: base, as: host},
		{method: "GET", path: at, as: host},
		{method: "DELETE", path: at, as: host},
		{method: "POST", path: at + "/mute-all", as: host},
		{method: "POST", path: "/api/v1/session", as: host},
		{method: "GET", path: at, header: map[string]string{"Cookie": cookie}},
		{method: "GET", path: at + "/guest", header: map[string]string{"Cookie": joined}},
	} {
		end := until.UTC().Format("2006-01-02 15:04")
		if got := r.do(t, q); got.outcome() != "403 blocked" || !strings.Contains(got.str("hint"), end) {
			t.Errorf("%s %s: %d %s", q.method, q.path, got.status, got.text)
		}
	}
	r.advance(time.Hour)
	if got := r.do(t, call{method: "GET", path: base + "/" + id, as: host}); got.status != 200 {
		t.Errorf("after the block: %d %s", got.status, got.text)
	}
}

func TestOperatorListsAndEndsNests(t *testing.T) {
	t.Parallel()
	r, operator := newOperatorRig(t)
	host := newUser(t)
	open, private := r.create(t, host, ""), r.create(t, host, `{"access":"private"}`)
	r.livekit.participants[private] = []nest.Participant{{Identity: host.pubkey, Unmuted: true}}
	all := r.must(t, call{method: "GET", path: operatorBase + "/nests", as: operator})
	if !strings.Contains(all.text, open) || !strings.Contains(all.text, private) {
		t.Errorf("nests are %s", all.text)
	}
	inhabited := r.must(t, call{method: "GET", path: operatorBase + "/nests?inhabited=true", as: operator})
	people := `"people":[{"identity":"` + host.pubkey
	if strings.Contains(inhabited.text, open) || !strings.Contains(inhabited.text, people) {
		t.Errorf("inhabited are %s", inhabited.text)
	}
	overview := r.must(t, call{method: "GET", path: operatorBase + "/overview", as: operator})
	if !strings.Contains(overview.text, `"nests":{"live":2,"planned":0,"ended":0},"inside":3,"on_stage":1`) {
		t.Errorf("overview is %s", overview.text)
	}
	r.must(t, call{method: "DELETE", path: operatorBase + "/nests/" + private, as: operator})
	if got := r.do(t, call{method: "GET", path: base + "/" + private, as: host}); got.code() != "nest_ended" {
		t.Errorf("the ended nest: %d %s", got.status, got.text)
	}
	audit := r.must(t, call{method: "GET", path: operatorBase + "/audit?limit=1", as: operator})
	entry := `"actor":"` + operator.pubkey + `","act":"operator_end","nest":"` + private + `","outcome":"done"`
	if !strings.Contains(audit.text, entry) {
		t.Errorf("audit is %s", audit.text)
	}
	nestAudit := r.must(t, call{method: "GET", path: base + "/" + private + "/audit", as: host})
	if !strings.Contains(nestAudit.text, "operator_end") {
		t.Errorf("the audit log of the nest is %s", nestAudit.text)
	}
}
