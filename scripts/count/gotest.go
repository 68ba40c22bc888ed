package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// goEvent is a line of `go test -json` (go doc test2json).
type goEvent struct {
	Action      string
	Package     string
	ImportPath  string // of build-output lines
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// goRun follows one stream. Outputs are kept until their test ends, and shown only when it failed.
type goRun struct {
	out     io.Writer
	total   tally
	outputs map[string]*strings.Builder
	ended   map[string]map[string]goEvent // package → test → its last event
}

// readGo counts leaf tests: a test with subtests is their container, except when it failed by itself. A package that
// does not build, panics or exits counts as one failure.
func readGo(in io.Reader, out io.Writer) tally {
	r := goRun{out: out, outputs: map[string]*strings.Builder{}, ended: map[string]map[string]goEvent{}}
	lines := json.NewDecoder(in)
	for {
		var e goEvent
		err := lines.Decode(&e)
		if err == io.EOF {
			return r.total
		}
		if err != nil {
			fmt.Fprintf(out, "FAILED  go test wrote something else than events: %v\n", err)
			io.Copy(out, io.MultiReader(lines.Buffered(), in))
			r.total.Failed++
			return r.total
		}
		r.see(e)
	}
}

func (r *goRun) see(e goEvent) {
	switch {
	case e.Action == "build-output":
		r.keep("build "+e.ImportPath, e.Output)
	case e.Action == "output":
		r.keep(e.Package+" "+e.Test, e.Output)
	case e.Action != "pass" && e.Action != "fail" && e.Action != "skip":
	case e.Test == "":
		r.endPackage(e)
	default:
		if r.ended[e.Package] == nil {
			r.ended[e.Package] = map[string]goEvent{}
		}
		r.ended[e.Package][e.Test] = e
		if e.Action == "fail" && !contains(r.ended[e.Package], e.Test, e.Action) {
			fmt.Fprintf(r.out, "FAILED  %s %s\n%s", e.Package, e.Test, r.take(e.Package+" "+e.Test))
		}
		delete(r.outputs, e.Package+" "+e.Test)
	}
}

func (r *goRun) endPackage(e goEvent) {
	tests := r.ended[e.Package]
	passed, failed := 0, 0
	for test, ended := range tests {
		switch {
		case ended.Action == "skip":
			r.total.skipped = append(r.total.skipped, e.Package+" "+test)
			continue
		case contains(tests, test, ended.Action):
			continue
		case ended.Action == "pass":
			passed++
		default:
			failed++
		}
		r.total.took(e.Package+" "+test, ended.Elapsed)
	}
	slices.Sort(r.total.skipped)
	rest := r.take(e.Package + " ")
	if e.Action == "fail" && failed == 0 {
		failed = 1
		fmt.Fprintf(r.out, "FAILED  %s\n%s%s%s", e.Package, r.take("build "+e.FailedBuild), rest,
			r.unfinished(e.Package))
	}
	r.total.Passed += passed
	r.total.Failed += failed
	if passed+failed > 0 {
		fmt.Fprintf(r.out, "%-6s  %s  %d passed, %d failed, %.1f s\n", e.Action, e.Package, passed, failed, e.Elapsed)
	}
	delete(r.ended, e.Package)
}

// contains reports whether a test is only the container of others: of any when it passed, of a failed one when it
// failed.
func contains(tests map[string]goEvent, test, action string) bool {
	for other, ended := range tests {
		if strings.HasPrefix(other, test+"/") && (action == "pass" || ended.Action == "fail") {
			return true
		}
	}
	return false
}

// unfinished is what tests wrote that were still running when their process ended.
func (r *goRun) unfinished(pkg string) string {
	var b strings.Builder
	for name := range r.outputs {
		if test, ok := strings.CutPrefix(name, pkg+" "); ok {
			b.WriteString("unfinished " + test + "\n" + r.take(name))
		}
	}
	return b.String()
}

// keep holds on to the last 64 kB: a server's log can be long, and its end is what explains a failure.
func (r *goRun) keep(name, text string) {
	const limit = 64 << 10
	b := r.outputs[name]
	if b == nil {
		b = &strings.Builder{}
		r.outputs[name] = b
	}
	if b.Len() > 2*limit {
		end := b.String()[b.Len()-limit:]
		b.Reset()
		b.WriteString("…\n" + end)
	}
	b.WriteString(text)
}

func (r *goRun) take(name string) string {
	b := r.outputs[name]
	delete(r.outputs, name)
	if b == nil {
		return ""
	}
	return b.String()
}
