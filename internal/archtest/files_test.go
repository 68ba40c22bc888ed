package archtest

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// rule is something that must not stand in a file.
type rule struct {
	name   string
	within func(file string) bool
	words  *regexp.Regexp
}

// The patterns are put together from pieces, so that this file keeps its own rules.
func rules() []rule {
	return []rule{
		{
			name:   "a path of one machine",
			within: func(file string) bool { return !isLock(file) },
			words:  regexp.MustCompile(`(^|[^\w.~/-])/(` + `work|ro` + `ot|ho` + `me|tm` + `p|Users)/\w`),
		},
		{
			name:   "a sleep in a test; wait for the fact itself",
			within: isGoTest,
			words:  regexp.MustCompile(`\btime\.Sl` + `eep\(`),
		},
		{
			name:   "a sleep in a browser test; wait for the fact itself",
			within: isBrowserTest,
			words:  regexp.MustCompile(`waitForTime` + `out\(`),
		},
		{
			name:   "a test that only runs alone",
			within: isBrowserTest,
			words:  regexp.MustCompile(`\b(it|test|describe)\.on` + `ly\(`),
		},
	}
}

func isGoTest(file string) bool {
	return strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "test/")
}

func isBrowserTest(file string) bool { return strings.HasPrefix(file, "web/tests/") }

func TestFilesKeepTheRules(t *testing.T) {
	files := tracked(t)
	for _, file := range files {
		raw, err := os.ReadFile(filepath.Join(root, file))
		if os.IsNotExist(err) || bytes.IndexByte(raw[:min(len(raw), 8000)], 0) >= 0 {
			continue // deleted but not yet committed, or binary
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules() {
			if !r.within(file) {
				continue
			}
			if at := r.words.FindIndex(raw); at != nil {
				t.Errorf("%s:%d has %s: %q", file, 1+bytes.Count(raw[:at[0]], []byte("\n")), r.name, raw[at[0]:at[1]])
			}
		}
	}
	if len(files) < 20 {
		t.Errorf("git lists only %d files", len(files))
	}
}

// Each page has one kind of reader; notes, plans and status reports belong on the issue.
func TestDocumentsAreTheKnownOnes(t *testing.T) {
	known := map[string]bool{
		"README.md": true, "CHANGELOG.md": true, "CONTRIBUTING.md": true,
		"docs/architecture.md": true, "docs/operate.md": true, "docs/protocol.md": true,
		"docs/develop.md": true, "docs/configuration.md": true,
	}
	for _, file := range tracked(t) {
		if strings.EqualFold(path.Ext(file), ".md") && !known[file] && path.Dir(file) != "docs/decisions" {
			t.Errorf("%s is none of the project's documents", file)
		}
	}
	raw, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(raw, []byte("\n")); lines > 120 {
		t.Errorf("README.md has %d lines, 120 at most", lines)
	}
}

func isLock(file string) bool {
	return path.Base(file) == "go.sum" || path.Base(file) == "package-lock.json"
}

func tracked(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		t.Skip("not a git checkout")
	}
	cmd := exec.CommandContext(t.Context(), "git", "-c", "safe.directory=*", "ls-files")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	return strings.Fields(string(out))
}
