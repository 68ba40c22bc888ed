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
	// Origins of this server, scheme://host[:port]. The page may connect to them by WebSocket on plain http, too, which
	// matters if it was opened under another name of the same machine.
	Origins []string
	// Relays of other servers that the page may connect to although they use plain ws.
	Relays []string
	// Describe returns the card of the public nest at an address, which is the path without its first slash, and false
	// for any other path. May be nil.
	Describe func(ctx context.Context, address string) (Card, bool)
}

// Handler serves the app: the files of the build, and its shell for every other page.
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

// reserved are the path prefixes of other handlers. The shell is never served for an unknown path below them, and
// public/sw.js must not handle any.
var reserved = []string{
	"/api", "/rtc", "/livekit", "/twirp", "/webhooks", "/.well-known", "/relay", "/health", "/ready",
}

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
	case strings.Contains(path.Base(name), ".") || isReserved(r.URL.Path):
		http.NotFound(w, r)
	case h.serveWithCard(w, r):
	default:
		h.shell(w, r)
	}
}

func isReserved(p string) bool {
	for _, prefix := range reserved {
		if p == prefix || strings.HasPrefix(p, prefix+"/") {
			return true
		}
	}
	return false
}

// has reports whether a file can be requested. Hidden files and the compressed variants cannot.
func (h *handler) has(name string) bool {
	base := path.Base(name)
	if strings.HasPrefix(base, ".") || strings.HasSuffix(base, ".gz") || strings.HasSuffix(base, ".br") {
		return false
	}
	info, err := fs.Stat(h.files, name)
	return err == nil && info.Mode().IsRegular()
}

func (h *handler) read(name string) ([]byte, error) { return fs.ReadFile(h.files, name) }

// shell serves the one page of the app. It names its assets by hash, so clients must revalidate it each time.
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
	`<h1>web app not built: run make build</h1>` +
	`<p>The server itself works; its API is under <code>/api/v1</code>.</p></html>`

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

// encoded returns the file to send and its encoding, depending on what the client accepts.
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

// accepts reports whether Accept-Encoding (RFC 9110 §12.5.3) names an encoding with a weight above zero.
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

// contentType prefers its own table, because those of machines differ.
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

// cacheControl returns how long a file may be cached. Names under assets contain a hash of their content, so these
// files never change, and icons rarely do. The page, the manifest and the service worker must be revalidated each time.
func cacheControl(name string) string {
	switch {
	case strings.HasPrefix(name, "assets/"):
		return "public, max-age=31536000, immutable"
	case path.Ext(name) == ".png":
		return "public, max-age=86400"
	}
	return "no-cache"
}
