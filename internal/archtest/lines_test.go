package archtest

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	columns  = 120
	tab      = "    "
	unbroken = 80 // columns of a word that cannot be broken, such as an event in a test
)

// A reader sees two files side by side: no line of code is over 120 columns, with four for a tab.
func TestLinesAreShort(t *testing.T) {
	code := []string{".go", ".ts", ".tsx", ".mjs", ".js", ".css"}
	for _, file := range tracked(t) {
		if !slices.Contains(code, path.Ext(file)) && path.Dir(file) != "scripts" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(root, file))
		if os.IsNotExist(err) {
			continue // deleted but not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(raw), "\n") {
			if n := width(line); n > columns && !slices.ContainsFunc(strings.Fields(line), isLongWord) {
				t.Errorf("%s:%d has %d columns, %d at most", file, i+1, n, columns)
			}
		}
	}
}

func width(line string) int { return utf8.RuneCountInString(strings.ReplaceAll(line, "\t", tab)) }

func isLongWord(word string) bool { return width(word) > unbroken }
