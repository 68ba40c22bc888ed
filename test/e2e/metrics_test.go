package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nesttest"
)

// startWithMetrics starts a server with metrics and returns a function that scrapes them.
func startWithMetrics(t *testing.T, env ...string) (s *server, scrape func() samples) {
	t.Helper()
	addr := "127.0.0.1:" + strconv.Itoa(nesttest.FreePort(t, "tcp"))
	s = startServer(t, append(env, "NESTS_METRICS_ADDR="+addr)...)
	return s, func() samples {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // the timeout of Prometheus
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("a scrape answers %d", res.StatusCode)
		}
		f := samples{}
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			name, value, ok := cutLast(lines.Text())
			if number, err := strconv.ParseFloat(value, 64); ok && err == nil && !strings.HasPrefix(name, "#") {
				f[name] = number
			}
		}
		return f
	}
}

func cutLast(line string) (before, after string, ok bool) {
	at := strings.LastIndexByte(line, ' ')
	if at < 0 {
		return line, "", false
	}
	return line[:at], line[at+1:], true
}

// samples are the values of one scrape by name and labels.
type samples map[string]float64

// is returns why a value is not the wanted one, for Eventually.
func (f samples) is(name string, want float64) string {
	got, exists := f[name]
	if exists && got == want {
		return ""
	}
	return fmt.Sprintf("%s is %v (exists: %v); want %v", name, got, exists, want)
}

func expectSample(t *testing.T, f samples, name string, want float64) {
	t.Helper()
	if why := f.is(name, want); why != "" {
		t.Error(why)
	}
}

func passedSeries(endpoint string) string {
	return `nests_doors_total{code="",door="` + endpoint + `",outcome="passed"}`
}

func refusedSeries(endpoint, code string) string {
	return `nests_doors_total{code="` + code + `",door="` + endpoint + `",outcome="refused"}`
}

// After real joins, refusals and a divergence the metrics have the numbers of what happened.
func TestMetricsCountWhatHappened(t *testing.T) {
	t.Parallel()
	s, scrape := startWithMetrics(t)
	host, ann, banned := s.user(), s.user(), s.user()
	id, _ := host.create()
	nesttest.Speaker(t, s.ws(), host.join(id))
	listener := nesttest.Join(t, s.ws(), s.guest(id))
	nesttest.Eventually(t, 10*time.Second, listener.Hears(host.pubkey))
	bannedToken := banned.join(id)
	if a := host.call(http.MethodDelete, "/"+id+"/participants/"+banned.pubkey,
		map[string]bool{"ban": true}); a.status != 204 {
		t.Fatalf("ban answered %d %s", a.status, a.text)
	}
	expectRefusal(t, banned.call(http.MethodGet, "/"+id, nil), 403, "banned")
	if _, err := nesttest.Connect(within(t, 10*time.Second), s.ws(), bannedToken); err == nil {
		t.Fatal("the banned connected")
	}
	expectRefusal(t, s.get("/api/v1/nests/"+uuid.NewString()+"/guest"), 404, "nest_not_found")

	f := scrape()
	expectSample(t, f, passedSeries("join"), 2)
	expectSample(t, f, refusedSeries("join", "banned"), 1)
	expectSample(t, f, passedSeries("guest"), 1)
	expectSample(t, f, refusedSeries("guest", "nest_not_found"), 1)
	expectSample(t, f, passedSeries("gate"), 2)
	expectSample(t, f, `nests_http_requests_total{route="signal",status="101"}`, 2)
	expectSample(t, f, `nests_http_requests_total{route="create",status="200"}`, 1)
	expectSample(t, f, `nests_http_request_seconds_count{route="create"}`, 1)
	if f[refusedSeries("gate", "banned")] == 0 && f[refusedSeries("validate", "banned")] == 0 {
		t.Error("the refusal of the gate is not counted")
	}
	nesttest.Eventually(t, 20*time.Second, func() string {
		f = scrape()
		for name, want := range map[string]float64{
			`nests_joins_total{as="member"}`: 1, `nests_joins_total{as="guest"}`: 1, "nests_participants": 2,
			"nests_on_stage":             1,
			`nests_nests{status="live"}`: 1, `nests_verdict{code="healthy"}`: 1, "nests_livekit_up": 1,
		} {
			if why := f.is(name, want); why != "" {
				return why
			}
		}
		return ""
	})
	if lag := f["nests_reconcile_lag_seconds"]; lag > 5 {
		t.Errorf("the loop lags %v s", lag)
	}

	// A program promotes a listener in LiveKit right after the ban. The ban must not hide this divergence.
	identity := listener.Room.LocalParticipant.Identity()
	if err := s.livekit().SetGrant(within(t, 5*time.Second), id, identity, nest.Grant{Publish: true}, nil); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, 12*time.Second, func() string {
		f = scrape()
		return f.is(`nests_drift_total{code="wrong_permission",outcome="repaired"}`, 1)
	})
	expectSample(t, f, `nests_drift_seconds_count{code="wrong_permission"}`, 1)
	expectSample(t, f, `nests_drift_open{code="wrong_permission"}`, 0)
	ann.join(id)
	expectSample(t, scrape(), passedSeries("join"), 3)
}

// Hostile paths, methods and bodies create few series.
func TestMetricsStayBounded(t *testing.T) {
	t.Parallel()
	s, scrape := startWithMetrics(t, "NESTS_RATE_LIMITS=off")
	before := len(scrape())
	for range 100 {
		some := uuid.NewString()
		for _, path := range []string{"/" + some, "/api/v1/" + some, "/api/v1/nests/" + some + "/info",
			"/api/v1/nests/x%0a" + some, "/rtc?access_token=" + some,
			"/twirp/livekit.RoomService/" + some, "/livekit/" + some, "/webhooks/" + some} {
			s.send("GET", s.base()+path, "Nostr "+some, nil)
		}
		s.send("M"+strings.ToUpper(some[:8]), s.base()+"/api/v1/nests", "", map[string]any{some: some})
	}
	f := scrape()
	if grown := len(f) - before; grown > 150 {
		t.Errorf("900 hostile requests made %d new series", grown)
	}
	for name := range f {
		if strings.HasPrefix(name, "nests_") && len(name) > 150 {
			t.Errorf("a long label: %s", name)
		}
	}
}

// Without the database a scrape still answers in time, reports the verdict, and leaves out what is unknown.
func TestMetricsWithoutTheStore(t *testing.T) {
	t.Parallel()
	postgres, err := nesttest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { postgres.Close() })
	s, scrape := startWithMetrics(t, "NESTS_POSTGRES="+postgres.Database(t))
	s.user().create()
	nesttest.Eventually(t, 20*time.Second, func() string { return scrape().is(`nests_nests{status="live"}`, 1) })
	if err := postgres.Stop(); err != nil {
		t.Fatal(err)
	}
	nesttest.Eventually(t, 40*time.Second, func() string { return scrape().is(`nests_verdict{code="store_down"}`, 1) })
	f := scrape()
	expectSample(t, f, `nests_verdict{code="healthy"}`, 0)
	expectSample(t, f, "nests_livekit_up", 1)
	for _, unknown := range []string{`nests_nests{status="live"}`, "nests_outbox_pending"} {
		if value, exists := f[unknown]; exists {
			t.Errorf("%s is %v although it is unknown", unknown, value)
		}
	}
}
