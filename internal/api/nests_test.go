package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
)

func encode(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Each body leads to a status, to a text that the answer contains, and to one that it must not contain.
func TestCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, other := newUser(t), newUser(t)
	taken, id := uuid.NewString(), uuid.NewString()
	r.must(t, call{method: "PUT", path: base, as: other, body: `{"event":` + encode(t, r.space(t, other, taken)) + `}`})
	space := r.space(t, host, id)
	broken := space
	broken.Content = "changed after signing"
	note := host.sign(t, nest.Event{Kind: 1, CreatedAt: space.CreatedAt, Tags: [][]string{{"d", id}}})
	withNUL := r.space(t, host, uuid.NewString(), []string{"summary", "a\x00b"})
	future := host.sign(t, nest.Event{Kind: nest.KindSpace, CreatedAt: space.CreatedAt + 1000, Tags: space.Tags})
	event := func(e nest.Event, more string) string { return `{"event":` + encode(t, e) + more + `}` }
	relays := func(n int) string {
		return `{"relays":["wss://r.example` + strings.Repeat(`","wss://r.example`, n-1) + `"]}`
	}
	fresh := uuid.NewString()
	published := `{"relays":["wss://a.example","ws://b.example:7777/path"],"hls_stream":true}`
	for name, c := range map[string]struct {
		body string
		want int
		has  string
		not  string
	}{
		"nothing":                  {"", 200, `"endpoints":["wss+livekit://nests.example"]`, "live.m3u8"},
		"an empty object":          {" {} \n", 200, `"token":"secrettoken:`, `"message"`},
		"as published clients":     {published, 200, "/live.m3u8", ""},
		"unknown fields":           {`{"relays":[],"hls_stream":false,"x":{"y":[1]}}`, 200, "roomId", ""},
		"null fields":              {`{"relays":null,"hls_stream":null,"guests":null,"event":null}`, 200, "roomId", ""},
		"20 relays":                {relays(20), 200, "roomId", ""},
		"21 relays":                {relays(21), 400, `"code":"invalid_relays"`, ""},
		"a relay by http":          {`{"relays":["wss://a.example","https://b.example"]}`, 400, "relays[1]", ""},
		"an empty relay URL":       {`{"relays":[""]}`, 400, "relays[0]", ""},
		"relays as text":           {`{"relays":"wss://a.example"}`, 400, `"code":"invalid_relays"`, ""},
		"relays as numbers":        {`{"relays":[1]}`, 400, `"code":"invalid_relays"`, ""},
		"hls_stream as text":       {`{"hls_stream":"yes"}`, 400, `"code":"invalid_hls_stream"`, ""},
		"an unknown access":        {`{"access":"secret"}`, 400, `"code":"invalid_access"`, ""},
		"guests as a number":       {`{"guests":1}`, 400, `"code":"invalid_guests"`, ""},
		"starts_at as text":        {`{"starts_at":"soon"}`, 400, `"code":"invalid_starts_at"`, ""},
		"starts_at below zero":     {`{"starts_at":-1}`, 400, `"code":"invalid_starts_at"`, ""},
		"starts_at out of range":   {`{"starts_at":1e30}`, 400, `"code":"invalid_starts_at"`, ""},
		"starts_at at the edge":    {`{"starts_at":9223372036854775807}`, 400, `"code":"invalid_starts_at"`, ""},
		"room_id without event":    {`{"room_id":"` + fresh + `"}`, 400, `"code":"invalid_room_id"`, ""},
		"room_id is not a UUID":    {event(space, `,"room_id":"x"`), 400, `"code":"invalid_room_id"`, ""},
		"room_id of another d":     {event(space, `,"room_id":"`+fresh+`"`), 400, `"code":"invalid_event"`, ""},
		"a broken event":           {event(broken, ""), 400, `"code":"invalid_event"`, ""},
		"half an event":            {`{"event":{"kind":30312}}`, 400, `"code":"invalid_event"`, ""},
		"an event as text":         {`{"event":"x"}`, 400, `"code":"invalid_event"`, ""},
		"another's event":          {event(r.space(t, other, fresh), ""), 400, `"code":"invalid_event"`, ""},
		"an event of another kind": {event(note, ""), 400, `"code":"invalid_event"`, ""},
		"d is not a UUID":          {event(r.space(t, host, "my-room"), ""), 400, `"code":"invalid_event"`, ""},
		"another's id":             {event(r.space(t, host, taken), ""), 409, `"code":"id_taken"`, ""},
		"an event with NUL":        {event(withNUL, ""), 400, `"code":"invalid_event"`, ""},
		"an event from the future": {event(future, ""), 400, `"code":"invalid_event"`, ""},
		"a space, its id from d":   {event(space, ""), 200, `"roomId":"` + id + `"`, ""},
		"the same again":           {event(space, `,"room_id":"`+id+`"`), 200, `"roomId":"` + id + `"`, ""},
		"not JSON":                 {"relays=wss://a.example", 400, `"code":"invalid_body"`, ""},
		"a list":                   {"[]", 400, `"code":"invalid_body"`, ""},
		"null":                     {"null", 400, `"code":"invalid_body"`, ""},
		"two objects":              {"{} {}", 400, `"code":"invalid_body"`, ""},
		"half an object":           {`{"relays":[`, 400, `"code":"invalid_body"`, ""},
		"a NUL":                    {"{}\x00", 400, `"code":"invalid_body"`, ""},
		"deep nesting":             {`{"x":` + strings.Repeat("[", 20_000), 400, `"code":"invalid_body"`, ""},
		"the largest body":         {`{"x":"` + strings.Repeat("a", bodyMax-8) + `"}`, 200, "roomId", ""},
		"one byte too large":       {`{"x":"` + strings.Repeat("a", bodyMax-7) + `"}`, 413, `"code":"too_large"`, ""},
		"a megabyte":               {strings.Repeat(" ", 1<<20), 413, `"code":"too_large"`, ""},
		"invalid UTF-8":            {"{\"relays\":[\"wss://\xff\"]}", 400, `"code":"invalid_relays"`, ""},
		"escaped halves of a rune": {`{"access":"\ud800"}`, 400, `"code":"invalid_access"`, ""},
		"a repeated key":           {`{"access":"secret","access":"open"}`, 200, "roomId", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := r.do(t, call{method: "PUT", path: base, as: host, body: c.body})
			if got.status != c.want || !strings.Contains(got.text, c.has) ||
				c.not != "" && strings.Contains(got.text, c.not) {
				t.Errorf("%d %s, want %d with %s, without %s", got.status, got.text, c.want, c.has, c.not)
			}
			if got.status == 400 && got.str("hint") == "" {
				t.Errorf("the refusal has no hint: %s", got.text)
			}
		})
	}
}

func TestEndIsFinalUntilRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	id := uuid.NewString()
	create := call{method: "PUT", path: base, as: host, body: `{"event":` + encode(t, r.space(t, host, id)) + `}`}
	r.must(t, create)
	at := base + "/" + id
	r.must(t, call{method: "DELETE", path: at, as: host})
	r.must(t, call{method: "DELETE", path: at, as: host, header: map[string]string{"Content-Type": "application/json"}})
	if got := r.do(t, create); got.status != http.StatusNotFound || got.code() != "nest_ended" {
		t.Errorf("created again: %d %s", got.status, got.text)
	}
	got := r.must(t, call{method: "POST", path: at + "/restart", as: host})
	if got.str("roomId") != id || got.str("message") == "" {
		t.Errorf("restart: %s", got.text)
	}
	r.must(t, call{method: "GET", path: at + "/guest"})
}

func TestRestartAdopts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, other := newUser(t), newUser(t)
	id := uuid.NewString()
	body := `{"event":` + encode(t, r.space(t, host, id)) + `}`
	at := base + "/" + id + "/restart"
	if got := r.do(t, call{method: "POST", path: at, as: host}); got.code() != "nest_not_found" {
		t.Errorf("without the event: %d %s", got.status, got.text)
	}
	if got := r.do(t, call{method: "POST", path: at, as: other, body: body}); got.status != http.StatusForbidden {
		t.Errorf("by another: %d %s", got.status, got.text)
	}
	if got := r.must(t, call{method: "POST", path: at, as: host, body: body}); got.str("roomId") != id {
		t.Errorf("by its author: %s", got.text)
	}
	r.must(t, call{method: "GET", path: base + "/" + id + "/guest"})
}

func TestPutSpace(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, other := newUser(t), newUser(t)
	id := uuid.NewString()
	r.must(t, call{method: "PUT", path: base, as: host, body: `{"event":` + encode(t, r.space(t, host, id)) + `}`})
	at := base + "/" + id + "/space"
	r.advance(2 * time.Second)
	newer := `{"event":` + encode(t, r.space(t, host, id, []string{"summary", "With cake"})) + `}`
	got := r.must(t, call{method: "PUT", path: at, as: host, body: newer})
	if got.str("summary") != "With cake" || got.str("status") != "active" {
		t.Errorf("the answer is %s", got.text)
	}
	for name, q := range map[string]call{
		"by another":   {as: other, body: newer},
		"no event":     {as: host, body: `{}`},
		"another nest": {as: host, body: `{"event":` + encode(t, r.space(t, host, uuid.NewString())) + `}`},
	} {
		q.method, q.path = "PUT", at
		if got := r.do(t, q); got.status != http.StatusBadRequest || got.code() != "invalid_event" {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, other := newUser(t), newUser(t)
	var ids []string
	planned := fmt.Sprintf(`{"starts_at":%d}`, r.clock.Load()+time.Hour.Milliseconds())
	for _, body := range []string{"", "", planned, `{"access":"private"}`} {
		ids = append(ids, r.create(t, host, body))
		r.advance(time.Second)
	}
	r.livekit.participants[ids[0]] = []nest.Participant{{Identity: host.pubkey}}
	r.livekit.participants[ids[1]] = []nest.Participant{{Identity: other.pubkey}} // a listener
	ids = append(ids, r.create(t, other, ""))
	r.must(t, call{method: "DELETE", path: base + "/" + ids[4], as: other})
	for query, want := range map[string][]int{
		"":                             {2, 1, 0},
		"?status=live":                 {0},
		"?status=open":                 {1},
		"?status=planned":              {2},
		"?status=ended":                {4},
		"?host=" + host.pubkey:         {2, 1, 0},
		"?host=" + other.pubkey:        {},
		"?limit=2&cursor=":             {2, 1},
		"?status=live&limit=100&x=%41": {0},
	} {
		got := r.must(t, call{method: "GET", path: base + query})
		listed := []string{}
		for _, item := range got.json["nests"].([]any) {
			listed = append(listed, item.(map[string]any)["roomId"].(string))
		}
		expected := []string{}
		for _, i := range want {
			expected = append(expected, ids[i])
		}
		if encode(t, listed) != encode(t, expected) {
			t.Errorf("%q lists %v, want %v", query, listed, expected)
		}
	}
	if all := r.must(t, call{method: "GET", path: base + "?limit=3"}); all.str("next") != "" {
		t.Errorf("the page of all three nests has a cursor: %s", all.text)
	}
	page := r.must(t, call{method: "GET", path: base + "?limit=2"})
	rest := r.must(t, call{method: "GET", path: base + "?limit=2&cursor=" + page.str("next")})
	if page.str("next") == "" || !strings.Contains(rest.text, ids[0]) || rest.str("next") != "" {
		t.Errorf("pages: %s%s", page.text, rest.text)
	}
	first := page.json["nests"].([]any)[0].(map[string]any)
	second := page.json["nests"].([]any)[1].(map[string]any)
	if second["status"] != "open" || second["participantCount"] != 1.0 {
		t.Errorf("a nest with listeners only: %v", second)
	}
	if first["status"] != "planned" || !strings.Contains(rest.text, `"status":"live"`) {
		t.Errorf("statuses: %s%s", page.text, rest.text)
	}
	for query, code := range map[string]string{
		"?limit=0":    "invalid_limit",
		"?limit=101":  "invalid_limit",
		"?limit=x":    "invalid_limit",
		"?limit=":     "invalid_limit",
		"?limit=-1":   "invalid_limit",
		"?status=x":   "invalid_status",
		"?host=x":     "invalid_host",
		"?host=%00":   "invalid_host",
		"?cursor=x":   "invalid_cursor",
		"?cursor=1.x": "invalid_cursor",
		"?a;b":        "invalid_query",
		"?a=%zz":      "invalid_query",
	} {
		if got := r.do(t, call{method: "GET", path: base + query}); got.outcome() != "400 "+code {
			t.Errorf("%q: %d %s, want %s", query, got.status, got.text, code)
		}
	}
}

// A body without Content-Length is bounded, too.
func TestBodyOfUnknownLength(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	for size, want := range map[int]int{100: 200, bodyMax + 1: 413} {
		request := httptest.NewRequest("PUT", base, io.MultiReader(strings.NewReader(strings.Repeat(" ", size))))
		request.Header.Set("Authorization", r.auth(t, host, "PUT", base))
		recorder := httptest.NewRecorder()
		r.handler.ServeHTTP(recorder, request)
		if request.ContentLength != -1 || recorder.Code != want {
			t.Errorf("%d bytes: %d %s, want %d", size, recorder.Code, recorder.Body, want)
		}
	}
}
