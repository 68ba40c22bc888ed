package archtest

import (
	"os"
	"path/filepath"
	"regexp"
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
