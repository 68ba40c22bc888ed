package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nests/internal/api"
	"nests/internal/diagnose"
	"nests/internal/media"
	"nests/internal/nest"
)

// parts are what the gauges ask, in any condition.
type parts struct {
	err           error // of the database
	hangs         bool  // until the question is given up
	away          bool  // LiveKit
	reads, looked int
}

func (p *parts) answer(ctx context.Context) error {
	p.reads++
	if p.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return p.err
}

func (p *parts) StatusCounts(ctx context.Context) (map[nest.Status]int, error) {
	return map[nest.Status]int{nest.Live: 3}, p.answer(ctx)
}

func (p *parts) OutboxStats(context.Context, int64) (nest.OutboxStats, error) {
	return nest.OutboxStats{Pending: 2, Overdue: 1, Oldest: time.Now().Add(-time.Hour).UnixMilli()}, p.err
}

func (p *parts) Answering() error {
	if p.away {
		return errors.New("away")
	}
	return nil
}
func (p *parts) LastPass() time.Time                 { return time.Now().Add(-3 * time.Second) }
func (p *parts) CountParticipants() (int, int, bool) { return 5, 2, !p.away }
func (p *parts) OpenDrifts() map[string]int          { return map[string]int{"metadata_lost": 1} }

func (p *parts) look(context.Context) diagnose.Report {
	p.looked++
	code := diagnose.Healthy
	if p.err != nil {
		code = diagnose.StoreDown
	}
	seen := map[string]any{"seconds_left": int64(100), "lifetime_s": int64(900)}
	return diagnose.Report{Verdict: diagnose.Verdict{Code: code}, Checks: []diagnose.Check{{ID: "certificate", Evidence: seen}}}
}

func (p *parts) gauges() *gauges {
	return &gauges{Store: p, Loop: p, Diagnose: p.look, Now: time.Now,
		Webhooks: func() (time.Time, time.Duration) { return time.Now(), 2 * time.Second },
		Disk:     func() (uint64, uint64, error) { return 10, 20, nil }}
}

// scrape is what Prometheus gets, one line a value.
func scrape(t *testing.T, from http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	from.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("a scrape answers %d %s", w.Code, w.Body)
	}
	return "\n" + w.Body.String()
}

func wants(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
}

func TestGauges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parts{}
		handler := figuresHandler(newFigures(), p.gauges())
		wants(t, scrape(t, handler), `nests_nests{status="live"} 3`, `nests_nests{status="ended"} 0`, "nests_outbox_pending 2",
			"nests_outbox_oldest_seconds 3600", `nests_drift_open{code="metadata_lost"} 1`, "nests_livekit_up 1", "nests_participants 5",
			"nests_on_stage 2", "nests_reconcile_lag_seconds 3", "nests_webhook_lag_seconds 2", `nests_verdict{code="healthy"} 1`,
			"nests_disk_free_bytes 10", "nests_disk_bytes 20", "nests_certificate_left_seconds 100", "nests_certificate_life_seconds 900")
		for range 20 {
			scrape(t, handler)
		}
		if p.reads != 1 || p.looked != 1 {
			t.Errorf("21 scrapes at once read %d times and looked %d times", p.reads, p.looked)
		}

		p.err, p.away = errors.New("down"), true
		<-time.After(lookEvery)
		text := scrape(t, handler)
		wants(t, text, "nests_livekit_up 0", `nests_verdict{code="healthy"} 0`, `nests_verdict{code="store_down"} 1`)
		for _, unknown := range []string{"nests_nests", "nests_outbox", "nests_participants", "nests_on_stage"} {
			if strings.Contains(text, "\n"+unknown) {
				t.Errorf("%s is told although nobody knows", unknown)
			}
		}

		p.hangs = true
		<-time.After(readEvery)
		began := time.Now()
		wants(t, scrape(t, handler), "nests_livekit_up 0")
		if took := time.Since(began); took > scrapeMost {
			t.Errorf("a scrape took %v while the database hangs", took)
		}
	})
}

func TestFiguresCountDoors(t *testing.T) {
	f := newFigures()
	handler := figuresHandler(f, (&parts{}).gauges())
	for _, a := range []api.RequestSummary{
		{Route: "signal", Status: 101}, {Route: "info", Status: 200}, {Route: "info", Status: 404, Code: "nest_not_found"},
		{Route: "join", Status: 499}, {Route: "create", Status: 403, Code: "create_not_allowed"},
	} {
		f.answered(a)
	}
	f.event("")
	f.event("restricted")
	id := "0b5c1f6e-53c5-4c2a-9c0e-8f7f3c9d2a11"
	f.reported(media.Event{Kind: joinedEvent, Room: id, Identity: strings.Repeat("ab", 32)})
	f.reported(media.Event{Kind: joinedEvent, Room: id, Identity: nest.GuestPrefix + id})
	f.reported(media.Event{Kind: joinedEvent, Room: nest.CheckPrefix + id, Identity: "check"})
	f.reported(media.Event{Kind: "participant_left", Room: id})
	f.ended(nest.Drift{Code: "metadata_lost", Outcome: "repaired", First: 1000, Resolved: 3500})
	text := scrape(t, handler)
	wants(t, text, `nests_doors_total{code="",door="gate",outcome="passed"} 1`, `nests_doors_total{code="",door="info",outcome="passed"} 1`,
		`nests_doors_total{code="nest_not_found",door="info",outcome="refused"} 1`, `nests_doors_total{code="",door="join",outcome="passed"} 0`,
		`nests_doors_total{code="",door="relay",outcome="passed"} 1`, `nests_doors_total{code="restricted",door="relay",outcome="refused"} 1`,
		`nests_joins_total{as="member"} 1`, `nests_joins_total{as="guest"} 1`, `nests_drift_total{code="metadata_lost",outcome="repaired"} 1`,
		`nests_drift_seconds_sum{code="metadata_lost"} 2.5`, `nests_http_requests_total{route="join",status="499"} 1`,
		`nests_http_requests_total{route="create",status="403"} 1`)
	if strings.Contains(text, `door="create"`) || strings.Contains(text, "ababab") || strings.Contains(text, id) {
		t.Error("a label that should not be")
	}
}

// A code that some mistake makes of what a stranger sent cannot grow without end.
func TestWordsAreBounded(t *testing.T) {
	f := newFigures()
	for i := range 5000 {
		f.answered(api.RequestSummary{Route: "info", Status: 400, Code: fmt.Sprint("invalid_", i)})
	}
	text := scrape(t, figuresHandler(f, (&parts{}).gauges()))
	if n := strings.Count(text, "\nnests_doors_total{"); n > wordsMost+20 {
		t.Errorf("%d series", n)
	}
	wants(t, text, `nests_doors_total{code="other",door="info",outcome="refused"} 4900`)
}

// Every metric of ours is explained in docs/operate.md, and none besides.
func TestMetricsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	f := newFigures()
	f.answered(api.RequestSummary{Route: "info", Status: 200})
	told, explained := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (nests_\w+)`).FindAllStringSubmatch(scrape(t, figuresHandler(f, (&parts{}).gauges())), -1) {
		told[m[1]] = true
	}
	for _, m := range regexp.MustCompile("`(nests_\\w+)[{`]").FindAllStringSubmatch(string(text), -1) {
		explained[m[1]] = true
	}
	if !maps.Equal(told, explained) {
		t.Errorf("told: %v\nexplained: %v", slices.Sorted(maps.Keys(told)), slices.Sorted(maps.Keys(explained)))
	}
}
