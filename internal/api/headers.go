package api

import (
	"bufio"
	"net"
	"net/http"
)

// apiHeaders are on every JSON answer. Any origin may read it, none with credentials: cookies serve the same origin only.
func apiHeaders(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, WWW-Authenticate")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
}

// preflight allows what any of our calls may need, whatever the path: the call itself says what is there.
func preflight(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Allow-Methods", "GET, PUT, POST, PATCH, DELETE")
	header.Set("Access-Control-Allow-Headers", "authorization, content-type, accept")
	header.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// trackedWriter remembers the status. It is an http.Hijacker and http.Flusher itself, because WebSocket libraries and the
// relay look for them by type assertion.
type trackedWriter struct {
	http.ResponseWriter
	status   int    // 0 until something was answered
	upgraded func() // hears of a request that became a WebSocket
}

func (w *trackedWriter) WriteHeader(status int) {
	if w.status == 0 || w.status < 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *trackedWriter) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(data)
}

func (w *trackedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.status = http.StatusSwitchingProtocols
		w.upgraded()
	}
	return conn, buffered, err
}

func (w *trackedWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (w *trackedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
