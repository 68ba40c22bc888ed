package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"nests/internal/media"
	"nests/internal/metrics"
	"nests/internal/nest"
)

func TestCountedEventsOfLiveKitAndTheLoop(t *testing.T) {
	a := &app{counters: metrics.NewCounters("v1.2.3", nil)}
	key, id := strings.Repeat("ab", 32), "0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11"
	a.countJoin(media.Event{Kind: "participant_joined", Room: id, Identity: key})
	a.countJoin(media.Event{Kind: "participant_joined", Room: id, Identity: nest.GuestPrefix + id})
	a.countJoin(media.Event{Kind: "participant_joined", Room: nest.TestRoomPrefix + id, Identity: "check"})
	a.countJoin(media.Event{Kind: "participant_left", Room: id})
	a.countDrift(nest.Drift{Code: "metadata_lost", Outcome: "repaired", First: 1000, Resolved: 3500})

	w := httptest.NewRecorder()
	metrics.Handler(a.counters, idleSources()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text := w.Body.String()
	for _, want := range []string{
		`nests_joins_total{as="member"} 1`,
		`nests_joins_total{as="guest"} 1`,
		`nests_drift_total{code="metadata_lost",outcome="repaired"} 1`,
		`nests_drift_seconds_sum{code="metadata_lost"} 2.5`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, key) || strings.Contains(text, id) {
		t.Error("a label holds a key or an id")
	}
}

// idleSources are those of a server without nests.
func idleSources() metrics.Sources {
	return metrics.Sources{
		Nests:        func(context.Context) (map[string]int, error) { return nil, nil },
		Outbox:       func(context.Context) (metrics.Outbox, error) { return metrics.Outbox{}, nil },
		LiveKitUp:    func() bool { return true },
		LastPass:     func() time.Time { return time.Time{} },
		Participants: func() (int, int, bool) { return 0, 0, false },
		OpenDrifts:   func() map[string]int { return nil },
		LastWebhook:  func() (time.Time, time.Duration) { return time.Time{}, 0 },
		Disk:         func() (uint64, uint64, error) { return 0, 0, nil },
		Diagnose:     func(context.Context) metrics.Diagnosis { return metrics.Diagnosis{} },
		Now:          time.Now,
	}
}
