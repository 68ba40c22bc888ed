package metrics

import (
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Counters are the numbers that only grow. They are safe for concurrent use.
type Counters struct {
	registry *prometheus.Registry

	requests     *prometheus.CounterVec
	seconds      *prometheus.HistogramVec
	doors        *prometheus.CounterVec
	joins        *prometheus.CounterVec
	drifts       *prometheus.CounterVec
	driftSeconds *prometheus.HistogramVec

	codes labelValues
}

// entryPoints are the values of the label `door` by the route of the API that serves each.
var entryPoints = map[string]string{
	"info":         "info",
	"guest":        "guest",
	"join":         "join",
	"restart":      "restart",
	"hls":          "hls",
	"participants": "participants",
	"diagnostics":  "diagnostics",
	"validate":     "validate",
	"signal":       "gate",
}

const relayEntryPoint = "relay"

// NewCounters registers every counter. The version is a label of nests_build_info; driftCodes are all codes that
// CountDrift may be called with.
func NewCounters(version string, driftCodes []string) *Counters {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help, label string, buckets ...float64) *prometheus.HistogramVec {
		opts := prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
		return prometheus.NewHistogramVec(opts, []string{label})
	}
	c := &Counters{
		registry: prometheus.NewRegistry(),
		requests: counter("nests_http_requests_total",
			"HTTP requests answered. A WebSocket is counted when it is established.", "route", "status"),
		seconds: histogram("nests_http_request_seconds",
			"Time until a request was answered or its WebSocket was established.", "route",
			.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10),
		doors: counter("nests_doors_total",
			"Requests to enter or to publish, by entry point and outcome.", "door", "outcome", "code"),
		joins:  counter("nests_joins_total", "Connections that LiveKit reported as joined to a nest.", "as"),
		drifts: counter("nests_drift_total", "Divergences that are over.", "code", "outcome"),
		driftSeconds: histogram("nests_drift_seconds", "How long divergences lasted.", "code",
			.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 600, 3600),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "nests_build_info",
		Help:        "1, with the version in its labels.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	c.registry.MustRegister(c.requests, c.seconds, c.doors, c.joins, c.drifts, c.driftSeconds, build)
	c.startAtZero(driftCodes)
	return c
}

// startAtZero creates the series that alerts and rates use: rate() needs a first value, and an alert needs a series.
func (c *Counters) startAtZero(driftCodes []string) {
	for _, entryPoint := range entryPoints {
		c.doors.WithLabelValues(entryPoint, "passed", "")
	}
	c.doors.WithLabelValues(relayEntryPoint, "passed", "")
	c.joins.WithLabelValues("member")
	c.joins.WithLabelValues("guest")
	for _, code := range driftCodes {
		c.drifts.WithLabelValues(code, "repaired")
		c.driftSeconds.WithLabelValues(code)
	}
}

// CountRequest counts one answered request; code is the error code of a refusal, "" for any other answer.
func (c *Counters) CountRequest(route string, status int, code string, took time.Duration) {
	c.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	c.seconds.WithLabelValues(route).Observe(took.Seconds())
	entryPoint, is := entryPoints[route]
	switch {
	case !is:
	case code == "" && status >= 400: // the connection broke before the service decided
	case code == "":
		c.doors.WithLabelValues(entryPoint, "passed", "").Inc()
	default:
		c.doors.WithLabelValues(entryPoint, "refused", c.codes.bound(code)).Inc()
	}
}

// CountRelayEvent counts one event that a client sent to the relay; prefix is NIP-01's of a refusal, "" when the relay
// accepted the event.
func (c *Counters) CountRelayEvent(prefix string) {
	if prefix == "" {
		c.doors.WithLabelValues(relayEntryPoint, "passed", "").Inc()
		return
	}
	c.doors.WithLabelValues(relayEntryPoint, "refused", c.codes.bound(prefix)).Inc()
}

// CountJoin counts one participant that joined a nest.
func (c *Counters) CountJoin(guest bool) {
	as := "member"
	if guest {
		as = "guest"
	}
	c.joins.WithLabelValues(as).Inc()
}

// CountDrift counts one divergence that is over.
func (c *Counters) CountDrift(code, outcome string, lasted time.Duration) {
	c.drifts.WithLabelValues(c.codes.bound(code), c.codes.bound(outcome)).Inc()
	c.driftSeconds.WithLabelValues(c.codes.bound(code)).Observe(lasted.Seconds())
}
