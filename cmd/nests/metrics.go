package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"nests/internal/api"
	"nests/internal/config"
	"nests/internal/media"
	"nests/internal/metrics"
	"nests/internal/nest"
)

// listenMetrics opens the port for metrics; nil when the configuration opens none.
func listenMetrics(cfg config.Config) (*metrics.Server, error) {
	if cfg.MetricsAddr == "" {
		return nil, nil
	}
	server, err := metrics.Listen(cfg.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("open NESTS_METRICS_ADDR %s: %w (choose another address, or off)", cfg.MetricsAddr, err)
	}
	return server, nil
}

// metricsSources are the functions that a scrape reads.
func (a *app) metricsSources() metrics.Sources {
	return metrics.Sources{
		Nests:        a.nestCounts,
		Outbox:       a.outboxState,
		LiveKitUp:    func() bool { return a.loop.CheckAvailable() == nil },
		LastPass:     a.loop.LastPass,
		Participants: a.loop.CountParticipants,
		OpenDrifts:   a.loop.OpenDrifts,
		LastWebhook:  a.webhooks.Last,
		Disk:         a.diagnose.Disk,
		Diagnose:     a.diagnosis,
		Now:          time.Now,
	}
}

func (a *app) nestCounts(ctx context.Context) (map[string]int, error) {
	stored, err := a.store.StatusCounts(ctx)
	counts := map[string]int{}
	for _, status := range []nest.Status{nest.Planned, nest.Live, nest.Ended} {
		counts[string(status)] = stored[status]
	}
	return counts, err
}

func (a *app) outboxState(ctx context.Context) (metrics.Outbox, error) {
	stats, err := a.store.OutboxStats(ctx, time.Now().UnixMilli())
	outbox := metrics.Outbox{Pending: stats.Pending}
	if stats.Overdue > 0 {
		outbox.Oldest = time.UnixMilli(stats.Oldest)
	}
	return outbox, err
}

func (a *app) diagnosis(ctx context.Context) metrics.Diagnosis {
	report := a.diagnose.Report(ctx)
	left, life := report.Certificate()
	return metrics.Diagnosis{Verdict: string(report.Verdict.Code), CertificateLeft: left, CertificateLife: life}
}

func (a *app) countRequest(r api.RequestSummary) {
	a.counters.CountRequest(r.Route, r.Status, r.Code, r.Took)
}

// countJoin ignores rooms that connection tests create.
func (a *app) countJoin(e media.Event) {
	const joined = "participant_joined" // LiveKit's name of the event
	if e.Kind == joined && nest.IsID(e.Room) {
		a.counters.CountJoin(strings.HasPrefix(e.Identity, nest.GuestPrefix))
	}
}

func (a *app) countDrift(d nest.Drift) {
	a.counters.CountDrift(d.Code, d.Outcome, time.Duration(d.Resolved-d.First)*time.Millisecond)
}
