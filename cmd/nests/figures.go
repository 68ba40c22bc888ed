package main

import (
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"nests/internal/api"
	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/reconcile"
)

// figures are what this server counts for Prometheus. No label holds a key, an id or an address, and each has few values.
type figures struct {
	registry *prometheus.Registry

	requests     *prometheus.CounterVec
	seconds      *prometheus.HistogramVec
	doors        *prometheus.CounterVec
	joins        *prometheus.CounterVec
	drifts       *prometheus.CounterVec
	driftSeconds *prometheus.HistogramVec

	codes words
}

// doors are the ways in by the operation that serves each; the relay counts by the event.
var doors = map[string]string{
	"info": "info", "guest": "guest", "join": "join", "restart": "restart", "hls": "hls", "participants": "participants",
	"diagnostics": "diagnostics", "validate": "validate", "signal": "gate",
}

const (
	relayDoor   = "relay"
	joinedEvent = "participant_joined" // LiveKit's word
)

func newFigures() *figures {
	count := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	seconds := func(name, help, label string, buckets ...float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{label})
	}
	f := &figures{
		registry: prometheus.NewRegistry(),
		requests: count("nests_http_requests_total", "Requests answered; a WebSocket counts when it is there.", "route", "status"),
		seconds: seconds("nests_http_request_seconds", "Time until a request was answered, or its WebSocket was there.", "route",
			.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10),
		doors:  count("nests_doors_total", "Who asked to come in, and why not.", "door", "outcome", "code"),
		joins:  count("nests_joins_total", "Connections that LiveKit reported as inside a nest.", "as"),
		drifts: count("nests_drift_total", "Divergences that are over.", "code", "outcome"),
		driftSeconds: seconds("nests_drift_seconds", "How long divergences lasted.", "code",
			.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 600, 3600),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "nests_build_info", Help: "1, with the version in its labels.",
		ConstLabels: prometheus.Labels{"version": versionText(), "go": runtime.Version()}})
	build.Set(1)
	f.registry.MustRegister(f.requests, f.seconds, f.doors, f.joins, f.drifts, f.driftSeconds, build)
	f.begin()
	return f
}

// begin shows what did not happen yet as 0: a rate needs a first value, and an alert a series.
func (f *figures) begin() {
	for _, door := range doors {
		f.doors.WithLabelValues(door, "passed", "")
	}
	f.doors.WithLabelValues(relayDoor, "passed", "")
	f.joins.WithLabelValues("member")
	f.joins.WithLabelValues("guest")
	for _, code := range reconcile.DriftCodes() {
		f.drifts.WithLabelValues(code, "repaired")
		f.driftSeconds.WithLabelValues(code)
	}
}

// answered hears of each request from the API.
func (f *figures) answered(a api.RequestSummary) {
	f.requests.WithLabelValues(a.Route, strconv.Itoa(a.Status)).Inc()
	f.seconds.WithLabelValues(a.Route).Observe(a.Took.Seconds())
	door, is := doors[a.Route]
	switch {
	case !is:
	case a.Code == "" && a.Status >= 400: // the client left, or half an answer broke off: nobody decided anything
	case a.Code == "":
		f.doors.WithLabelValues(door, "passed", "").Inc()
	default:
		f.doors.WithLabelValues(door, "refused", f.codes.bounded(a.Code)).Inc()
	}
}

// event hears how the relay answered one.
func (f *figures) event(prefix string) {
	if prefix == "" {
		f.doors.WithLabelValues(relayDoor, "passed", "").Inc()
		return
	}
	f.doors.WithLabelValues(relayDoor, "refused", f.codes.bounded(prefix)).Inc()
}

// reported hears what LiveKit says. Rooms for connection tests do not count.
func (f *figures) reported(e media.Event) {
	if e.Kind != joinedEvent || !nest.IsID(e.Room) {
		return
	}
	as := "member"
	if strings.HasPrefix(e.Identity, nest.GuestPrefix) {
		as = "guest"
	}
	f.joins.WithLabelValues(as).Inc()
}

// ended hears of divergences from the loop.
func (f *figures) ended(d nest.Drift) {
	f.drifts.WithLabelValues(f.codes.bounded(d.Code), f.codes.bounded(d.Outcome)).Inc()
	f.driftSeconds.WithLabelValues(f.codes.bounded(d.Code)).Observe((time.Duration(d.Resolved-d.First) * time.Millisecond).Seconds())
}

// words keep a label's values few, whatever a mistake of ours hands over: those that came first stay themselves.
type words struct {
	mu    sync.Mutex
	known map[string]bool
}

const wordsMost = 100

func (w *words) bounded(word string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known[word] {
		return word
	}
	if len(w.known) >= wordsMost || len(word) > 40 {
		return "other"
	}
	if w.known == nil {
		w.known = map[string]bool{}
	}
	w.known[word] = true
	return word
}
