package web

import (
	"bytes"
	"context"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// Options of Handler.
type Options struct {
	// Files of the build; nil means the embedded ones.
	Files fs.FS
	// Origins under which this server is reached, scheme://host[:port]. The page may connect to them by WebSocket also on plain
	// http, which matters when it was opened under another name of the same machine.
	Origins []string
	// Relays of other servers that the page may connect to although they are on plain ws.
	Relays []string
	// Describe is what everybody may know of the nest at an address, the path without its first slash; false for any other path. May be nil.
	Describe func(ctx context.Context, address string) (Card, bool)
}

// Handler serves the app: files of the build as they are, and its shell for every other page.
func Handler(opts Options) http.Handler {
	if opts.Files == nil {
		opts.Files = Dist()
	}
	return &handler{files: opts.Files, policy: contentPolicy(opts.Origins, opts.Relays), describe: opts.Describe}
}

type handler struct {
	files    fs.FS
	policy   string
	describe func(context.Context, string) (Card, bool)
}

// notOurs are the paths whose owners answer in JSON; the shell must never cover an unknown one of them, nor public/sw.js one at all.
var notOurs = []string{"/api", "/rtc", "/livekit", "/twirp", "/webhooks", "/.well-known", "/relay", "/health", "/ready"}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.secure(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	switch {
	case name == "" || name == "index.html":
		h.shell(w, r)
	case h.has(name):
		h.file(w, r, name)
	case strings.Contains(path.Base(name), ".") || others(r.URL.Path):
		http.NotFound(w, r)
	case h.described(w, r):
	default:
		h.shell(w, r)
	}
}

func others(p string) bool {
	for _, prefix := range notOurs {
		if p == prefix || strings.HasPrefix(p, prefix+"/") {
			return true
		}
	}
	return false
}

// has is false for hidden files and for the compressed side files, which are a way of sending and not a thing to ask for.
func (h *handler) has(name string) bool {
	base := path.Base(name)
	if strings.HasPrefix(base, ".") || strings.HasSuffix(base, ".gz") || strings.HasSuffix(base, ".br") {
		return false
	}
	info, err := fs.Stat(h.files, name)
	return err == nil && info.Mode().IsRegular()
}

func (h *handler) read(name string) ([]byte, error) { return fs.ReadFile(h.files, name) }

// shell is the one page of the app. It names its assets by hash, so it must be asked for anew each time.
func (h *handler) shell(w http.ResponseWriter, r *http.Request) {
	if !h.has("index.html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(notBuilt))
		return
	}
	h.file(w, r, "index.html")
}

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Nests</title>` +
	`<h1>web app not built: run make build</h1><p>The server itself works; its API is under <code>/api/v1</code>.</p></html>`

func (h *handler) file(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Set("Content-Type", contentType(name))
	header.Set("Cache-Control", cacheControl(name))
	header.Add("Vary", "Accept-Encoding")
	sent, encoding := h.encoded(r.Header.Get("Accept-Encoding"), name)
	body, err := h.read(sent)
	if err != nil {
		http.Error(w, "cannot read file", http.StatusInternalServerError)
		return
	}
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// encoded is the file to send, and its encoding, for what the client takes.
func (h *handler) encoded(accept, name string) (string, string) {
	for _, side := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(accept, side.encoding) {
			continue
		}
		if _, err := fs.Stat(h.files, name+side.suffix); err == nil {
			return name + side.suffix, side.encoding
		}
	}
	return name, ""
}

// accepts reads Accept-Encoding (RFC 9110 §12.5.3) as far as it matters: a named encoding with a weight above zero.
func accepts(accept, encoding string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		word, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(word), encoding) {
			continue
		}
		q, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		return !ok || strings.Trim(q, "0.") != ""
	}
	return false
}

// contentType does not ask the machine's own tables, which differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".json":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".wasm":
		return "application/wasm"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}

// cacheControl: names under assets carry a hash of their content and never change; the pictures of icons hardly do. The page, the
// manifest and the service worker belong to one build and are asked for anew each time.
func cacheControl(name string) string {
	switch {
	case strings.HasPrefix(name, "assets/"):
		return "public, max-age=31536000, immutable"
	case path.Ext(name) == ".png":
		return "public, max-age=86400"
	}
	return "no-cache"
}
