package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// slowestShown is how many tests the sum lists.
const slowestShown = 10

// tally is the result of one runner. The file of a run has one per line, in JSON.
type tally struct {
	Passed, Failed int
	Slowest        []timed // tests, the slowest first
	Stages         []timed

	skipped []string // named in the output, so that nobody takes them for passed
}

type timed struct {
	Name    string
	Seconds float64
}

// took notes how long a test ran and keeps the slowest.
func (t *tally) took(name string, seconds float64) {
	t.Slowest = append(t.Slowest, timed{Name: name, Seconds: seconds})
	slices.SortStableFunc(t.Slowest, func(a, b timed) int { return cmp.Compare(b.Seconds, a.Seconds) })
	t.Slowest = t.Slowest[:min(len(t.Slowest), slowestShown)]
}

func add(path string, t tally) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(json.NewEncoder(f).Encode(t), f.Close())
}

var errFailed = errors.New("count: not all tests passed")

func sum(path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var total tally
	for lines := json.NewDecoder(f); ; {
		var t tally
		if err := lines.Decode(&t); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		total.Passed += t.Passed
		total.Failed += t.Failed
		total.Stages = append(total.Stages, t.Stages...)
		for _, test := range t.Slowest {
			total.took(test.Name, test.Seconds)
		}
	}
	if total.Passed == 0 && total.Failed == 0 {
		total.Failed = 1 // a run without tests must not look like success
	}
	printTimes(out, "slowest tests", total.Slowest)
	printTimes(out, "stages", total.Stages)
	fmt.Fprintf(out, "%d passed, %d failed\n", total.Passed, total.Failed)
	if total.Failed > 0 || total.Passed == 0 {
		return errFailed
	}
	return nil
}

func printTimes(out io.Writer, title string, times []timed) {
	if len(times) == 0 {
		return
	}
	fmt.Fprintf(out, "%s:\n", title)
	for _, t := range times {
		fmt.Fprintf(out, "%8.1f s  %s\n", t.Seconds, t.Name)
	}
	fmt.Fprintln(out)
}
