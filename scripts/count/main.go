// Command count reads the reports of the test runners, says what failed, and adds up:
//
//	go test -json ./... | count -tally FILE go
//	count -tally FILE vitest REPORT
//	count -tally FILE playwright REPORT
//	count -tally FILE sum
//
// sum prints "N passed, N failed" and exits with 1 when anything failed or nothing passed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// tally is what one runner did. Skipped tests are named, so that nobody mistakes them for passed ones.
type tally struct {
	passed, failed int
	skipped        []string
}

func main() {
	path := flag.String("tally", "", "file that keeps the sums between calls")
	flag.Parse()
	if err := run(*path, flag.Arg(0), flag.Arg(1), os.Stdin, os.Stdout); err != nil {
		if !errors.Is(err, errFailed) { // the sum's own line says it, and must stay the last
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}

func run(path, kind, report string, in io.Reader, out io.Writer) error {
	var t tally
	switch kind {
	case "go":
		t = readGo(in, out)
	case "vitest":
		t = readReport(report, out, readVitest)
	case "playwright":
		t = readReport(report, out, readPlaywright)
	case "sum":
		return sum(path, out)
	default:
		return fmt.Errorf("count: no runner is called %q", kind)
	}
	for _, name := range t.skipped {
		fmt.Fprintf(out, "skipped  %s\n", name)
	}
	fmt.Fprintf(out, "%s: %d passed, %d failed, %d skipped.\n", kind, t.passed, t.failed, len(t.skipped))
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
	return tally{failed: 1}
}

func add(path string, t tally) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, t.passed, t.failed)
	return errors.Join(err, f.Close())
}

var errFailed = errors.New("count: not all tests passed")

func sum(path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var passed, failed int
	for {
		var p, q int
		if _, err := fmt.Fscan(f, &p, &q); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		passed, failed = passed+p, failed+q
	}
	if passed == 0 && failed == 0 {
		failed = 1 // a run without tests must not look like success
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 || passed == 0 {
		return errFailed
	}
	return nil
}
