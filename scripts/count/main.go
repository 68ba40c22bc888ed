// Command count reads the reports of the test runners, prints what failed, and adds up:
//
//	go test -json ./... | count -tally FILE go
//	count -tally FILE vitest REPORT
//	count -tally FILE playwright REPORT
//	count -tally FILE step NAME EXITCODE    counts a command that is no test runner as one test
//	count -tally FILE stage NAME SECONDS    notes how long a part of the run took
//	count -tally FILE sum
//
// sum prints the slowest tests, the time of each stage and, as its last line, "N passed, N failed". It exits with
// 1 when anything failed or nothing passed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
)

func main() {
	path := flag.String("tally", "", "file that keeps the sums between calls")
	flag.Parse()
	if err := run(*path, flag.Args(), os.Stdin, os.Stdout); err != nil {
		if !errors.Is(err, errFailed) { // the sum's own line says it, and must stay the last
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}

func run(path string, args []string, in io.Reader, out io.Writer) error {
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	var t tally
	switch kind := arg(0); kind {
	case "go":
		t = readGo(in, out)
	case "vitest":
		t = readReport(arg(1), out, readVitest)
	case "playwright":
		t = readReport(arg(1), out, readPlaywright)
	case "step":
		return add(path, step(arg(1), arg(2), out))
	case "stage":
		seconds, err := strconv.ParseFloat(arg(2), 64)
		if err != nil {
			return fmt.Errorf("count: stage %s: %w", arg(1), err)
		}
		return add(path, tally{Stages: []timed{{Name: arg(1), Seconds: seconds}}})
	case "sum":
		return sum(path, out)
	default:
		return fmt.Errorf("count: unknown runner %q", kind)
	}
	for _, name := range t.skipped {
		fmt.Fprintf(out, "skipped  %s\n", name)
	}
	fmt.Fprintf(out, "%s: %d passed, %d failed, %d skipped.\n", arg(0), t.Passed, t.Failed, len(t.skipped))
	return add(path, t)
}

// readReport counts a runner that wrote no readable report as one failure: it did not get as far as its tests.
func readReport(path string, out io.Writer, read func([]byte, io.Writer) (tally, error)) tally {
	raw, err := os.ReadFile(path)
	if err == nil {
		var t tally
		if t, err = read(raw, out); err == nil {
			return t
		}
	}
	fmt.Fprintf(out, "FAILED  the runner left no report: %v\n", err)
	return tally{Failed: 1}
}

// step counts a command by its exit code. Any code but 0 is a failure.
func step(name, code string, out io.Writer) tally {
	if code == "0" {
		return tally{Passed: 1}
	}
	fmt.Fprintf(out, "FAILED  %s (exit code %s)\n", name, code)
	return tally{Failed: 1}
}
