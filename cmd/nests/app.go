package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"nests/internal/api"
	"nests/internal/config"
	"nests/internal/diagnose"
	"nests/internal/front"
	"nests/internal/media"
	"nests/internal/metrics"
	"nests/internal/nest"
	"nests/internal/nip"
	"nests/internal/reconcile"
	"nests/internal/relay"
	"nests/internal/store"
)

// app is the whole server. This file and wire_*.go are the map of which part uses which. Nothing runs before Run.
type app struct {
	cfg      config.Config
	log      *slog.Logger
	out      io.Writer
	listener net.Listener
	front    *front.Front // nil when the server does not terminate TLS

	metrics  *metrics.Server // nil when NESTS_METRICS_ADDR is off
	counters *metrics.Counters

	store    *store.DB
	livekit  *media.Embedded // nil when an external LiveKit is used
	client   *media.Client
	gate     *media.Gate
	service  *nest.Service
	blocks   *nest.BlockList
	loop     *reconcile.Loop
	meetings *reconcile.Announcer
	relay    *relay.Relay
	outbox   *relay.Outbox
	watcher  *relay.Watcher
	follows  *relay.Follows // nil unless NESTS_CREATE is follows
	api      *api.Server
	webhooks *media.Webhooks
	diagnose *diagnose.Server
	handler  http.Handler
	serverPK string
}

// newApp opens the ports and the store, and wires every part. The caller must Run or Close the app.
func newApp(ctx context.Context, cfg config.Config, log *slog.Logger, out io.Writer) (_ *app, err error) {
	log = slog.New(api.LogHandler(log.Handler()))
	a := &app{cfg: cfg, log: log, out: out, counters: metrics.NewCounters(versionText(), reconcile.DriftCodes())}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if a.listener, err = net.Listen("tcp", cfg.HTTPAddr); err != nil {
		return nil, fmt.Errorf("open NESTS_HTTP_ADDR %s: %w (is another server running there?)", cfg.HTTPAddr, err)
	}
	if a.front, err = listenFront(cfg, a.log); err != nil {
		return nil, err
	}
	if a.metrics, err = listenMetrics(cfg); err != nil {
		return nil, err
	}
	a.cfg.HTTPAddr = withPort(cfg.HTTPAddr, a.listener)
	if a.store, err = store.Open(ctx, storeConfig(cfg), a.log); err != nil {
		return nil, err
	}
	if err = a.store.Migrate(ctx); err != nil {
		return nil, err
	}
	if cfg.Postgres == "" { // the lock on the data folder makes this the only process
		if err = a.store.ReleaseClaims(ctx); err != nil {
			return nil, err
		}
	}
	if a.serverPK, err = nip.PublicKey(cfg.NostrKey); err != nil {
		return nil, err
	}
	if err = a.wireMedia(); err != nil {
		return nil, err
	}
	a.wireDomain()
	a.wireRelays()
	a.wireHTTP()
	a.blocks.Disconnect = []nest.Disconnecter{a.relay, a.gate, a.loop}
	if err = a.blocks.Load(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

func storeConfig(cfg config.Config) store.Config {
	return store.Config{Path: filepath.Join(cfg.DataDir, "nests.db"), Postgres: cfg.Postgres}
}

// Close releases the ports and the store.
func (a *app) Close() error {
	var err error
	if a.listener != nil {
		err = a.listener.Close()
		if errors.Is(err, net.ErrClosed) {
			err = nil
		}
	}
	if a.front != nil {
		a.front.Close()
	}
	if a.metrics != nil {
		a.metrics.Close()
	}
	if a.livekit != nil && a.livekit.TURN != nil && a.livekit.TURN.Listener != nil {
		a.livekit.TURN.Listener.Close()
	}
	if a.store != nil {
		err = errors.Join(err, a.store.Close())
	}
	return err
}
