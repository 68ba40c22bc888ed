package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The reports in testdata were written by the real runners over a few small tests; file names and traces are shortened.
func TestRunners(t *testing.T) {
	tests := []struct {
		kind, report   string
		passed, failed int
		skipped        string
		says           []string
	}{
		{"go", "go.json", 6, 4, "sample/good TestSkipped", []string{
			"FAILED  sample/bad TestTable/two\n", "two is wrong", "FAILED  sample/bad TestContainer\n",
			"FAILED  sample/broken\n", "undefined: undefined", "FAILED  sample/dies\n", "unfinished TestExit\n", "last words",
			"pass    sample/good  3 passed, 0 failed"}},
		{"vitest", "vitest.json", 1, 2, "sum later", []string{"a.test.ts: sum fails", "b.test.ts: Cannot find module './gone'"}},
		{"playwright", "playwright.json", 1, 2, "a.spec.ts › lobby › waits [desktop]", []string{
			"a.spec.ts › lobby › breaks [desktop] (unexpected)", "a.spec.ts › lobby › flickers [desktop] (flaky)"}},
	}
	for _, test := range tests {
		t.Run(test.kind, func(t *testing.T) {
			path := filepath.Join("testdata", test.report)
			in, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			sums := filepath.Join(t.TempDir(), "tally")
			var out bytes.Buffer
			if err := run(sums, test.kind, path, in, &out); err != nil {
				t.Fatal(err)
			}
			for _, want := range append(test.says, "skipped  "+test.skipped+"\n") {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output lacks %q:\n%s", want, out.String())
				}
			}
			if strings.Contains(out.String(), "FAILED  sample/bad TestTable\n") {
				t.Error("a container was shown as failed beside its part")
			}
			got, err := os.ReadFile(sums)
			if want := fmt.Sprintln(test.passed, test.failed); err != nil || string(got) != want {
				t.Errorf("tally %q (%v), want %q", got, err, want)
			}
		})
	}
}

func TestSum(t *testing.T) {
	tests := []struct {
		tally, line string
		fine        bool
	}{
		{"5 0\n7 0\n", "12 passed, 0 failed\n", true},
		{"5 0\n7 1\n", "12 passed, 1 failed\n", false},
		{"0 0\n", "0 passed, 1 failed\n", false},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), "tally")
		if err := os.WriteFile(path, []byte(test.tally), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := run(path, "sum", "", nil, &out)
		if out.String() != test.line || (err == nil) != test.fine {
			t.Errorf("%q: %q, %v; want %q", test.tally, out.String(), err, test.line)
		}
	}
}

func TestBrokenReportsAreFailures(t *testing.T) {
	for _, kind := range []string{"vitest", "playwright", "go"} {
		sums := filepath.Join(t.TempDir(), "tally")
		if err := run(sums, kind, "testdata/gone.json", strings.NewReader("no test events"), &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(sums); string(got) != "0 1\n" {
			t.Errorf("%s: tally %q", kind, got)
		}
	}
}
