package e2e

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"nests/internal/diagnose"
	"nests/internal/nesttest"
)

// Hundreds of reports are healthy while participants join, leave, are promoted, muted and demoted.
func TestReportsStayHealthy(t *testing.T) {
	t.Parallel()
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	outside := nesttest.NewRelay(t)
	host, ann := s.user(), s.user()
	id, _ := host.createAnnounced(time.Now().Add(-time.Minute), "Coffee", outside)
	_, listener := hearing(t, host, id)
	ctx, stop := context.WithCancel(within(t, 2*time.Minute))
	defer stop()
	var asked atomic.Int64
	alarms := make(chan string, 1)
	for _, path := range []string{"/api/v1/diagnostics", "/api/v1/nests/" + id + "/diagnostics"} {
		go watchForAlarms(ctx, s.base()+path, &asked, alarms)
	}
	roundsWanted, reportsWanted := nesttest.Rounds(3, 8), nesttest.Rounds(300, 1000)
	rounds := 0
	for ; rounds < roundsWanted || asked.Load() < int64(reportsWanted); rounds++ {
		passing := nesttest.Join(t, s.ws(), s.guest(id))
		bot := nesttest.Join(t, s.ws(), ann.join(id))
		host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
		speakOnStage(t, bot, 10*time.Second)
		nesttest.Eventually(t, 10*time.Second, listener.Hears(ann.pubkey))
		nesttest.Eventually(t, 5*time.Second, func() string { // LiveKit lists a new track a moment after its sound
			mute := map[string]any{"participant": ann.pubkey, "mute_microphone": true}
			if a := host.call(http.MethodPost, "/"+id+"/permissions", mute); a.status != 201 {
				return "mute answers " + a.text
			}
			return ""
		})
		if r := s.report(id, host); r.Verdict.Code != diagnose.Healthy {
			t.Errorf("its host hears %s", checksOf(r))
		}
		host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": false})
		bot.Leave()
		passing.Leave()
		select {
		case alarm := <-alarms:
			t.Fatalf("after %d reports: %s", asked.Load(), alarm)
		case <-ctx.Done():
			t.Fatalf("only %d reports in %d rounds", asked.Load(), rounds)
		default:
		}
	}
	stop()
	for range 3 {
		if r := s.doctor(s.environment(), id); r.Verdict.Code != diagnose.Healthy {
			t.Errorf("the doctor reports %s", checksOf(r))
		}
	}
	if strings.Contains(s.log.String(), "error handling request") {
		t.Error("our own checks made LiveKit complain in the log")
	}
	t.Logf("%d reports while %d times a participant joined, spoke and left: all healthy", asked.Load(), rounds)
}

// watchForAlarms requests a report a hundred times a second until ctx ends, and sends the first one that is not
// healthy.
func watchForAlarms(ctx context.Context, url string, asked *atomic.Int64, alarms chan<- string) {
	tick := time.NewTicker(10 * time.Millisecond) // without a pause it would take the processor from the audio
	defer tick.Stop()
	for ctx.Err() == nil {
		<-tick.C
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		var r diagnose.Report
		err = json.NewDecoder(res.Body).Decode(&r)
		res.Body.Close()
		if ctx.Err() != nil {
			return
		}
		if asked.Add(1); err != nil || r.Verdict.Code != diagnose.Healthy {
			select {
			case alarms <- res.Status + " " + checksOf(r):
			default:
			}
		}
	}
}

// A bundle for a bug report contains no secret, and its text fits 80 columns.
func TestBundle(t *testing.T) {
	t.Parallel()
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	outside := nesttest.NewRelay(t)
	outside.Set(nesttest.RelayRefusing, "blocked: "+strings.Repeat("no", 300))
	host := s.user()
	id, _ := host.createAnnounced(time.Now().Add(-time.Minute), "Coffee", outside)
	hearing(t, host, id)
	path := filepath.Join(t.TempDir(), "ticket.zip")
	nesttest.Eventually(t, 10*time.Second, func() string {
		if r := s.doctor(s.environment(), "--bundle", path, id); r.Verdict.Code != diagnose.RelayRefused {
			return checksOf(r)
		}
		return ""
	})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the bundle: %v %v", info, err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
		s.expectNoSecret(strings.ReplaceAll(string(text), host.pubkey, ""), false)
	}
	for name, want := range map[string]string{"report.txt": "(relay_refused)", "report.json": `"relay_refused"`,
		"settings.txt": "livekit_api_secret", "about.txt": id} {
		if !strings.Contains(parts[name], want) {
			t.Errorf("%s does not hold %s: %q", name, want, parts[name])
		}
	}
	for line := range strings.Lines(parts["report.txt"]) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("longer than 80 columns: %q", line)
		}
	}
}
