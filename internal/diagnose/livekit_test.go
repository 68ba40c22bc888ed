package diagnose

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// fakeLiveKit answers on / and on /rtc/validate as LiveKit does; test/e2e checks the same against a real one.
func fakeLiveKit(root, validate int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.WriteHeader(root)
			if root == 200 {
				w.Write([]byte("OK"))
			}
		case "/rtc/validate":
			w.WriteHeader(validate)
			w.Write([]byte(body))
		default:
			http.NotFound(w, r)
		}
	}
}

func TestLayersOfLiveKit(t *testing.T) {
	always := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); w.Write([]byte(body)) }
	}
	start := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	secure := httptest.NewTLSServer(fakeLiveKit(200, 404, "room"))
	t.Cleanup(secure.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	const notThere = "requested room does not exist"
	good := start(fakeLiveKit(200, 404, notThere))
	for _, test := range []struct {
		name, url string
		want      Code
		layer     string
	}{
		{"the room does not exist", good, "", ""},
		{"with a slash", good + "/", "", ""},
		{"as WebSocket", "ws" + strings.TrimPrefix(good, "http"), "", ""},
		{"it creates rooms by itself", start(fakeLiveKit(200, 200, "success")), "", ""},
		{"its statistics are old", start(fakeLiveKit(406, 404, notThere)), "", ""},
		{"another key", start(fakeLiveKit(200, 401, "invalid API key")), MediaCredentials, "key"},
		{"no permission", start(fakeLiveKit(200, 403, "permission denied")), MediaCredentials, "key"},
		{"the host name is unknown", "http://livekit.invalid:7880", MediaDown, "dns"},
		{"nothing listens", gone.URL, MediaDown, "tcp"},
		{"an untrusted certificate", secure.URL, MediaDown, "tls"},
		{"as WebSocket, an untrusted certificate", "wss" + strings.TrimPrefix(secure.URL, "https"), MediaDown, "tls"},
		{"it accepts connections but does not answer", "http://" + silent.Addr().String(), MediaDown, "http"},
		{"a web server", start(always(200, "<html>OK</html>")), MediaDown, "livekit"},
		{
			name:  "it answers OK, but has no LiveKit API",
			url:   start(fakeLiveKit(200, 404, "404 page not found")),
			want:  MediaDown,
			layer: "livekit",
		},
		{"it redirects", start(http.RedirectHandler(good, http.StatusFound)), MediaDown, "livekit"},
		{"it fails", start(fakeLiveKit(200, 500, "")), MediaDown, "livekit"},
		{"no URL", "://", MediaDown, "url"},
		{"an empty URL", "", MediaDown, "url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			f := LiveKit{URL: test.url, Token: func() (string, error) { return "secret-token", nil }}.Check(t.Context())
			if f.Code != test.want || (f.Status == OK) != (test.want == "") {
				t.Errorf("%+v", f)
			}
			if layer, _ := f.Evidence["layer"].(string); test.want != "" && layer != test.layer {
				t.Errorf("layer %q, want %q: %v", layer, test.layer, f.Evidence)
			}
			for _, value := range f.Evidence {
				if text, _ := value.(string); strings.Contains(text, "secret-token") {
					t.Errorf("the evidence holds the token: %s", text)
				}
			}
			if took := time.Since(began); took > 2*layerTimeout+time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestLiveKitWithoutAKey(t *testing.T) {
	s := httptest.NewServer(fakeLiveKit(200, 404, "room"))
	defer s.Close()
	f := LiveKit{URL: s.URL, Token: func() (string, error) { return "", errors.New("no key") }}.Check(t.Context())
	if f.Code != MediaCredentials {
		t.Errorf("%+v", f)
	}
}

// A cancelled request ends the check.
func TestLiveKitCheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	LiveKit{URL: "http://livekit.invalid", Token: func() (string, error) { return "", nil }}.Check(ctx)
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v", took)
	}
}
