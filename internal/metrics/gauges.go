package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sources are the functions that a scrape reads current values from. All of them must be set.
type Sources struct {
	// Nests counts the nests in the database by status; a status without nests counts 0.
	Nests  func(ctx context.Context) (map[string]int, error)
	Outbox func(ctx context.Context) (Outbox, error)

	LiveKitUp    func() bool
	LastPass     func() time.Time // end of the reconcile loop's last pass, zero before the first
	Participants func() (inside, onStage int, known bool)
	OpenDrifts   func() map[string]int // by code

	// LastWebhook is when LiveKit's last webhook arrived and how late it was; zero when none arrived.
	LastWebhook func() (at time.Time, lag time.Duration)
	Disk        func() (free, total uint64, err error) // bytes
	Diagnose    func(ctx context.Context) Diagnosis
	Now         func() time.Time
}

// Outbox is the state of the publications to other relays.
type Outbox struct {
	Pending int
	Oldest  time.Time // when the longest overdue publication was due, zero when none is overdue
}

// Diagnosis is what the server's own report contributes.
type Diagnosis struct {
	Verdict string // code
	// The certificate that expires first: seconds until then, and its whole lifetime, 0 without a certificate.
	CertificateLeft, CertificateLife int64
}

const (
	readInterval     = 5 * time.Second
	diagnoseInterval = 15 * time.Second
	refreshTimeout   = 5 * time.Second // less than Prometheus waits for a scrape

	healthy = "healthy"
)

// gauges collects the current values. A value that cannot be observed is left out; reporting 0 would be wrong.
//
// Concurrency: refresh and Collect run in the handlers of scrapes, several at once. mu guards every field below it
// and is held during a refresh, so scrapes that arrive meanwhile wait for the same values. However many arrive, the
// database is read once in readInterval and the server diagnosed once in diagnoseInterval.
type gauges struct {
	Sources

	mu          sync.Mutex
	readAt      time.Time
	nests       map[string]int
	nestsErr    error
	outbox      Outbox
	outboxErr   error
	diagnosedAt time.Time
	diagnosis   Diagnosis
}

// refresh reads the values that are too old. It takes at most refreshTimeout.
func (g *gauges) refresh(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	now := g.Now()
	var all sync.WaitGroup
	if now.Sub(g.readAt) >= readInterval {
		all.Go(func() { g.nests, g.nestsErr = g.Nests(ctx) })
		all.Go(func() { g.outbox, g.outboxErr = g.Outbox(ctx) })
		g.readAt = now
	}
	if now.Sub(g.diagnosedAt) >= diagnoseInterval {
		all.Go(func() { g.diagnosis = g.Diagnose(ctx) })
		g.diagnosedAt = now
	}
	all.Wait()
}

// Describe sends nothing: which gauges exist depends on what can be observed.
func (g *gauges) Describe(chan<- *prometheus.Desc) {}

// Collect sends the values of the last refresh, and those that cost nothing to read.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sendStore(out)
	g.sendLoop(out)
	if at, lag := g.LastWebhook(); !at.IsZero() {
		send(out, "nests_webhook_lag_seconds", "Delay of LiveKit's last webhook.", lag.Seconds())
	}
	if free, total, err := g.Disk(); err == nil {
		send(out, "nests_disk_free_bytes", "Free to this server on the disk of the data folder.", float64(free))
		send(out, "nests_disk_bytes", "Size of that disk.", float64(total))
	}
	g.sendDiagnosis(out)
}

func (g *gauges) sendStore(out chan<- prometheus.Metric) {
	if g.nestsErr == nil {
		for status, count := range g.nests {
			send(out, "nests_nests", "Nests in the database.", float64(count), "status", status)
		}
	}
	if g.outboxErr != nil {
		return
	}
	overdue := 0.0
	if !g.outbox.Oldest.IsZero() {
		overdue = max(0, g.Now().Sub(g.outbox.Oldest).Seconds())
	}
	send(out, "nests_outbox_pending", "Publications that relays have not accepted yet.", float64(g.outbox.Pending))
	send(out, "nests_outbox_oldest_seconds", "How long the longest waiting publication is overdue.", overdue)
}

func (g *gauges) sendLoop(out chan<- prometheus.Metric) {
	send(out, "nests_livekit_up", "1 while LiveKit answers.", boolean(g.LiveKitUp()))
	if at := g.LastPass(); !at.IsZero() {
		lag := max(0, g.Now().Sub(at).Seconds())
		send(out, "nests_reconcile_lag_seconds", "Time since the last pass of the reconcile loop.", lag)
	}
	for code, open := range g.OpenDrifts() {
		send(out, "nests_drift_open", "Divergences that are not over.", float64(open), "code", code)
	}
	if inside, onStage, known := g.Participants(); known {
		send(out, "nests_participants", "Connections inside nests, as last observed.", float64(inside))
		send(out, "nests_on_stage", "The part of them that is on stage.", float64(onStage))
	}
}

func (g *gauges) sendDiagnosis(out chan<- prometheus.Metric) {
	d := g.diagnosis
	if d.CertificateLife > 0 {
		send(
			out, "nests_certificate_left_seconds", "Time until the first certificate expires.",
			float64(d.CertificateLeft),
		)
		send(out, "nests_certificate_life_seconds", "Whole lifetime of that certificate.", float64(d.CertificateLife))
	}
	if d.Verdict == "" {
		return
	}
	const name, help = "nests_verdict", "1 for the verdict on this server; healthy is always present, as 0 or 1."
	send(out, name, help, boolean(d.Verdict == healthy), "code", healthy)
	if d.Verdict != healthy {
		send(out, name, help, 1, "code", d.Verdict)
	}
}

// send writes one gauge to out. label is empty, or the name of a label and its value.
func send(out chan<- prometheus.Metric, name, help string, value float64, label ...string) {
	var names, values []string
	if len(label) == 2 {
		names, values = label[:1], label[1:]
	}
	desc := prometheus.NewDesc(name, help, names, nil)
	out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, values...)
}

func boolean(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
