package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp" // the format that every monitoring system reads; LiveKit brings it along
)

// metrics serves Prometheus figures and Go profiles on their own loopback port until ctx ends.
type metrics struct {
	listener net.Listener
	figures  http.Handler // set before Run
}

func listenMetrics(addr string) (*metrics, error) {
	if addr == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("open NESTS_METRICS_ADDR %s: %w (choose another address, or off)", addr, err)
	}
	return &metrics{listener: listener}, nil
}

// figuresHandler shows our figures, and those that LiveKit and Go register by themselves. What one part cannot say keeps
// nobody from the rest.
func figuresHandler(f *figures, g *gauges) http.Handler {
	f.registry.MustRegister(g)
	shown := promhttp.HandlerFor(prometheus.Gatherers{prometheus.DefaultGatherer, f.registry},
		promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.refresh(r.Context())
		shown.ServeHTTP(w, r)
	})
}

// Run is nothing to do on a nil metrics.
func (m *metrics) Run(ctx context.Context) error {
	if m == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.figures)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(m.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
