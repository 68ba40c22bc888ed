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

// redirect serves plain HTTP until ctx ends: ACME challenges, and a redirect to HTTPS for all other requests.
func (f *Front) redirect(ctx context.Context) error {
	server := &http.Server{
		Handler:           http.HandlerFunc(f.serveRedirect),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      5 * time.Second,
		MaxHeaderBytes:    128 << 10, // as for HTTPS, so that a long URL is redirected and not refused
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

// serveRedirect keeps method, path and query: 308 makes a client repeat a POST as a POST.
func (f *Front) serveRedirect(w http.ResponseWriter, r *http.Request) {
	if f.Certificates.Challenge(w, r) {
		return
	}
	to := f.originFor(r.Host) + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusPermanentRedirect)
}

// originFor returns the one of Origins that has the host, so that a forged Host header redirects to no other server.
func (f *Front) originFor(host string) string {
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

// hstsHeader makes browsers use HTTPS alone for half a year. It leaves subdomains out: they may be other servers.
const hstsHeader = "max-age=15552000"

// WithHSTS adds Strict-Transport-Security to responses over TLS if public is https on the default port. On another port
// it adds nothing, because the rule holds for every port of a host, and a server on another one may have no TLS.
func WithHSTS(handler http.Handler, public string) http.Handler {
	u, err := url.Parse(public)
	if err != nil || u.Scheme != "https" || u.Port() != "" {
		return handler
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			w.Header().Set("Strict-Transport-Security", hstsHeader)
		}
		handler.ServeHTTP(w, r)
	})
}
