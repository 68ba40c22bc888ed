package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp" // LiveKit depends on it already
)

// Handler serves the metrics of this server, and those that LiveKit and Go register by themselves. A collector that
// fails does not keep the others from being served.
func Handler(c *Counters, s Sources) http.Handler {
	g := &gauges{Sources: s}
	c.registry.MustRegister(g)
	gatherers := prometheus.Gatherers{prometheus.DefaultGatherer, c.registry}
	served := promhttp.HandlerFor(gatherers, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.refresh(r.Context())
		served.ServeHTTP(w, r)
	})
}

// Server serves the metrics and Go's profiles on a port of their own. The port must be on loopback: profiles show
// memory, and with it secrets.
type Server struct {
	Handler http.Handler // of /metrics; set before Run

	listener net.Listener
}

// Listen opens the port. The caller must Run or Close the server.
func Listen(addr string) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Server{listener: listener}, nil
}

// Addr is the address that was opened.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Close releases the port of a server that does not Run.
func (s *Server) Close() error { return s.listener.Close() }

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.Handler)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
