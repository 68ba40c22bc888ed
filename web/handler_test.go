package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func build() fstest.MapFS {
	return fstest.MapFS{
		".keep":                 {},
		"index.html":            {Data: []byte("<!doctype html>shell")},
		"index.html.gz":         {Data: []byte("gz of shell")},
		"robots.txt":            {Data: []byte("robots")},
		"icon.svg":              {Data: []byte("<svg/>")},
		"icon-192.png":          {Data: []byte("png")},
		"app.webmanifest":       {Data: []byte("{}")},
		"sw.js":                 {Data: []byte("worker")},
		"assets/app-1a2b.js":    {Data: []byte("plain js")},
		"assets/app-1a2b.js.gz": {Data: []byte("gz js")},
		"assets/app-1a2b.js.br": {Data: []byte("br js")},
	}
}

func get(t *testing.T, h http.Handler, target, accept string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

func TestPaths(t *testing.T) {
	h := Handler(Options{Files: build()})
	for _, c := range []struct {
		path   string
		status int
		body   string
		mime   string
		cache  string
	}{
		{"/", 200, "<!doctype html>shell", "text/html; charset=utf-8", "no-cache"},
		{"/index.html", 200, "<!doctype html>shell", "text/html; charset=utf-8", "no-cache"},
		{"/naddr1qqqqq", 200, "<!doctype html>shell", "text/html; charset=utf-8", "no-cache"},
		{
			path:   "/n/0d1f8a3e-0000-4000-8000-000000000000",
			status: 200,
			body:   "<!doctype html>shell",
			mime:   "text/html; charset=utf-8",
			cache:  "no-cache",
		},
		{"/apiary", 200, "<!doctype html>shell", "text/html; charset=utf-8", "no-cache"},
		{
			path:   "/assets/app-1a2b.js",
			status: 200,
			body:   "plain js",
			mime:   "text/javascript; charset=utf-8",
			cache:  "public, max-age=31536000, immutable",
		},
		{"/icon.svg", 200, "<svg/>", "image/svg+xml", "no-cache"},
		{"/icon-192.png", 200, "png", "image/png", "public, max-age=86400"},
		{"/app.webmanifest", 200, "{}", "application/manifest+json", "no-cache"},
		{"/sw.js", 200, "worker", "text/javascript; charset=utf-8", "no-cache"},
		{"/robots.txt", 200, "robots", "text/plain; charset=utf-8", "no-cache"},
		{"/assets/app-gone.js", 404, "", "", ""},
		{"/assets/app-1a2b.js.gz", 404, "", "", ""},
		{"/.keep", 404, "", "", ""},
		{"/nothing.html", 404, "", "", ""},
		{"/../handler.go", 404, "", "", ""},
		{"/api", 404, "", "", ""},
		{"/api/v1/unknown", 404, "", "", ""},
		{"/rtc/v2", 404, "", "", ""},
		{"/livekit/rtc", 404, "", "", ""},
		{"/twirp/x", 404, "", "", ""},
		{"/webhooks/x", 404, "", "", ""},
		{"/.well-known/nostr", 404, "", "", ""},
	} {
		t.Run(c.path, func(t *testing.T) {
			resp, body := get(t, h, c.path, "")
			if resp.StatusCode != c.status {
				t.Fatalf("status %d, want %d", resp.StatusCode, c.status)
			}
			if resp.Header.Get("Content-Security-Policy") == "" ||
				resp.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("security headers are missing")
			}
			if c.status != 200 {
				if strings.Contains(body, "shell") {
					t.Error("the shell covers a path that is not the app's")
				}
				return
			}
			if body != c.body || resp.Header.Get("Content-Type") != c.mime ||
				resp.Header.Get("Cache-Control") != c.cache {
				t.Errorf("got %q %q %q", body, resp.Header.Get("Content-Type"), resp.Header.Get("Cache-Control"))
			}
		})
	}
}

func TestSideFiles(t *testing.T) {
	h := Handler(Options{Files: build()})
	for _, c := range []struct{ path, accept, encoding, body string }{
		{"/assets/app-1a2b.js", "gzip, deflate, br", "br", "br js"},
		{"/assets/app-1a2b.js", "gzip", "gzip", "gz js"},
		{"/assets/app-1a2b.js", "br;q=0, gzip;q=0.5", "gzip", "gz js"},
		{"/assets/app-1a2b.js", "br;q=0.0, gzip;q=0", "", "plain js"},
		{"/assets/app-1a2b.js", "", "", "plain js"},
		{"/", "br, gzip", "gzip", "gz of shell"},
		{"/icon.svg", "br, gzip", "", "<svg/>"},
	} {
		resp, body := get(t, h, c.path, c.accept)
		if resp.Header.Get("Content-Encoding") != c.encoding || body != c.body {
			t.Errorf("%s with %q: got %q %q", c.path, c.accept, resp.Header.Get("Content-Encoding"), body)
		}
		if resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary is %q", c.path, resp.Header.Get("Vary"))
		}
	}
}

func TestMethods(t *testing.T) {
	h := Handler(Options{Files: build()})
	for method, want := range map[string]int{"HEAD": 200, "POST": 405, "DELETE": 405} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", method, w.Code, want)
		}
	}
}

func TestNotBuilt(t *testing.T) {
	h := Handler(Options{Files: fstest.MapFS{".keep": {}}})
	for _, p := range []string{"/", "/naddr1q"} {
		resp, body := get(t, h, p, "")
		if resp.StatusCode != 503 || !strings.Contains(body, "web app not built: run make build") {
			t.Errorf("%s: %d %q", p, resp.StatusCode, body)
		}
	}
}

func TestContentPolicy(t *testing.T) {
	origins := []string{"https://nests.example", "http://localhost:5544", "http://evil; script-src *", "junk"}
	relays := []string{"wss://relay.example", "ws://127.0.0.1:7777/inbox", "ws://evil; script-src *", "junk"}
	policy := contentPolicy(origins, relays)
	for _, want := range []string{
		"default-src 'self'",
		"connect-src 'self' https: wss: http://localhost:5544 ws://localhost:5544 ws://127.0.0.1:7777;",
		"frame-ancestors 'none'",
		"worker-src 'self'",
		"manifest-src 'self'",
		"require-trusted-types-for 'script'; trusted-types sw",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("%q is not in %q", want, policy)
		}
	}
	for _, never := range []string{"unsafe", "script-src *", "junk"} {
		if strings.Contains(policy, never) {
			t.Errorf("%q is in %q", never, policy)
		}
	}
}

// The service worker has its own list of reserved paths.
func TestServiceWorkerIgnoresReservedPaths(t *testing.T) {
	worker, err := os.ReadFile("public/sw.js")
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`reserved = /(.+)/;`).FindSubmatch(worker)
	if pattern == nil {
		t.Fatal("no reserved in public/sw.js")
	}
	list := regexp.MustCompile(strings.ReplaceAll(string(pattern[1]), `\/`, "/"))
	for _, prefix := range reserved {
		if !list.MatchString(prefix) || !list.MatchString(prefix+"/x") || list.MatchString(prefix+"x") {
			t.Errorf("%s in public/sw.js: %s", prefix, list)
		}
	}
	if list.MatchString("/naddr1q") || list.MatchString("/") {
		t.Errorf("%s covers pages", list)
	}
}

func TestEmbeddedBuildIsServed(t *testing.T) {
	resp, body := get(t, Handler(Options{}), "/", "")
	switch resp.StatusCode {
	case 200:
		if !strings.Contains(body, `<div id="app">`) {
			t.Errorf("index.html is not the app: %.80q", body)
		}
	case 503:
		if !strings.Contains(body, "make build") {
			t.Errorf("no word on how to build: %q", body)
		}
	default:
		t.Errorf("status %d", resp.StatusCode)
	}
}
