package api

import (
	"log/slog"
	"net/http"
	"time"
)

// NewHTTPServer returns the server of the HTTP port.
//
// The write timeout cuts clients that do not read their answer. It is longer than a picture may take to arrive and
// to be converted. It does not affect WebSockets, which live for hours: net/http ends its timeouts when a
// connection is hijacked. There is no read timeout, because readBody bounds the time of a body. MaxHeaderBytes is
// large, because livekit-client sends its SDP in the URL of /rtc/v1.
func NewHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      3 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    128 << 10,
		ErrorLog:          slog.NewLogLogger(log.With("component", "api").Handler(), slog.LevelDebug),
	}
}
