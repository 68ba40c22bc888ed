package e2e

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"nests/internal/diagnose"
	"nests/internal/nesttest"
	"nests/internal/nip"
)

// faultLimit is the time within which a verdict must name a fault.
const faultLimit = 10 * time.Second

// fault is one row of the table: a fault, and the first verdict that each source must give.
type fault struct {
	name   string
	nest   string        // id or naddr; "" for the server alone
	by     *user         // sends the request; nil: a guest
	report diagnose.Code // of the server itself; "" where it cannot answer, or may not answer this user
	doctor diagnose.Code // of nests doctor on the server's machine; "" where it is not checked
	url    diagnose.Code // of nests doctor --url; "" where the fault cannot be seen from outside
	before diagnose.Code // allowed before the fault is noticed, beside healthy
}

// table collects the verdicts, which are printed at the end.
type table struct {
	mu     sync.Mutex
	themes int // how many themes run
	rows   []string
}

// TestFaults injects one fault after another into the real system. The first verdict must be the correct one from
// each source. Run it with -v to see the table.
func TestFaults(t *testing.T) {
	t.Parallel()
	var all table
	themes := map[string]func(*testing.T, *table){
		"livekit": livekitFaults, "livekit settings": livekitSettings, "rooms": roomFaults, "sqlite": sqliteFaults,
		"disk":   diskFaults,
		"rights": rightsFaults, "postgres": postgresFaults, "process": processFaults, "relays": relayFaults,
		"events": eventFaults,
		"policy": policyFaults, "addresses": addressFaults, "signatures": signatureFaults,
	}
	t.Run("themes", func(t *testing.T) {
		for name, theme := range themes {
			t.Run(name, func(t *testing.T) {
				all.themes++
				t.Parallel()
				theme(t, &all)
			})
		}
	})
	slices.Sort(all.rows)
	t.Logf("%d faults: the fault, and the first verdict and its seconds of server, doctor and outside doctor\n%s",
		len(all.rows), strings.Join(all.rows, "\n"))
	if all.themes == len(themes) && len(all.rows) < 40 {
		t.Errorf("only %d faults", len(all.rows))
	}
}

// expectVerdicts checks the first verdict of each source on a fault that was just injected.
func (all *table) expectVerdicts(s *server, f fault) {
	s.t.Helper()
	var row [3]string
	say := func(place int, want diagnose.Code, ask func() diagnose.Report) {
		s.t.Helper()
		if want != "" {
			said, took := s.firstVerdict(f, want, ask)
			row[place] = fmt.Sprintf("%-22s %4.1f", said, took.Seconds())
		}
	}
	say(0, f.report, func() diagnose.Report { return s.report(f.nest, f.by) })
	say(1, f.doctor, func() diagnose.Report { return s.doctor(s.environment(), f.nest) })
	say(2, f.url, func() diagnose.Report { return s.doctor(s.environment(), "--url", s.base(), f.nest) })
	all.add(f.name, row)
}

// add adds a row with the verdicts of the server, the doctor and the doctor from outside.
func (all *table) add(name string, said [3]string) {
	all.mu.Lock()
	defer all.mu.Unlock()
	row := fmt.Sprintf("%-56s", name)
	for _, cell := range said {
		row += fmt.Sprintf(" %-28s", cmp.Or(cell, "-"))
	}
	all.rows = append(all.rows, strings.TrimSpace(row))
}

// firstVerdict requests reports until the verdict differs from the one before the fault. It must be the wanted one.
func (s *server) firstVerdict(f fault, want diagnose.Code, ask func() diagnose.Report) (diagnose.Code, time.Duration) {
	s.t.Helper()
	began := time.Now()
	for {
		r := ask()
		took := time.Since(began)
		said, late := r.Verdict.Code, took > faultLimit
		unnoticed := said != want && (said == diagnose.Healthy || said == f.before)
		if unnoticed && !late {
			continue
		}
		if said != want || late {
			s.t.Errorf("%s: the verdict is %s after %v, want %s; it saw\n%s", f.name, said, took, want, checksOf(r))
		}
		return said, took
	}
}

// becomesHealthy waits until the server is healthy again, after the fix that the hint names.
func (s *server) becomesHealthy(id string, limit time.Duration) {
	s.t.Helper()
	nesttest.Eventually(s.t, limit, func() string {
		if r := s.report(id, s.operator()); r.Verdict.Code != diagnose.Healthy {
			return "the server still reports " + checksOf(r)
		}
		return ""
	})
	if r := s.doctor(s.environment(), id); r.Verdict.Code != diagnose.Healthy {
		s.t.Errorf("the doctor still reports %s", checksOf(r))
	}
}

// report returns the server's own report, requested by a user or, with nil, by a guest.
func (s *server) report(id string, by *user) (r diagnose.Report) {
	s.t.Helper()
	path := "/api/v1/diagnostics"
	if id != "" {
		path = "/api/v1/nests/" + id + "/diagnostics"
	}
	authorization := ""
	if by != nil {
		authorization = by.header(http.MethodGet, s.base()+path)
	}
	a := s.send(http.MethodGet, s.base()+path, authorization, nil)
	if a.status != 200 || json.Unmarshal([]byte(a.text), &r) != nil || r.Verdict.Code == "" {
		s.t.Fatalf("diagnostics answered %d %s", a.status, a.text)
	}
	s.expectNoSecret(a.text, by == nil)
	return r
}

// operator returns the user with the server's own key, which the doctor uses.
func (s *server) operator() *user {
	s.t.Helper()
	keys := map[string]string{}
	text, err := os.ReadFile(filepath.Join(s.dir, "keys.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &keys)
	}
	pubkey, keyErr := nip.PublicKey(keys["nostr_key"])
	if err := errors.Join(err, keyErr); err != nil {
		s.t.Fatal(err)
	}
	return &user{t: s.t, s: s, secret: keys["nostr_key"], pubkey: pubkey}
}

// doctor runs nests doctor in an environment and returns its report. Empty arguments are left out.
func (s *server) doctor(env []string, args ...string) (r diagnose.Report) {
	s.t.Helper()
	args = slices.DeleteFunc(args, func(arg string) bool { return arg == "" })
	cmd := s.process(within(s.t, 30*time.Second), append([]string{"doctor", "--json"}, args...)...)
	cmd.Env, cmd.SysProcAttr = env, s.as
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, _ := cmd.Output()
	if json.Unmarshal(out, &r) != nil || r.Verdict.Code == "" || complaint.Len() > 0 {
		s.t.Fatalf("nests doctor %q prints %s %s", args, out, complaint.String())
	}
	if code := cmd.ProcessState.ExitCode(); (code == 1) != r.Failed() || code > 1 {
		s.t.Errorf("nests doctor %q exits with %d: %s", args, code, checksOf(r))
	}
	s.expectNoSecret(string(out), false)
	return r
}

// nameOrAddress matches what a guest's report must not contain: keys, addresses, URLs and paths.
var nameOrAddress = regexp.MustCompile(`[0-9a-f]{64}|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|wss?://|https?://|localhost|nests\.db`)

// expectNoSecret checks that a diagnosis shows no token, key or header and, to a guest, no name or address.
func (s *server) expectNoSecret(text string, guest bool) {
	s.t.Helper()
	if guest {
		for _, found := range append(nameOrAddress.FindAllString(text, 3), s.secrets.leaks(text)...) {
			s.t.Errorf("a guest's report shows %s", found)
		}
		return
	}
	// Moderators may see names. Texts about the Authorization header contain none.
	text = regexp.MustCompile(`"(host|author|subject)": ?"[^"]*"|Authorization header [a-z]+`).ReplaceAllString(text,
		"")
	s.secrets.addKeys(s.t, s.dir)
	for _, leak := range s.secrets.leaks(text) {
		s.t.Errorf("a diagnosis shows a secret: %s", leak)
	}
}

// checksOf returns the checks of a report that are not fine, for the message of a failed test.
func checksOf(r diagnose.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", r.Verdict.Code, r.Verdict.Scenario, r.Verdict.Cause)
	for _, c := range r.Checks {
		if c.Status != diagnose.OK && c.Status != diagnose.Skipped {
			fmt.Fprintf(&b, "\n  %s %s %s %s %v", c.ID, c.Status, c.Code, c.Summary, c.Evidence)
		}
	}
	return b.String()
}

// inRecord reports whether the drift record of a report names a divergence.
func inRecord(r diagnose.Report, code string) bool {
	return slices.ContainsFunc(r.Drifts, func(d diagnose.Drift) bool { return d.Code == code })
}
