package api

import (
	"log/slog"
	"net/http"
	"time"
)

// NewHTTPServer is the one listener's server. Whoever does not take an answer for minutes is cut; that is longer than a
// picture may take to arrive and be made anew. Signalling and relay sockets live on it for hours: net/http ends its time limits when a
// connection is hijacked. Bodies are bounded in time where they are read. MaxHeaderBytes is large because
// livekit-client puts its SDP into the URL of /rtc/v1.
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
