package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"nests/internal/nesttest"
)

// alertRules is the format of a Prometheus rule file. Other fields are refused.
type alertRules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

// board has the fields of a Grafana dashboard that this test checks.
type board struct {
	Title         string
	UID           string
	SchemaVersion int
	Panels        []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr string }
	}
}

func readAlerts(t *testing.T) (exprs []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var rules alertRules
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&rules); err != nil {
		t.Fatal(err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if _, err := time.ParseDuration(r.For); err != nil || r.Alert == "" || r.Labels["severity"] == "" ||
				r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("alert %q is not whole: %v", r.Alert, err)
			}
			exprs = append(exprs, r.Expr)
		}
	}
	return exprs
}

func readBoard(t *testing.T) (exprs []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/nests.json")
	if err != nil {
		t.Fatal(err)
	}
	var b board
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if b.Title == "" || b.UID == "" || b.SchemaVersion < 36 {
		t.Errorf("Grafana 10 does not load a board like %q %q %d", b.Title, b.UID, b.SchemaVersion)
	}
	ids, filled := map[int]bool{}, map[[2]int]string{}
	for _, p := range b.Panels {
		if ids[p.ID] || p.Title == "" || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d %q is not whole", p.ID, p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := filled[[2]int{x, y}]; other != "" || x > 23 {
					t.Fatalf("%q lies over %q, or outside", p.Title, other)
				}
				filled[[2]int{x, y}] = p.Title
			}
		}
		for _, target := range p.Targets {
			exprs = append(exprs, target.Expr)
		}
	}
	return exprs
}

var (
	quoted     = regexp.MustCompile(`"[^"]*"`)
	identifier = regexp.MustCompile(`\b[a-z_][a-z0-9_]*\b`)
	labelName  = regexp.MustCompile(`[{,]([a-z_]+)=`)
)

// ofPromQL are the words of PromQL that the expressions use, and the labels that Prometheus adds to each scrape.
const ofPromQL = " sum max min by rate increase topk histogram_quantile or and up job instance "

// The dashboard and the alerts parse, and a real scrape has each metric and label that they name.
func TestDashboardAndAlertsNameRealMetrics(t *testing.T) {
	t.Parallel()
	exprs := append(readAlerts(t), readBoard(t)...)
	if len(exprs) < 30 {
		t.Errorf("only %d expressions", len(exprs))
	}
	env, _ := withCertificate(t)
	s, scrape := startWithMetrics(t, env...)
	host := s.user()
	id, _ := host.create()
	hearing(t, host, id)
	nesttest.Eventually(t, 30*time.Second, func() string { // LiveKit updates some of its metrics only every few seconds
		words := map[string]bool{}
		for series := range scrape() {
			name, _, _ := strings.Cut(series, "{")
			words[name] = true
			for _, label := range labelName.FindAllStringSubmatch(series, -1) {
				words[label[1]] = true
			}
		}
		unknown := ""
		for _, expr := range exprs {
			plain := strings.ReplaceAll(quoted.ReplaceAllString(expr, ""), "$__rate_interval", "")
			if strings.Count(plain, "(") != strings.Count(plain, ")") ||
				strings.Count(plain, "{") != strings.Count(plain, "}") {
				return "unbalanced: " + expr
			}
			for _, word := range identifier.FindAllString(plain, -1) {
				if !words[word] && !strings.Contains(ofPromQL, " "+word+" ") {
					unknown += "\n" + word + " in " + expr
				}
			}
		}
		return unknown
	})
}
