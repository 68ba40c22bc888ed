package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
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
		slowest        string
		seconds        float64
		output         []string
	}{
		{
			kind: "go", report: "go.json", passed: 6, failed: 4, skipped: "sample/good TestSkipped",
			slowest: "sample/bad TestTable/two", seconds: 1.25, // not its container, which took longer
			output: []string{
				"FAILED  sample/bad TestTable/two\n", "two is wrong", "FAILED  sample/bad TestContainer\n",
				"FAILED  sample/broken\n", "undefined: undefined", "FAILED  sample/dies\n", "unfinished TestExit\n",
				"last words",
				"pass    sample/good  3 passed, 0 failed",
			},
		},
		{
			kind: "vitest", report: "vitest.json", passed: 1, failed: 2, skipped: "sum later",
			slowest: "a.test.ts sum fails", seconds: 0.005,
			output: []string{"a.test.ts: sum fails", "b.test.ts: Cannot find module './gone'"},
		},
		{
			kind: "playwright", report: "playwright.json", passed: 1, failed: 2,
			skipped: "a.spec.ts › lobby › waits [desktop]",
			slowest: "a.spec.ts › lobby › flickers [desktop]", seconds: 11.4, // both tries
			output: []string{"a.spec.ts › lobby › breaks [desktop] (unexpected)",
				"a.spec.ts › lobby › flickers [desktop] (flaky)"},
		},
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
			if err := run(sums, []string{test.kind, path}, in, &out); err != nil {
				t.Fatal(err)
			}
			for _, want := range append(test.output, "skipped  "+test.skipped+"\n") {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output lacks %q:\n%s", want, out.String())
				}
			}
			if strings.Contains(out.String(), "FAILED  sample/bad TestTable\n") {
				t.Error("a container was shown as failed beside its part")
			}
			got := readTally(t, sums)
			if got.Passed != test.passed || got.Failed != test.failed {
				t.Errorf("tally %+v, want %d passed and %d failed", got, test.passed, test.failed)
			}
			if len(got.Slowest) == 0 || got.Slowest[0].Name != test.slowest ||
				math.Abs(got.Slowest[0].Seconds-test.seconds) > 0.01 {
				t.Errorf("the slowest are %+v, want %s first with %v s", got.Slowest, test.slowest, test.seconds)
			}
		})
	}
}

func TestSum(t *testing.T) {
	tests := []struct {
		tally []tally
		line  string
		fine  bool
	}{
		{[]tally{{Passed: 5}, {Passed: 7}}, "12 passed, 0 failed\n", true},
		{[]tally{{Passed: 5}, {Passed: 7, Failed: 1}}, "12 passed, 1 failed\n", false},
		{[]tally{{}}, "0 passed, 1 failed\n", false},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), "tally")
		for _, part := range test.tally {
			if err := add(path, part); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		err := run(path, []string{"sum"}, nil, &out)
		if out.String() != test.line || (err == nil) != test.fine {
			t.Errorf("%v: %q, %v; want %q", test.tally, out.String(), err, test.line)
		}
	}
}

func TestBrokenReportsAreFailures(t *testing.T) {
	for _, kind := range []string{"vitest", "playwright", "go"} {
		sums := filepath.Join(t.TempDir(), "tally")
		if err := run(sums, []string{kind, "testdata/gone.json"}, strings.NewReader("no test events"),
			&bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if got := readTally(t, sums); got.Passed != 0 || got.Failed != 1 {
			t.Errorf("%s: tally %+v", kind, got)
		}
	}
}

func TestSumListsTheSlowestTestsAndEachStage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tally")
	var first, second tally
	for i := range 8 {
		first.took(fmt.Sprint("go ", i), float64(i))
		second.took(fmt.Sprint("web ", i), float64(i)+0.5)
	}
	first.Passed, second.Passed = 8, 8
	for _, part := range []tally{first, second} {
		if err := add(path, part); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"stage", "Go", "61"}, {"step", "make check", "0"}} {
		if err := run(path, args, nil, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := run(path, []string{"sum"}, nil, &out); err != nil {
		t.Fatal(err)
	}
	want := "slowest tests:\n"
	for _, test := range []string{"7.5 s  web 7", "7.0 s  go 7", "6.5 s  web 6", "6.0 s  go 6", "5.5 s  web 5",
		"5.0 s  go 5",
		"4.5 s  web 4", "4.0 s  go 4", "3.5 s  web 3", "3.0 s  go 3"} {
		want += "     " + test + "\n"
	}
	want += "\nstages:\n    61.0 s  Go\n\n17 passed, 0 failed\n"
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}

func TestFailedStepFailsTheRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tally")
	if err := add(path, tally{Passed: 3}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(path, []string{"step", "make check", "2"}, nil, &out); err != nil ||
		out.String() != "FAILED  make check (exit code 2)\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
	out.Reset()
	if err := run(path, []string{"sum"}, nil, &out); !errors.Is(err, errFailed) ||
		out.String() != "3 passed, 1 failed\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
}

// readTally reads a file with one tally.
func readTally(t *testing.T, path string) (got tally) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if err != nil {
		t.Fatal(err)
	}
	return got
}
