package front

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// redirect answers plain HTTP until ctx ends: ACME's question, and the way to HTTPS for all else.
func (f *Front) redirect(ctx context.Context) error {
	server := &http.Server{
		Handler:           http.HandlerFunc(f.sendOn),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      5 * time.Second,
		MaxHeaderBytes:    128 << 10, // as long as those of HTTPS, else a long URL is refused instead of sent on
		ErrorLog:          slog.NewLogLogger(f.Log.Handler(), slog.LevelDebug),
	}
	server.SetKeepAlivesEnabled(false)
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(f.plain); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// sendOn keeps method, path and query: 308 lets a client repeat a POST as a POST.
func (f *Front) sendOn(w http.ResponseWriter, r *http.Request) {
	if f.Certificates.Challenge(w, r) {
		return
	}
	to := f.origin(r.Host) + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusPermanentRedirect)
}

// origin is ours of that host, so that nobody is sent where a Host header says.
func (f *Front) origin(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	for _, origin := range f.Origins {
		if u, err := url.Parse(origin); err == nil && u.Scheme == "https" && strings.EqualFold(u.Hostname(), host) {
			return origin
		}
	}
	return f.Origins[0]
}

// hstsFor is half a year: browsers do not try plain HTTP meanwhile. Other names under ours are not ours to bind.
const hstsFor = "max-age=15552000"

// WithHSTS adds Strict-Transport-Security to what goes over TLS, when public is https on the usual port: the rule holds for a
// host as a whole, and what listens on its other ports may have no TLS.
func WithHSTS(handler http.Handler, public string) http.Handler {
	u, err := url.Parse(public)
	if err != nil || u.Scheme != "https" || u.Port() != "" {
		return handler
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			w.Header().Set("Strict-Transport-Security", hstsFor)
		}
		handler.ServeHTTP(w, r)
	})
}
