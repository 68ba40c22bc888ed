package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// No request line or header causes a server error or a redirect, and every refusal is JSON.
func FuzzRoutes(f *testing.F) {
	r := newRig(f)
	for _, path := range []string{
		"/", base, base + base + "/", base + "/%00/info", "//api//v1", base + "/" + uuid.NewString() + "/guest?a=b;c",
		"/rtc/v1/validate", "/api/docs", base + "?limit=-1&cursor=9.%ff&status=%00", "/api/v1/live/x/live.m3u8",
		"/.well-known/../api",
	} {
		for _, method := range []string{"GET", "PUT", "OPTIONS", "HEAD"} {
			f.Add(method, path, "Nostr e30=", "nests_session=x")
		}
	}
	f.Fuzz(func(t *testing.T, method, path, authorization, cookie string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || method == "" || strings.ContainsAny(method, " \x00\r\n") {
			return // net/http refuses these itself
		}
		request := httptest.NewRequest("GET", "/", nil)
		request.Method, request.URL, request.RequestURI = method, u, path
		request.Header.Set("Authorization", authorization)
		request.Header.Set("Cookie", cookie)
		recorder := httptest.NewRecorder()
		r.handler.ServeHTTP(recorder, request)
		contentType := recorder.Header().Get("Content-Type")
		switch {
		case recorder.Code >= 500 && recorder.Code != http.StatusServiceUnavailable, recorder.Code/100 == 3:
			t.Errorf("%q %q: %d %s", method, path, recorder.Code, recorder.Body)
		case recorder.Code >= 400 && !strings.HasPrefix(contentType, "application/json"):
			t.Errorf("%q %q: %d as %s", method, path, recorder.Code, contentType)
		}
	})
}

// Every signed body is accepted, or refused as JSON with a 4xx status.
func FuzzBodies(f *testing.F) {
	r := newRig(f)
	host := newUser(f)
	at := base + "/" + r.create(f, host, "")
	targets := callsWithBody(at, host)
	for i, body := range malformed(f, r, host) { // TestMalformedBodies sends each to every target
		f.Add(i, body)
	}
	f.Fuzz(func(t *testing.T, target int, body string) {
		to := targets[uint(target)%uint(len(targets))]
		r.do(t, call{method: to[0], path: to[1], as: host, body: body})
	})
}

// callsWithBody are method and path of the calls that read a JSON body.
func callsWithBody(at string, host user) [][2]string {
	return [][2]string{
		{"PUT", base},
		{"POST", at + "/permissions"},
		{"POST", at + "/restart"},
		{"POST", at + "/hand"},
		{"DELETE", at + "/participants/" + host.pubkey},
		{"PUT", at + "/space"},
	}
}

// malformed are bodies that are wrong in one way each.
func malformed(t testing.TB, r *rig, host user) []string {
	bodies := []string{
		"", "{}", "null", "[]", "0", `"x"`, "{", "}", "{}{}", "\x00", "{\"\x00\":1}", "\xff\xfe", "{\"a\":\"\\ud800\"}",
		strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 12_000),
		`{"event":` + encode(t, r.space(t, host, uuid.NewString())) + `}`,
	}
	for _, field := range []string{
		"relays", "hls_stream", "event", "room_id", "access", "guests", "starts_at", "participant", "can_publish",
		"mute_microphone", "is_admin", "force", "raised", "ban",
	} {
		for _, value := range []string{
			"null", "1", "-1", "1.5", "1e400", `""`, `"x"`, `"\u0000"`, "true", "[]", "[null]", "[[]]", "{}",
			`{"id":1}`, `"` + strings.Repeat("f", 64) + `"`,
		} {
			bodies = append(bodies, `{"`+field+`":`+value+`}`)
		}
	}
	return bodies
}

// The rig checks the answer to each malformed body against the OpenAPI document and reports server errors.
func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	at := base + "/" + r.create(t, host, "")
	for _, body := range malformed(t, r, host) {
		for _, to := range callsWithBody(at, host) {
			r.do(t, call{method: to[0], path: to[1], as: host, body: body})
		}
	}
}
