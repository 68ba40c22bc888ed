package api

import (
	"bufio"
	"net"
	"net/http"

	"nests/internal/nest"
)

// trackedWriter records what a response became. It implements http.Hijacker and http.Flusher itself, because WebSocket
// libraries and the relay find them by type assertion.
type trackedWriter struct {
	http.ResponseWriter
	status    int       // 0 until the handler wrote something
	code      nest.Code // of the refusal; "" for a success
	onUpgrade func()    // called when the request becomes a WebSocket
}

func (w *trackedWriter) WriteHeader(status int) {
	if w.status < 200 { // 1xx statuses precede the final one
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
		w.onUpgrade()
	}
	return conn, buffered, err
}

func (w *trackedWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves http.ResponseController.
func (w *trackedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
