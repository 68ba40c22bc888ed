package e2e

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
)

// operation is one operation of the published OpenAPI document.
type operation struct {
	method, path string
	signed, body bool
}

// operations returns all operations of /api/v1/openapi.json.
func (s *server) operations() (all []operation) {
	s.t.Helper()
	var published struct {
		Paths map[string]map[string]struct {
			Security    []map[string][]string
			RequestBody *json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(s.get("/api/v1/openapi.json").text), &published); err != nil {
		s.t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(published.Paths)) {
		for method, o := range published.Paths[path] {
			all = append(all, operation{strings.ToUpper(method), path, len(o.Security) > 0, o.RequestBody != nil})
		}
	}
	if len(all) < 20 {
		s.t.Fatalf("the server publishes %d calls only", len(all))
	}
	return all
}

// at returns the escaped path for a nest and a user.
func (o operation) at(id, user string) string {
	return strings.NewReplacer("{id}", id, "{iid}", uuid.Nil.String(), "{identity}", user, "{pubkey}", user,
		"{subject}", user, "{key}", user, "{report}", user).Replace(o.path)
}

// encoded returns an event as the Authorization header carries it.
func encoded(t testing.TB, e nest.Event) string {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return "Nostr " + base64.StdEncoding.EncodeToString(text)
}

type badHeader struct{ header, code string }

// badHeaders returns headers for a request with this body, each wrong in one way, and the code that each is refused
// with.
func (u *user) badHeaders(method, url string, body []byte) map[string]badHeader {
	now := time.Now()
	signed := func(kind int, at time.Time, tags ...[]string) string {
		return encoded(u.t, u.sign(kind, at, "", tags...))
	}
	good := func() nest.Event {
		return u.sign(27235, now, "", []string{"u", url}, []string{"method", method},
			[]string{"nonce", uuid.NewString()})
	}
	forged := func(change func(*nest.Event)) string {
		e := good()
		change(&e)
		return encoded(u.t, e)
	}
	at, by := []string{"u", url}, []string{"method", method}
	other := map[string]string{"GET": "PUT", "PUT": "POST", "POST": "DELETE", "DELETE": "GET"}[method]
	sum := sha256.Sum256(append(slices.Clone(body), ' '))
	return map[string]badHeader{
		"nothing":              {"", "auth_missing"},
		"another scheme":       {"Bearer " + strings.TrimPrefix(encoded(u.t, good()), "Nostr "), "auth_scheme"},
		"no base64":            {"Nostr ***", "auth_base64"},
		"no JSON":              {"Nostr " + base64.StdEncoding.EncodeToString([]byte("junk")), "auth_json"},
		"cut off":              {encoded(u.t, good())[:206], "auth_json"},
		"a header without end": {"Nostr " + strings.Repeat("A", 20_000), "auth_base64"},
		"another kind":         {signed(1, now, at, by), "auth_kind"},
		"61 s old":             {signed(27235, now.Add(-61*time.Second), at, by), "auth_time"},
		"an hour ahead":        {signed(27235, now.Add(time.Hour), at, by), "auth_time"},
		"no u":                 {signed(27235, now, by), "auth_url_count"},
		"two u":                {signed(27235, now, at, at, by), "auth_url_count"},
		"another path":         {signed(27235, now, []string{"u", url + "/x"}, by), "auth_url"},
		"a slash more":         {signed(27235, now, []string{"u", url + "/"}, by), "auth_url"},
		"a query more":         {signed(27235, now, []string{"u", url + "?a=1"}, by), "auth_url"},
		"another host": {
			header: signed(27235, now, []string{"u",
				strings.Replace(url, "127.0.0.1", "nests.example", 1)}, by),
			code: "auth_url",
		},
		"https": {
			header: signed(27235, now, []string{"u", strings.Replace(url, "http:", "https:", 1)}, by),
			code:   "auth_url",
		},
		"no method":      {signed(27235, now, at), "auth_method_count"},
		"two methods":    {signed(27235, now, at, by, by), "auth_method_count"},
		"another method": {signed(27235, now, at, []string{"method", other}), "auth_method"},
		"another body's hash": {
			header: signed(27235, now, at, by, []string{"payload", hex.EncodeToString(sum[:])}),
			code:   "auth_payload",
		},
		"a foreign id":        {forged(func(e *nest.Event) { e.ID = good().ID }), "auth_id"},
		"another's key":       {forged(func(e *nest.Event) { e.PubKey = u.s.user().pubkey }), "auth_id"},
		"another's signature": {forged(func(e *nest.Event) { e.Sig = good().Sig }), "auth_signature"},
	}
}

// Every operation that needs a signature answers each wrong NIP-98 header with 401 and its reason, and changes
// nothing.
func TestEveryWrongHeader(t *testing.T) {
	t.Parallel()
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host := s.user()
	id, _ := host.create()
	before, user, signedOperations := s.info(id), s.user().pubkey, 0
	for _, o := range s.operations() {
		if !o.signed {
			continue
		}
		signedOperations++
		at, body := s.base()+o.at(id, user), json.RawMessage(`{"force":true}`)
		for name, wrong := range host.badHeaders(o.method, at, body) {
			a := s.send(o.method, at, wrong.header, body)
			if a.status != 401 || a.str("code") != wrong.code || a.str("error") == "" || a.str("hint") == "" ||
				a.body["server_time"] == nil {
				t.Errorf("%s %s, %s: answered %d %s; want %s", o.method, o.path, name, a.status, a.text, wrong.code)
			}
		}
		own, _ := host.create() // the good header takes effect on this nest
		at = s.base() + o.at(own, user)
		used := host.header(o.method, at)
		if a := s.send(o.method, at, used, body); a.status == 401 || a.status >= 500 {
			t.Errorf("%s %s with a good header answered %d %s", o.method, o.path, a.status, a.text)
		}
		expectRefusal(t, s.send(o.method, at, used, body), 401, "auth_replayed")
	}
	if signedOperations < 13 {
		t.Errorf("only %d calls want a signature", signedOperations)
	}
	after := s.info(id)
	// LiveKit may not have answered one of the two calls.
	for _, count := range []string{"participantCount", "on_stage"} {
		delete(before.body, count)
		delete(after.body, count)
	}
	if !reflect.DeepEqual(before.body, after.body) {
		t.Errorf("refused calls changed the nest: %s → %s", before.text, after.text)
	}
}

// malformedBodies returns bodies that no operation accepts, and for each field one with a wrong type.
func malformedBodies(path string) []string {
	bodies := []string{"{", "}", "[]", "0", `"x"`, "null", "{}{}", "{},", "\x00", "{\"\x00\":", "\xff\xfe{}", "junk",
		strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 10_000)}
	fields := map[string][]string{
		"":             {"relays", "hls_stream", "event", "room_id", "access", "guests", "starts_at"},
		"/permissions": {"participant", "can_publish", "mute_microphone", "is_admin"},
		"/restart":     {"force", "event"}, "/hand": {"raised", "participant"}, "/space": {"event"},
		"/participants/{identity}": {"ban"},
	}
	_, door, _ := strings.Cut(strings.TrimPrefix(path, "/api/v1/nests"), "{id}")
	for _, field := range fields[door] {
		bodies = append(bodies, `{"`+field+`":{"id":1}}`, `{"`+field+`":[[1]]}`, `{"`+field+`":1e400}`,
			`{"`+field+`":-1.5}`)
	}
	return bodies
}

// expectAnyRefusal checks for a 4xx in JSON with code, text, hint and request id.
func expectAnyRefusal(t testing.TB, what string, a answer) {
	t.Helper()
	if a.status/100 != 4 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") ||
		a.str("code") == "" || a.str("error") == "" || a.str("hint") == "" || a.str("request_id") == "" {
		t.Errorf("%s: answered %d %s %.200s; want a refusal in JSON", what, a.status, a.header.Get("Content-Type"),
			a.text)
	}
}

// Every operation with a body answers a malformed or too large one with a 4xx in JSON.
func TestEveryMalformedBody(t *testing.T) {
	t.Parallel()
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host := s.user()
	id, _ := host.create()
	calls := 0
	for _, o := range s.operations() {
		if !o.body {
			continue
		}
		calls++
		url := s.base() + o.at(id, s.user().pubkey)
		for _, body := range malformedBodies(o.path) {
			a := s.sendRaw(o.method, url, host.header(o.method, url), strings.NewReader(body))
			expectAnyRefusal(t, fmt.Sprintf("%s %s %.60q", o.method, o.path, body), a)
		}
		most := 70_000
		if o.path == "/api/v1/pictures" {
			most = nest.PictureBytesMax + 1
		}
		big := strings.NewReader(`{"a":"` + strings.Repeat("x", most) + `"}`)
		expectRefusal(t, s.sendRaw(o.method, url, host.header(o.method, url), big), 413, "too_large")
		unsized := struct{ io.Reader }{strings.NewReader(strings.Repeat(" ", most))}
		expectRefusal(t, s.sendRaw(o.method, url, host.header(o.method, url), unsized), 413, "too_large")
	}
	if calls < 6 {
		t.Errorf("only %d calls read a body", calls)
	}
	if a := s.info(id); a.status != 200 || len(a.body["speakers"].([]any)) != 1 {
		t.Errorf("after all that: %d %s", a.status, a.text)
	}
}

// Every malformed path and query under the server's prefixes is answered with a 4xx in JSON, for every method. A
// malformed id is answered like an unknown nest.
func TestEveryMalformedPath(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	host := s.user()
	s.env = []string{"NESTS_RATE_LIMITS=off", "NESTS_OPERATORS=" + host.pubkey}
	s.start()
	id, _ := host.create()
	strange := []string{"x", strings.ToUpper(id), id[:35], id + "0", "%00", "..", "%2e%2e", "..%2f..%2fetc%2fpasswd",
		"%ff%fe", "%F0%9F%8E%A7", "null", "'%20OR%201=1--", "{id}", strings.Repeat("a", 8000)}
	for _, o := range s.operations() {
		if !strings.Contains(o.path, "/{id}") || strings.Contains(o.path, "/live/") {
			continue
		}
		for _, part := range strange {
			path := o.at(part, host.pubkey)
			a := s.raw(o.method, path, host.header(o.method, s.base()+path))
			expectAnyRefusal(t, o.method+" "+path, a)
			if part != ".." && part != "%2e%2e" && (a.status != 404 || a.str("error") != "Room not found") {
				t.Errorf("%s %.200s: answered %d %s", o.method, path, a.status, a.text)
			}
		}
	}
	nests := "/api/v1/nests"
	for _, path := range []string{
		"/api", "/api/", "/api/v1", "/api/v2/nests", "/api//v1/nests", "//api/v1/nests", "/api/v1/nests//", nests +
			"//" + id, nests + "/" + id + "//info", nests + "/" + id + "/info/x",
		nests + "/../config", "/.well-known/x", "/livekit", "/livekit/x", "/twirp/x",
		"/twirp/livekit.Egress/ListEgress", "/webhooks/x", "/rtc/x", "/api/v1/nests%2f" + id,
		nests + "?limit=-1", nests + "?limit=101", nests + "?limit=x", nests + "?status=x", nests + "?host=npub1x",
		nests + "?cursor=x", nests + "?cursor=1.%ff",
		nests + "/" + id + "/participants/%00%00", nests + nests + nests, "/api/" + strings.Repeat("x/", 4000),
	} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "BREW"} {
			expectAnyRefusal(t, method+" "+path[:min(len(path), 100)], s.raw(method, path, ""))
		}
	}
	for _, method := range []string{"POST", "BREW", "PATCH"} {
		if a := s.raw(method, nests, ""); a.status != 405 || a.header.Get("Allow") == "" {
			t.Errorf("%s %s: answered %d %v", method, nests, a.status, a.header)
		}
	}
	// Go's HTTP library itself refuses what is not an HTTP request, with a line of text.
	for _, path := range []string{nests + "/%zz", nests + "/%", "\x00", nests + "/\x7f"} {
		if a := s.raw("GET", path, ""); a.status != 400 {
			t.Errorf("%q: answered %d %s", path, a.status, a.text)
		}
	}
	if a := s.info(id); a.status != 200 {
		t.Errorf("after all that: %d %s", a.status, a.text)
	}
}

// raw sends a request line that no client library would send.
func (s *server) raw(method, path, authorization string) answer {
	s.t.Helper()
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(s.port), 5*time.Second)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	text := method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
	if authorization != "" {
		text += "Authorization: " + authorization + "\r\n"
	}
	if _, err := io.WriteString(conn, text+"\r\n"); err != nil {
		s.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		s.t.Fatalf("%s %.200q: %v", method, path, err)
	}
	return s.read(res)
}
