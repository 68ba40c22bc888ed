package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	id := uuid.NewString()
	named := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Served-By", name) })
	}
	r := newRig(t, func(r *rig) {
		r.Gate, r.Relay, r.Webhook, r.Web = named("gate"), named("relay"), named("webhook"), named("web")
	})
	socket := map[string]string{"Upgrade": "websocket", "Connection": "Upgrade"}
	document := map[string]string{"Accept": "application/nostr+json"}
	for _, c := range []struct {
		method, path string
		header       map[string]string
		want         string // the handler, or status and code
		allow        string
	}{
		{"GET", "/", nil, "web", ""},
		{"GET", "/assets/app.js", nil, "web", ""},
		{"GET", "/n/" + id, nil, "web", ""},
		{"GET", "//evil.example", nil, "web", ""},
		{"POST", "/apiary", nil, "web", ""},
		{"GET", "/rtcx", nil, "web", ""},
		{"GET", "/", socket, "relay", ""},
		{"GET", "/", document, "relay", ""},
		{"GET", "/x", socket, "web", ""},
		{"GET", "/relay", nil, "relay", ""},
		{"GET", "/relay/", socket, "relay", ""},
		{"GET", "/rtc", socket, "gate", ""},
		{"GET", "/rtc/v1", socket, "gate", ""},
		{"GET", "/rtc/validate", nil, "gate", ""},
		{"GET", "/rtc/v1/validate", nil, "gate", ""},
		{"GET", "/livekit/rtc", socket, "gate", ""},
		{"GET", "/livekit/rtc/v1/validate", nil, "gate", ""},
		{"POST", "/twirp/livekit.RoomService/ListRooms", nil, "gate", ""},
		{"POST", "/livekit/twirp/livekit.RoomService/ListRooms", nil, "gate", ""},
		{"POST", "/webhooks/livekit", nil, "webhook", ""},
		{"POST", "/api/v1/livekit/webhook", nil, "webhook", ""},
		{"POST", "/twirp/livekit.Egress/StartRoomCompositeEgress", nil, "404 not_found", ""},
		{"GET", "/rtc/v2", nil, "404 not_found", ""},
		{"GET", "/livekit/", nil, "404 not_found", ""},
		{"GET", "/livekit/agent", nil, "404 not_found", ""},
		{"POST", "/rtc", nil, "405 method_not_allowed", "GET, OPTIONS"},
		{"GET", "/twirp/livekit.RoomService/ListRooms", nil, "405 method_not_allowed", "POST, OPTIONS"},
		{"GET", "/webhooks/livekit", nil, "405 method_not_allowed", "POST, OPTIONS"},
		{"GET", "/webhooks", nil, "404 not_found", ""},
		{"GET", "/.well-known/nostr.json", nil, "404 not_found", ""},
		{"GET", "/.well-known/", nil, "404 not_found", ""},
		{"GET", "/api", nil, "404 not_found", ""},
		{"GET", "/api/", nil, "404 not_found", ""},
		{"GET", "/api/v1", nil, "404 not_found", ""},
		{"GET", "/api/v2/nests", nil, "404 not_found", ""},
		{"GET", "/%61pi/v1/nests", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests/" + id + "/x", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests/" + id + "/info/x", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests/" + id + "//info", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests/" + id + "/info//", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests//" + id + "/info", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests//info", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests//", nil, "404 not_found", ""},
		{"GET", "/api//v1/nests", nil, "404 not_found", ""},
		{"GET", "//api/v1/nests", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests/../config", nil, "404 not_found", ""},
		{"GET", "/api/v1/./config", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests/api/v1/nests/api/v1/nests", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests/api/v1/config", nil, "404 not_found", ""},
		{"GET", "/api/v1/nests/" + id + "/info", nil, "404 nest_not_found", ""},
		{"GET", "/api/v1/nests/" + id + "/info/", nil, "404 nest_not_found", ""},
		{"GET", "/api/v1/nests/api/v1/nests/" + id + "/info", nil, "404 nest_not_found", ""},
		{"HEAD", "/api/v1/nests/" + id + "/info", nil, "404 nest_not_found", ""},
		{"GET", "/api/v1/nests/" + strings.ToUpper(id) + "/info", nil, "404 nest_not_found", ""},
		{"GET", "/api/v1/nests/x/info", nil, "404 nest_not_found", ""},
		{"GET", "/api/v1/nests/%00/info", nil, "404 nest_not_found", ""},
		{"GET", "/api/v1/nests/%2e%2e%2f/info", nil, "404 nest_not_found", ""},
		{"GET", "/api/v1/nests/" + strings.Repeat("a", 5000) + "/info", nil, "404 nest_not_found", ""},
		{"GET", "/api/v1/live/" + id + "/live.m3u8", nil, "404 nest_not_found", ""},
		{"PATCH", "/api/v1/nests/" + id + "/info", nil, "405 method_not_allowed", "GET, OPTIONS"},
		{"POST", "/api/v1/nests", nil, "405 method_not_allowed", "PUT, GET, OPTIONS"},
		{"PUT", "/api/v1/nests/" + id, nil, "405 method_not_allowed", "GET, DELETE, OPTIONS"},
		{"TRACE", "/api/v1/config", nil, "405 method_not_allowed", "GET, OPTIONS"},
		{"POST", "/health", nil, "405 method_not_allowed", "GET, OPTIONS"},
		{"GET", "/health/", nil, "200", ""},
		{"HEAD", "/health", nil, "200", ""},
		{"GET", "/ready", nil, "200", ""},
		{"GET", "/api/v1/config/", nil, "200", ""},
		{"GET", "/api/v1/nests/", nil, "200", ""},
		{"GET", "/api/v1/nests/api/v1/nests/", nil, "200", ""},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			request := httptest.NewRequest(c.method, "/", nil)
			request.URL, request.RequestURI = mustParse(t, c.path), c.path
			for name, value := range c.header {
				request.Header.Set(name, value)
			}
			recorder := httptest.NewRecorder()
			r.handler.ServeHTTP(recorder, request)
			got := answer{status: recorder.Code, header: recorder.Header(), text: recorder.Body.String()}
			served := got.header.Get("Served-By")
			if served == "" {
				r.check(t, call{method: c.method, path: c.path}, &got)
				served = got.outcome()
			}
			if allow := got.header.Get("Allow"); served != c.want || allow != c.allow {
				t.Errorf("%s, Allow %q, want %s, Allow %q: %s", served, allow, c.want, c.allow, got.text)
			}
			if got.header.Get("Location") != "" {
				t.Errorf("redirected to %s", got.header.Get("Location"))
			}
		})
	}
}

func TestMissingHandlers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, q := range []call{
		{method: "GET", path: "/"},
		{method: "GET", path: "/relay"},
		{method: "GET", path: "/rtc"},
		{method: "POST", path: "/webhooks/livekit"},
	} {
		if got := r.do(t, q); got.outcome() != "404 not_found" {
			t.Errorf("%s %s: %d %s", q.method, q.path, got.status, got.text)
		}
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := uuid.NewString()
	for _, path := range []string{
		base, base + "/", base + base, base + "/" + id, base + "/" + id + "/permissions", "/api/v1/config", "/api/x",
		"/health", "/rtc/validate", "/livekit/rtc", "/twirp/livekit.RoomService/ListRooms", "/webhooks/livekit",
		"/.well-known/x",
	} {
		for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
			got := r.do(t, call{method: "OPTIONS", path: path, header: map[string]string{
				"Origin":                         "https://app.example",
				"Access-Control-Request-Method":  method,
				"Access-Control-Request-Headers": "authorization,content-type",
			}})
			allow := func(name string) string { return got.header.Get("Access-Control-Allow-" + name) }
			if got.status != http.StatusNoContent ||
				allow("Origin") != "*" || !strings.Contains(allow("Methods"), method) ||
				allow("Headers") != "authorization, content-type, accept" || allow("Credentials") != "" ||
				got.header.Get("Access-Control-Max-Age") == "" {
				t.Errorf("OPTIONS %s for %s: %d %v", path, method, got.status, got.header)
			}
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for sent, kept := range map[string]bool{
		"abcdef12-3456": true, "": false, "short": false, strings.Repeat("a", 65): false, "with space": false,
		"new\tline!": false, "<script>x": false,
	} {
		got := r.do(t, call{method: "GET", path: "/health", header: map[string]string{"X-Request-Id": sent}})
		if id := got.header.Get("X-Request-Id"); (id == sent) != kept || !acceptedRequestID.MatchString(id) {
			t.Errorf("%q became %q", sent, id)
		}
	}
	unknown := base + "/" + uuid.NewString() + "/info"
	r.do(t, call{method: "GET", path: unknown, header: map[string]string{"X-Request-Id": "in-the-log"}})
	if !strings.Contains(r.logs.String(), "request_id=in-the-log") {
		t.Errorf("the log lacks the request: %s", r.logs)
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	beforeAnswer := func(http.ResponseWriter, *http.Request) { panic("boom") }
	duringAnswer := func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("half"))
		panic("boom")
	}
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, c := range map[string]struct {
		web    http.HandlerFunc
		status int // 0: the connection is dropped
	}{
		"before an answer": {beforeAnswer, http.StatusInternalServerError},
		"during an answer": {duringAnswer, 0},
		"abort":            {abort, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(r *rig) { r.Web = c.web })
			server := httptest.NewServer(r.handler)
			defer server.Close()
			response, err := http.Get(server.URL + "/")
			if err == nil {
				_, err = bufio.NewReader(response.Body).ReadString(0)
				response.Body.Close()
			}
			switch {
			case c.status == 0 && (err == nil || err.Error() == "EOF"):
				t.Error("half an answer looks complete")
			case c.status != 0 && (response.StatusCode != c.status ||
				response.Header.Get("Content-Type") != "application/json; charset=utf-8"):
				t.Errorf("%d %v", response.StatusCode, response.Header)
			}
			if strings.Contains(r.logs.String(), "boom") != (name != "abort") {
				t.Errorf("the log is %s", r.logs)
			}
		})
	}
}

// An unexpected error is logged once, and its text is not sent to the client.
func TestUnexpectedError(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.Tokens = failingTokens{} })
	at := base + "/" + uuid.NewString()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest("POST", "/api/v1/check-room", nil)
	r.handler.ServeHTTP(recorder, request)
	body := recorder.Body.String()
	if recorder.Code != 500 || !strings.Contains(body, `"code":"internal"`) || strings.Contains(body, "mint failed") {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
	if n := strings.Count(r.logs.String(), "mint failed"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	recorder = httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, httptest.NewRequest("GET", at+"/info", nil).WithContext(ctx))
	if recorder.Body.Len() != 0 {
		t.Errorf("a client that left is answered: %s", recorder.Body)
	}
}

type failingTokens struct{}

func (failingTokens) Mint(nest.Admission, time.Duration) (string, error) {
	return "", errors.New("mint failed")
}

func TestHealthAndReady(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) {
		r.Parts = []Part{
			{"store", func(context.Context) error { return nil }},
			{"media", func(context.Context) error { return errors.New("dial 10.0.0.7:7880 refused") }},
			{"relay", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
		}
	})
	health := r.must(t, call{method: "GET", path: "/health"})
	if health.str("status") != "healthy" || health.str("version") != "test" {
		t.Errorf("health: %s", health.text)
	}
	got := r.do(t, call{method: "GET", path: "/ready"})
	const parts = `"media":"failing","relay":"failing","store":"ok"`
	if got.outcome() != "503 not_ready" || !strings.Contains(got.text, parts) ||
		strings.Contains(got.text, "10.0.0.7") {
		t.Errorf("ready: %d %s", got.status, got.text)
	}
}

// A handler can take over the connection, and the server accepts the longest URL that livekit-client sends.
func TestServerSupportsWebSockets(t *testing.T) {
	t.Parallel()
	const writeTimeout = 100 * time.Millisecond
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		<-time.After(writeTimeout) // which no longer applies to the socket
		fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\n\r\n%d", len(r.URL.RawQuery))
		buffered.Flush()
	})
	writeError := make(chan error, 1)
	endless := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var err error
		for err == nil {
			_, err = w.Write(make([]byte, 1<<20))
		}
		writeError <- err
	})
	r := newRig(t, func(r *rig) { r.Gate, r.Web = echo, endless })
	server := NewHTTPServer(r.handler, r.Log)
	if server.WriteTimeout < pictureTime+pictureWait || server.WriteTimeout > 5*time.Minute {
		t.Fatalf("the write timeout is %v", server.WriteTimeout)
	}
	server.WriteTimeout = writeTimeout
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go server.Serve(listener)
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	query := strings.Repeat("a", 100<<10)
	fmt.Fprintf(conn, "GET /rtc/v1?%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", query)
	answer := bufio.NewReader(conn)
	status, _ := answer.ReadString('\n')
	answer.ReadString('\n')
	length, _ := answer.ReadString(0)
	if !strings.HasPrefix(status, "HTTP/1.1 101") || length != fmt.Sprint(len(query)) {
		t.Errorf("%q, %s of %d bytes", status, length, len(query))
	}
	if server.MaxHeaderBytes < 64<<10 || server.MaxHeaderBytes > 256<<10 {
		t.Errorf("headers are limited to %d bytes", server.MaxHeaderBytes)
	}
	stalled, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	fmt.Fprint(stalled, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := <-writeError; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("an answer that the client does not read ended with %v", err)
	}
	if server.ReadTimeout != 0 || server.ReadHeaderTimeout == 0 || server.IdleTimeout == 0 {
		t.Error("a read timeout would cut WebSockets; headers and idle connections need one")
	}
}

// mustParse parses a request target as net/http does.
func mustParse(t testing.TB, target string) *url.URL {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
