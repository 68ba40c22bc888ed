package metrics

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
)

// fakeServer is what the gauges read, in any condition.
type fakeServer struct {
	storeErr         error
	storeHangs       bool // until the context of the read ends
	livekitDown      bool
	reads, diagnoses int
}

func (f *fakeServer) nests(ctx context.Context) (map[string]int, error) {
	f.reads++
	if f.storeHangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return map[string]int{"live": 3, "ended": 0}, f.storeErr
}

func (f *fakeServer) diagnose(context.Context) Diagnosis {
	f.diagnoses++
	d := Diagnosis{Verdict: "healthy", CertificateLeft: 100, CertificateLife: 900}
	if f.storeErr != nil {
		d.Verdict = "store_down"
	}
	return d
}

func (f *fakeServer) sources() Sources {
	return Sources{
		Nests: f.nests,
		Outbox: func(context.Context) (Outbox, error) {
			return Outbox{Pending: 2, Oldest: time.Now().Add(-time.Hour)}, f.storeErr
		},
		LiveKitUp:    func() bool { return !f.livekitDown },
		LastPass:     func() time.Time { return time.Now().Add(-3 * time.Second) },
		Participants: func() (int, int, bool) { return 5, 2, !f.livekitDown },
		OpenDrifts:   func() map[string]int { return map[string]int{"metadata_lost": 1} },
		LastWebhook:  func() (time.Time, time.Duration) { return time.Now(), 2 * time.Second },
		Disk:         func() (uint64, uint64, error) { return 10, 20, nil },
		Diagnose:     f.diagnose,
		Now:          time.Now,
	}
}

func newCounters() *Counters { return NewCounters("v1.2.3", []string{"metadata_lost"}) }

// scrape is what Prometheus reads: one line a value, each with a line break before and after it.
func scrape(t *testing.T, handler http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("a scrape answers %d %s", w.Code, w.Body)
	}
	return "\n" + w.Body.String()
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
}

func TestGauges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeServer{}
		handler := Handler(newCounters(), f.sources())
		wantLines(t, scrape(t, handler),
			`nests_nests{status="live"} 3`, `nests_nests{status="ended"} 0`,
			"nests_outbox_pending 2", "nests_outbox_oldest_seconds 3600",
			`nests_drift_open{code="metadata_lost"} 1`,
			"nests_livekit_up 1", "nests_participants 5", "nests_on_stage 2",
			"nests_reconcile_lag_seconds 3", "nests_webhook_lag_seconds 2", `nests_verdict{code="healthy"} 1`,
			"nests_disk_free_bytes 10", "nests_disk_bytes 20",
			"nests_certificate_left_seconds 100", "nests_certificate_life_seconds 900")
		for range 20 {
			scrape(t, handler)
		}
		if f.reads != 1 || f.diagnoses != 1 {
			t.Errorf("21 scrapes at once read %d times and diagnosed %d times", f.reads, f.diagnoses)
		}

		f.storeErr, f.livekitDown = errors.New("down"), true
		<-time.After(diagnoseInterval)
		text := scrape(t, handler)
		wantLines(
			t, text, "nests_livekit_up 0", `nests_verdict{code="healthy"} 0`, `nests_verdict{code="store_down"} 1`,
		)
		for _, unknown := range []string{"nests_nests", "nests_outbox", "nests_participants", "nests_on_stage"} {
			if strings.Contains(text, "\n"+unknown) {
				t.Errorf("%s is reported although it is unknown", unknown)
			}
		}

		f.storeHangs = true
		<-time.After(readInterval)
		started := time.Now()
		wantLines(t, scrape(t, handler), "nests_livekit_up 0")
		if took := time.Since(started); took > refreshTimeout {
			t.Errorf("a scrape took %v while the database hangs", took)
		}
	})
}

func TestCounters(t *testing.T) {
	c := newCounters()
	handler := Handler(c, (&fakeServer{}).sources())
	c.CountRequest("signal", 101, "", time.Millisecond)
	c.CountRequest("info", 200, "", time.Millisecond)
	c.CountRequest("info", 404, "nest_not_found", time.Millisecond)
	c.CountRequest("join", 499, "", time.Millisecond)
	c.CountRequest("create", 403, "create_not_allowed", time.Millisecond)
	c.CountRelayEvent("")
	c.CountRelayEvent("restricted")
	c.CountJoin(false)
	c.CountJoin(true)
	c.CountDrift("metadata_lost", "repaired", 2500*time.Millisecond)
	text := scrape(t, handler)
	wantLines(t, text,
		`nests_doors_total{code="",door="gate",outcome="passed"} 1`,
		`nests_doors_total{code="",door="info",outcome="passed"} 1`,
		`nests_doors_total{code="nest_not_found",door="info",outcome="refused"} 1`,
		`nests_doors_total{code="",door="join",outcome="passed"} 0`,
		`nests_doors_total{code="",door="relay",outcome="passed"} 1`,
		`nests_doors_total{code="restricted",door="relay",outcome="refused"} 1`,
		`nests_joins_total{as="member"} 1`,
		`nests_joins_total{as="guest"} 1`,
		`nests_drift_total{code="metadata_lost",outcome="repaired"} 1`,
		`nests_drift_seconds_sum{code="metadata_lost"} 2.5`,
		`nests_http_requests_total{route="join",status="499"} 1`,
		`nests_http_requests_total{route="create",status="403"} 1`)
	if strings.Contains(text, `door="create"`) {
		t.Error("create is counted as an entry point")
	}
}

// A code that was built from the client's input by mistake must not create series without end.
func TestLabelValuesAreBounded(t *testing.T) {
	c := newCounters()
	for i := range 5000 {
		c.CountRequest("info", 400, fmt.Sprint("invalid_", i), time.Millisecond)
	}
	text := scrape(t, Handler(c, (&fakeServer{}).sources()))
	if n := strings.Count(text, "\nnests_doors_total{"); n > maxLabelValues+20 {
		t.Errorf("%d series", n)
	}
	wantLines(t, text, `nests_doors_total{code="other",door="info",outcome="refused"} 4900`)
}

// docs/operate.md explains every metric, and no other.
func TestMetricsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	c := newCounters()
	c.CountRequest("info", 200, "", time.Millisecond)
	scraped := scrape(t, Handler(c, (&fakeServer{}).sources()))
	exported, documented := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (nests_\w+)`).FindAllStringSubmatch(scraped, -1) {
		exported[m[1]] = true
	}
	for _, m := range regexp.MustCompile("`(nests_\\w+)[{`]").FindAllStringSubmatch(string(text), -1) {
		documented[m[1]] = true
	}
	if !maps.Equal(exported, documented) {
		t.Errorf(
			"exported: %v\ndocumented: %v", slices.Sorted(maps.Keys(exported)),
			slices.Sorted(maps.Keys(documented)),
		)
	}
}
