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

// heard keeps what OnRequest was told.
type heard struct {
	mu  sync.Mutex
	all []RequestSummary
}

func (h *heard) take(a RequestSummary) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, a)
}

func (h *heard) last(t *testing.T) RequestSummary {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.all) == 0 {
		t.Fatal("nothing was told")
	}
	return h.all[len(h.all)-1]
}

func TestObserveHearsRouteStatusAndCode(t *testing.T) {
	var told heard
	r := newRig(t, func(r *rig) {
		r.OnRequest = told.take
		r.Gate = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			RecordRefusal(w, "nest_full")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		r.Web = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}) // writes nothing: net/http says 200
	})
	host := newPerson(t)
	id := r.create(t, host, "")
	unknown := uuid.NewString()
	serve := func(method, path string) {
		r.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	for _, test := range []struct {
		what string
		ask  func()
		want RequestSummary
	}{
		{"a door that opens", func() { r.do(t, ask{method: "GET", path: base + "/" + id + "/info"}) }, RequestSummary{Route: "info", Status: 200}},
		{"an unknown nest", func() { r.do(t, ask{method: "GET", path: base + "/" + unknown + "/guest"}) }, RequestSummary{Route: "guest", Status: 404, Code: "nest_not_found"}},
		{"no signature", func() { r.do(t, ask{method: "GET", path: base + "/" + id}) }, RequestSummary{Route: "join", Status: 401, Code: "auth_missing"}},
		{"a signature", func() { r.do(t, ask{method: "GET", path: base + "/" + id, as: host}) }, RequestSummary{Route: "join", Status: 200}},
		{"nothing there", func() { serve("GET", "/api/v1/"+unknown) }, RequestSummary{Route: "none", Status: 404, Code: "not_found"}},
		{"no such method", func() { serve("BREW", base) }, RequestSummary{Route: "none", Status: 405, Code: "method_not_allowed"}},
		{"a preflight", func() { serve("OPTIONS", base+"/"+id) }, RequestSummary{Route: "preflight", Status: 204}},
		{"a neighbour's refusal", func() { serve("GET", "/rtc?access_token=x") }, RequestSummary{Route: "signal", Status: 503, Code: "nest_full"}},
		{"a page", func() { serve("GET", "/"+unknown) }, RequestSummary{Route: "web", Status: 200}},
		{"no relay here", func() { serve("GET", "/relay") }, RequestSummary{Route: "relay", Status: 404, Code: "not_found"}},
		{"a client that left", func() {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			r.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", base+"/"+unknown+"/info", nil))
		}, RequestSummary{Route: "info", Status: statusClientClosed}},
	} {
		before := len(told.all)
		test.ask()
		got := told.last(t)
		got.Took = 0
		if len(told.all) != before+1 || got != test.want {
			t.Errorf("%s: told %d times, %+v; want %+v", test.what, len(told.all)-before, got, test.want)
		}
	}
}

// Whatever strangers ask for, the words told stay those of the table.
func TestObservedRoutesAreBounded(t *testing.T) {
	var told heard
	r := newRig(t, func(r *rig) { r.OnRequest = told.take })
	for range 50 {
		for _, path := range []string{"/", "/api/", "/api/v1/nests/", "/rtc/", "//api/v1/nests/", "/%2e%2e/", "/webhooks/", "/livekit/rtc/v1/"} {
			for _, method := range []string{"GET", "PUT", "DELETE", "X" + strings.ToUpper(uuid.NewString())} {
				request := httptest.NewRequest(method, path+uuid.NewString(), strings.NewReader(`{"`+uuid.NewString()+`":1}`))
				r.handler.ServeHTTP(httptest.NewRecorder(), request)
			}
		}
	}
	routes, codes := map[string]bool{}, map[string]bool{}
	for _, a := range told.all {
		routes[a.Route], codes[a.Code] = true, true
	}
	if len(routes) > 8 || len(codes) > 8 {
		t.Errorf("%d routes %v, %d codes %v", len(routes), routes, len(codes), codes)
	}
}

// A WebSocket is told when it is there: it may last for hours.
func TestObserveHearsAWebSocketAtOnce(t *testing.T) {
	told := make(chan RequestSummary, 2)
	leave := make(chan struct{})
	r := newRig(t, func(r *rig) {
		r.OnRequest = func(a RequestSummary) { told <- a }
		r.Gate = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			<-leave
		})
	})
	server := httptest.NewServer(r.handler)
	defer server.Close()
	defer close(leave)
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
	case a := <-told:
		if a.Route != "signal" || a.Status != http.StatusSwitchingProtocols {
			t.Errorf("told %+v", a)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("nothing was told while the socket is open")
	}
}
