package api

import (
	"log/slog"
	"net/http"
	"time"
)

// NewHTTPServer is the one listener's server. There is no write or read time limit as a whole, because signalling and relay
// sockets live on it for hours; bodies are bounded in time where they are read. MaxHeaderBytes is large because
// livekit-client puts its SDP into the URL of /rtc/v1.
func NewHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    128 << 10,
		ErrorLog:          slog.NewLogLogger(log.With("component", "api").Handler(), slog.LevelDebug),
	}
}
