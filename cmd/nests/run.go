package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"nests/internal/api"
)

// Run serves until ctx ends or a part fails, then stops the parts in reverse order within ShutdownTimeout.
//
// Concurrency: Run starts every goroutine of the server and waits for all of them. Each part owns its state; parts
// meet only through the methods of the values that newApp wired, which are set before Run and not changed afterwards.
func (a *app) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.Close()) }()
	base := context.WithoutCancel(ctx)
	group, failed := errgroup.WithContext(base)
	mediaCtx, stopMedia := context.WithCancel(base)
	workCtx, stopWork := context.WithCancel(base)
	defer stopMedia()
	defer stopWork()

	if a.livekit != nil {
		group.Go(func() error { return a.livekit.Run(mediaCtx) })
		if err := a.livekit.Ready(ctx); err != nil {
			stopMedia()
			return errors.Join(group.Wait(), err)
		}
	}
	if err := a.loop.Pass(ctx); err != nil {
		stopMedia()
		return errors.Join(err, group.Wait())
	}
	for _, run := range a.workers() {
		group.Go(func() error { return run(workCtx) })
	}
	server := api.NewHTTPServer(a.handler, a.log)
	group.Go(func() error { return serveOn(server, a.listener) })
	if a.front != nil {
		group.Go(func() error { return serveOn(server, a.front.Listener()) })
		group.Go(func() error { return runFront(workCtx, a.front) })
	}
	open := a.cfg.PublicURL() + "/"
	if a.cfg.Dev {
		if open, err = a.demo(ctx); err != nil {
			a.log.Warn("demo nest failed", "component", "api", "err", err)
			open = a.cfg.PublicURL() + "/"
		}
	}
	announce(a.out, open, a.listenAddresses())
	group.Go(func() error { return a.selfTest(workCtx) })
	select {
	case <-ctx.Done():
		a.log.Info("stopping", "within", a.cfg.ShutdownTimeout.String())
	case <-failed.Done():
	}
	a.stop(base, server, stopWork, stopMedia)
	return waitAtMost(failed, group.Wait, a.cfg.ShutdownTimeout)
}

func serveOn(server *http.Server, l net.Listener) error {
	err := server.Serve(l)
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) { // closed by stop
		return nil
	}
	return err
}

// workers are the long-running parts besides LiveKit and HTTP.
func (a *app) workers() []func(context.Context) error {
	runs := []func(context.Context) error{
		a.loop.Run, a.meetings.Run, a.relay.Run, a.outbox.Run, a.watcher.Run, a.blocks.Run, a.purge,
	}
	if a.metrics != nil {
		runs = append(runs, a.metrics.Run)
	}
	if a.follows != nil {
		runs = append(runs, a.follows.Run)
	}
	return runs
}

// stop closes the listener first, then the proxied signalling sockets: clients retry a lost connection, but not
// LiveKit's SERVER_SHUTDOWN. The workers and LiveKit stop last.
func (a *app) stop(ctx context.Context, server *http.Server, stopWork, stopMedia context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, a.cfg.ShutdownTimeout/2)
	defer cancel()
	a.listener.Close()
	a.gate.CloseSockets()
	if err := server.Shutdown(ctx); err != nil {
		server.Close()
	}
	stopWork()
	stopMedia()
}

// purge deletes expired rows once a minute.
func (a *app) purge(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := time.Now()
		old := now.Add(-a.cfg.AuditRetention).UnixMilli()
		err := errors.Join(
			a.store.Purge(ctx, now.UnixMilli()),
			a.store.PurgeAudit(ctx, old),
			a.store.PurgeReports(ctx, old),
		)
		if err != nil && ctx.Err() == nil {
			a.log.Warn("purge failed", "component", "store", "err", err)
		}
	}
}

var errStopTimeout = errors.New("not everything stopped within NESTS_SHUTDOWN_TIMEOUT")

// waitAtMost returns the result of wait. After the limit it returns errStopTimeout, joined with the failure that
// caused the stop: often that failure also makes the stop slow.
func waitAtMost(failed context.Context, wait func() error, limit time.Duration) error {
	done := make(chan error, 1)
	go func() { done <- wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		return errors.Join(context.Cause(failed), errStopTimeout)
	}
}
