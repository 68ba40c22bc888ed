package api

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// summaries records what OnRequest received.
type summaries struct {
	mu  sync.Mutex
	all []RequestSummary
}

func (s *summaries) add(a RequestSummary) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, a)
}

func (s *summaries) last(t *testing.T) RequestSummary {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		t.Fatal("OnRequest was not called")
	}
	return s.all[len(s.all)-1]
}

func TestOnRequestReceivesRouteStatusAndCode(t *testing.T) {
	var received summaries
	r := newRig(t, func(r *rig) {
		r.OnRequest = received.add
		r.Gate = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			RecordRefusal(w, "nest_full")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		r.Web = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}) // writes nothing: net/http sends 200
	})
	host := newUser(t)
	id := r.create(t, host, "")
	unknown := uuid.NewString()
	serve := func(method, path string) {
		r.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	for _, test := range []struct {
		name string
		send func()
		want RequestSummary
	}{
		{
			name: "a success",
			send: func() { r.do(t, call{method: "GET", path: base + "/" + id + "/info"}) },
			want: RequestSummary{Route: "info", Status: 200},
		},
		{
			name: "an unknown nest",
			send: func() { r.do(t, call{method: "GET", path: base + "/" + unknown + "/guest"}) },
			want: RequestSummary{Route: "guest", Status: 404, Code: "nest_not_found"},
		},
		{
			name: "no key",
			send: func() { r.do(t, call{method: "GET", path: base + "/" + id}) },
			want: RequestSummary{Route: "join", Status: 401, Code: "auth_missing"},
		},
		{
			name: "a signed request",
			send: func() { r.do(t, call{method: "GET", path: base + "/" + id, as: host}) },
			want: RequestSummary{Route: "join", Status: 200},
		},
		{
			name: "an unknown path",
			send: func() { serve("GET", "/api/v1/"+unknown) },
			want: RequestSummary{Route: "none", Status: 404, Code: "not_found"},
		},
		{
			name: "an unknown method",
			send: func() { serve("BREW", base) },
			want: RequestSummary{Route: "none", Status: 405, Code: "method_not_allowed"},
		},
		{
			name: "a preflight",
			send: func() { serve("OPTIONS", base+"/"+id) },
			want: RequestSummary{Route: "preflight", Status: 204},
		},
		{
			name: "a refusal by the gate",
			send: func() { serve("GET", "/rtc?access_token=x") },
			want: RequestSummary{Route: "signal", Status: 503, Code: "nest_full"},
		},
		{
			name: "a page",
			send: func() { serve("GET", "/"+unknown) },
			want: RequestSummary{Route: "web", Status: 200},
		},
		{
			name: "a missing relay",
			send: func() { serve("GET", "/relay") },
			want: RequestSummary{Route: "relay", Status: 404, Code: "not_found"},
		},
		{
			name: "a client that left",
			send: func() {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				request := httptest.NewRequestWithContext(ctx, "GET", base+"/"+unknown+"/info", nil)
				r.handler.ServeHTTP(httptest.NewRecorder(), request)
			},
			want: RequestSummary{Route: "info", Status: statusClientClosed},
		},
	} {
		before := len(received.all)
		test.send()
		got := received.last(t)
		got.Took = 0
		if calls := len(received.all) - before; calls != 1 || got != test.want {
			t.Errorf("%s: OnRequest was called %d times, with %+v; want %+v", test.name, calls, got, test.want)
		}
	}
}

// The number of different routes and codes stays bounded, whatever clients request: they are metric labels.
func TestSummaryValuesAreBounded(t *testing.T) {
	var received summaries
	r := newRig(t, func(r *rig) { r.OnRequest = received.add })
	for range 50 {
		for _, path := range []string{
			"/", "/api/", "/api/v1/nests/", "/rtc/", "//api/v1/nests/", "/%2e%2e/", "/webhooks/", "/livekit/rtc/v1/",
		} {
			for _, method := range []string{"GET", "PUT", "DELETE", "X" + strings.ToUpper(uuid.NewString())} {
				body := strings.NewReader(`{"` + uuid.NewString() + `":1}`)
				request := httptest.NewRequest(method, path+uuid.NewString(), body)
				r.handler.ServeHTTP(httptest.NewRecorder(), request)
			}
		}
	}
	routes, codes := map[string]bool{}, map[string]bool{}
	for _, a := range received.all {
		routes[a.Route], codes[a.Code] = true, true
	}
	if len(routes) > 8 || len(codes) > 8 {
		t.Errorf("%d routes %v, %d codes %v", len(routes), routes, len(codes), codes)
	}
}

// OnRequest is called when a WebSocket opens, which may last for hours.
func TestOnRequestReceivesWebSocketAtOnce(t *testing.T) {
	received := make(chan RequestSummary, 2)
	closeSocket := make(chan struct{})
	r := newRig(t, func(r *rig) {
		r.OnRequest = func(a RequestSummary) { received <- a }
		r.Gate = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			<-closeSocket
		})
	})
	server := httptest.NewServer(r.handler)
	defer server.Close()
	defer close(closeSocket)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	writer := bufio.NewWriter(conn)
	writer.WriteString("GET /rtc HTTP/1.1\r\nHost: nests.example\r\n\r\n")
	if err := writer.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case a := <-received:
		if a.Route != "signal" || a.Status != http.StatusSwitchingProtocols {
			t.Errorf("the summary is %+v", a)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("OnRequest was not called while the socket is open")
	}
}
