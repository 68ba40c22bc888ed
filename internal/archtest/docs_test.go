package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Operators search the log for the messages that docs/operate.md names; a renamed one must be renamed there too.
func TestLogMessagesInTheDocumentsExist(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, "docs/operate.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "\n## The log\n")
	section, _, _ = strings.Cut(section, "\n## ")
	messages := regexp.MustCompile("(?m)^\\| `([a-z ]+)` \\|").FindAllStringSubmatch(section, -1)
	if len(messages) < 5 {
		t.Fatalf("operate.md names only %d log messages", len(messages))
	}
	code := goSource(t)
	for _, m := range messages {
		if !strings.Contains(code, `"`+m[1]+`"`) {
			t.Errorf("operate.md names the log message %q, which no code writes", m[1])
		}
	}
}

// Links between the documents lead to files that exist.
func TestLinksInTheDocuments(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	for _, file := range tracked(t) {
		if filepath.Ext(file) != ".md" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(raw), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}

// The table "Where is what" in docs/develop.md names files, folders and patterns that exist.
func TestPathsOfFeaturesExist(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "docs/develop.md"), "\n## Where is what\n")
	section, _, _ = strings.Cut(section, "\n## ")
	paths := 0
	for _, row := range strings.Split(section, "\n") {
		cells := strings.Split(row, "|")
		if len(cells) != 5 || strings.Contains(row, "`web/src/`") {
			continue
		}
		for folder, cell := range map[string]string{"": cells[2], "web/src": cells[3]} {
			for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
				paths++
				found, err := filepath.Glob(filepath.Join(root, folder, m[1]))
				if err != nil || len(found) == 0 {
					t.Errorf("develop.md names %s, which does not exist", m[1])
				}
			}
		}
	}
	if paths < 20 {
		t.Errorf("develop.md names only %d paths", paths)
	}
}

func goSource(t *testing.T) string {
	t.Helper()
	var code strings.Builder
	for _, file := range tracked(t) {
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(root, file))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		code.Write(raw)
	}
	return code.String()
}

// Whoever is woken by an alert or looks at a metric finds in docs/operate.md what to do; its contents lead to every
// section.
func TestAlertsAndMetricsAreExplained(t *testing.T) {
	page := read(t, "docs/operate.md")
	rules := read(t, "deploy/prometheus/alerts.yml")
	alerts := regexp.MustCompile(`(?m)^\s+- alert: (\w+)`).FindAllStringSubmatch(rules, -1)
	code := read(t, "internal/metrics/counters.go") + read(t, "internal/metrics/gauges.go")
	metrics := regexp.MustCompile(`"(nests_[a-z_]+)"`).FindAllStringSubmatch(code, -1)
	if len(alerts) < 5 || len(metrics) < 10 {
		t.Fatalf("only %d alerts and %d metrics are found", len(alerts), len(metrics))
	}
	for _, m := range append(alerts, metrics...) {
		if !strings.Contains(page, "`"+m[1]+"`") && !strings.Contains(page, "`"+m[1]+"{") {
			t.Errorf("operate.md does not say what to do about %s", m[1])
		}
	}
	_, contents, _ := strings.Cut(page, "first section only.\n")
	contents, _, _ = strings.Cut(contents, "\n## ")
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(contents, "["+m[1]+"](#"+anchor(m[1])+")") {
			t.Errorf("the contents of operate.md do not name %q", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(page, -1) {
		if !slices.ContainsFunc(headings(page), func(h string) bool { return anchor(h) == m[1] }) {
			t.Errorf("operate.md leads to #%s, which is no section", m[1])
		}
	}
}

func headings(page string) (all []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	return all
}

// anchor is the name that a heading gets in a page.
func anchor(heading string) string {
	return strings.ReplaceAll(
		regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading), ""), " ", "-",
	)
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
