package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"nests/internal/diagnose"
	"nests/internal/nest"
)

// gauges say how things stand when they are asked. What cannot be observed is left out, never told as 0. However often it is
// scraped, the database is read at most every readEvery and the server diagnosed at most every lookEvery.
type gauges struct {
	Store interface {
		StatusCounts(ctx context.Context) (map[nest.Status]int, error)
		OutboxStats(ctx context.Context, now int64) (nest.OutboxStats, error)
	}
	Loop interface {
		Answering() error
		LastPass() time.Time
		CountParticipants() (inside, onStage int, known bool)
		OpenDrifts() map[string]int
	}
	Webhooks func() (last time.Time, lag time.Duration)
	Diagnose func(ctx context.Context) diagnose.Report
	Disk     func() (free, total uint64, err error)
	Now      func() time.Time

	mu       sync.Mutex
	read     time.Time
	counts   map[nest.Status]int
	countErr error
	owed     nest.OutboxStats
	owedErr  error
	looked   time.Time
	verdict  diagnose.Code
	left     int64 // seconds of the certificate that ends first
	life     int64 // of that certificate, 0: none was seen
}

const (
	readEvery  = 5 * time.Second
	lookEvery  = 15 * time.Second
	scrapeMost = 5 * time.Second // less than Prometheus waits
)

// refresh reads what is too old. It takes scrapeMost at most.
func (g *gauges) refresh(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, scrapeMost)
	defer cancel()
	now := g.Now()
	var all sync.WaitGroup
	if now.Sub(g.read) >= readEvery {
		all.Go(func() { g.counts, g.countErr = g.Store.StatusCounts(ctx) })
		all.Go(func() { g.owed, g.owedErr = g.Store.OutboxStats(ctx, now.UnixMilli()) })
		g.read = now
	}
	if now.Sub(g.looked) >= lookEvery {
		all.Go(func() {
			report := g.Diagnose(ctx)
			g.verdict = report.Verdict.Code
			g.left, g.life = report.Certificate()
		})
		g.looked = now
	}
	all.Wait()
}

// Describe says nothing: what cannot be observed is left out.
func (g *gauges) Describe(chan<- *prometheus.Desc) {}

func (g *gauges) Collect(out chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tellStore(out)
	g.tellLoop(out)
	if last, lag := g.Webhooks(); !last.IsZero() {
		tell(out, "nests_webhook_lag_seconds", "How late LiveKit's last report came.", lag.Seconds())
	}
	if free, total, err := g.Disk(); err == nil {
		tell(out, "nests_disk_free_bytes", "Free to this server on the disk of the data folder.", float64(free))
		tell(out, "nests_disk_bytes", "Size of that disk.", float64(total))
	}
	if g.life > 0 {
		tell(out, "nests_certificate_left_seconds", "Until the certificate ends that ends first.", float64(g.left))
		tell(out, "nests_certificate_life_seconds", "The whole life of that certificate.", float64(g.life))
	}
	if g.verdict == "" {
		return
	}
	const verdict, help = "nests_verdict", "1 for the verdict on this server; healthy is always told."
	tell(out, verdict, help, truth(g.verdict == diagnose.Healthy), "code", string(diagnose.Healthy))
	if g.verdict != diagnose.Healthy {
		tell(out, verdict, help, 1, "code", string(g.verdict))
	}
}

func (g *gauges) tellStore(out chan<- prometheus.Metric) {
	if g.countErr == nil {
		for _, status := range []nest.Status{nest.Planned, nest.Live, nest.Ended} {
			tell(out, "nests_nests", "Nests in the database.", float64(g.counts[status]), "status", string(status))
		}
	}
	if g.owedErr != nil {
		return
	}
	overdue := 0.0
	if g.owed.Overdue > 0 {
		overdue = max(0, g.Now().Sub(time.UnixMilli(g.owed.Oldest)).Seconds())
	}
	tell(out, "nests_outbox_pending", "Publications still owed to relays.", float64(g.owed.Pending))
	tell(out, "nests_outbox_oldest_seconds", "How overdue the longest waiting publication is.", overdue)
}

func (g *gauges) tellLoop(out chan<- prometheus.Metric) {
	tell(out, "nests_livekit_up", "1 while LiveKit answers.", truth(g.Loop.Answering() == nil))
	if passed := g.Loop.LastPass(); !passed.IsZero() {
		tell(out, "nests_reconcile_lag_seconds", "Since the loop last came round.", max(0, g.Now().Sub(passed).Seconds()))
	}
	for code, open := range g.Loop.OpenDrifts() {
		tell(out, "nests_drift_open", "Divergences that are not over.", float64(open), "code", code)
	}
	if inside, onStage, known := g.Loop.CountParticipants(); known {
		tell(out, "nests_participants", "Connections inside nests, as the loop last saw.", float64(inside))
		tell(out, "nests_on_stage", "Those of them that may speak.", float64(onStage))
	}
}

// tell sends one value; label is nothing, or a name and its value.
func tell(out chan<- prometheus.Metric, name, help string, value float64, label ...string) {
	var names, values []string
	if len(label) == 2 {
		names, values = label[:1], label[1:]
	}
	out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value, values...)
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
