package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// The document has every route and no other. The rig checks every answer against its schemas.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := r.must(t, call{method: "GET", path: "/api/v1/openapi.json"})
	var published struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Responses   map[string]json.RawMessage
			Parameters  []struct{ Name, In string }
			RequestBody any
			Security    []map[string][]string
		}
	}
	if err := json.Unmarshal([]byte(got.text), &published); err != nil {
		t.Fatal(err)
	}
	if published.OpenAPI != "3.1.0" || published.Servers[0].URL != origin {
		t.Errorf("openapi %s of %v", published.OpenAPI, published.Servers)
	}
	ids, described := map[string]bool{}, 0
	for _, operations := range published.Paths {
		described += len(operations)
	}
	routes := r.inner.routes()
	if described != len(routes) {
		t.Errorf("the document has %d operations, the server %d routes", described, len(routes))
	}
	for _, row := range routes {
		op, ok := published.Paths[row.path][strings.ToLower(row.method)]
		switch {
		case !ok:
			t.Errorf("%s %s is not described", row.method, row.path)
		case op.OperationID == "" || ids[op.OperationID] || op.Summary == "":
			t.Errorf("%s %s: operation %q with summary %q", row.method, row.path, op.OperationID, op.Summary)
		case len(op.Parameters) != strings.Count(row.path, "{")+len(strings.Fields(row.query)):
			t.Errorf("%s %s: parameters %v", row.method, row.path, op.Parameters)
		case (op.RequestBody != nil) != (row.body != nil), (len(op.Security) > 0) != (row.auth != authOpen),
			op.Responses["default"] == nil:
			t.Errorf("%s %s: body, security or refusals differ from the route", row.method, row.path)
		}
		ids[op.OperationID] = true
	}
	if strings.Contains(got.text, `"additionalProperties":false`) {
		t.Error("the document makes clients refuse the fields of a later version")
	}
}

// A route refuses a request without a key exactly if its auth requires one.
func TestEveryRouteAuthenticates(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	key := strings.Repeat("a", 64)
	fill := strings.NewReplacer("{id}", uuid.NewString(), "{pubkey}", key, "{identity}", key, "{method}", "x")
	for _, row := range r.inner.routes() {
		if row.handle == nil {
			continue
		}
		got := r.do(t, call{method: row.method, path: fill.Replace(row.path)})
		if (got.status == http.StatusUnauthorized) != (row.auth != authOpen) {
			t.Errorf("%s %s without a key: %d %s", row.method, row.path, got.status, got.text)
		}
		isOpen := row.auth == authOpen && row.name != "checkRoom" && row.name != "closeSession"
		if row.method != http.MethodGet && isOpen {
			t.Errorf("%s %s changes something without a key", row.method, row.path)
		}
	}
}

func TestDocsPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	page := r.must(t, call{method: "GET", path: "/api/docs"})
	if policy := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'self';") {
		t.Errorf("policy is %q", policy)
	}
	for _, forbidden := range []string{"<script", "<style", "style=", "onclick", "http://", "//cdn"} {
		if strings.Contains(page.text, forbidden) {
			t.Errorf("the page contains %s", forbidden)
		}
	}
	for _, row := range r.inner.routes() {
		if !strings.Contains(page.text, "<code>"+row.method+" "+row.path+"</code>") {
			t.Errorf("%s %s is missing on the page", row.method, row.path)
		}
	}
	style := r.must(t, call{method: "GET", path: "/api/docs.css"})
	if !strings.HasPrefix(style.header.Get("Content-Type"), "text/css") {
		t.Errorf("style is %v", style.header)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	got := r.must(t, call{method: "GET", path: "/api/v1/config"})
	want := fmt.Sprintf(`{"version":"test","server_time":%d,`, r.clock.Load()) +
		`"public_urls":["https://nests.example","http://127.0.0.1:5544"],` +
		`"api":"https://nests.example/api/v1/nests","endpoints":["wss+livekit://nests.example"],` +
		`"relay":"wss://nests.example/relay","relays":["wss://relay.example"],`
	if !strings.HasPrefix(got.text, want) {
		t.Errorf("config is %s", got.text)
	}
	plain := PublicConfig{Origins: []string{"http://localhost:5544"}}
	if plain.livekitURL() != "ws+livekit://localhost:5544" {
		t.Errorf("over plain HTTP LiveKit is at %s", plain.livekitURL())
	}
	if (PublicConfig{}).livekitURL() == "" {
		t.Error("without a public URL there is no LiveKit URL")
	}
}

func BenchmarkInfo(b *testing.B) {
	r := newRig(b)
	path := base + "/" + r.create(b, newUser(b), "") + "/info"
	for b.Loop() {
		recorder := httptest.NewRecorder()
		r.handler.ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		if recorder.Code != http.StatusOK {
			b.Fatal(recorder.Code)
		}
	}
}

// BenchmarkJoin measures one signature check, one stored auth id, one read and one token. It does not measure signing.
func BenchmarkJoin(b *testing.B) {
	r := newRig(b)
	host := newUser(b)
	path := base + "/" + r.create(b, host, "")
	for b.Loop() {
		b.StopTimer()
		request := httptest.NewRequest("GET", path, nil)
		request.Header.Set("Authorization", r.auth(b, host, "GET", path))
		recorder := httptest.NewRecorder()
		b.StartTimer()
		r.handler.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusOK {
			b.Fatal(recorder.Code, recorder.Body)
		}
	}
}
