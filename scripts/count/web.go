package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// vitestReport is what its JSON reporter writes (the shape is Jest's).
type vitestReport struct {
	TestResults []struct {
		Name             string
		Status           string
		Message          string
		AssertionResults []struct {
			Status   string
			FullName string
			Duration float64 // in milliseconds
		}
	}
}

func readVitest(raw []byte, out io.Writer) (tally, error) {
	var report vitestReport
	if err := json.Unmarshal(raw, &report); err != nil {
		return tally{}, err
	}
	var t tally
	for _, file := range report.TestResults {
		before := t.Failed
		for _, test := range file.AssertionResults {
			switch test.Status {
			case "passed":
				t.Passed++
			case "failed":
				t.Failed++
				fmt.Fprintf(out, "FAILED  %s: %s\n", file.Name, test.FullName)
			default:
				t.skipped = append(t.skipped, test.FullName)
				continue
			}
			t.took(filepath.Base(file.Name)+" "+test.FullName, test.Duration/1000)
		}
		if file.Status == "failed" && t.Failed == before { // it could not even be loaded
			t.Failed++
			fmt.Fprintf(out, "FAILED  %s: %s\n", file.Name, file.Message)
		}
	}
	return t, nil
}

// playwrightReport is what its JSON reporter writes.
type playwrightReport struct {
	Suites []playwrightSuite
	Errors []struct{ Message string } // outside any test
}

type playwrightSuite struct {
	Title  string
	Suites []playwrightSuite
	Specs  []struct {
		Title string
		Tests []struct {
			ProjectName string
			Status      string
			Results     []struct{ Duration float64 } // in milliseconds; one of each try
		}
	}
}

func readPlaywright(raw []byte, out io.Writer) (tally, error) {
	var report playwrightReport
	if err := json.Unmarshal(raw, &report); err != nil {
		return tally{}, err
	}
	var t tally
	for _, e := range report.Errors {
		t.Failed++
		fmt.Fprintf(out, "FAILED  %s\n", e.Message)
	}
	for _, s := range report.Suites {
		s.count(&t, nil, out)
	}
	return t, nil
}

// count counts a flaky test as failed: a retry must not hide it.
func (s playwrightSuite) count(t *tally, above []string, out io.Writer) {
	above = append(above[:len(above):len(above)], s.Title)
	for _, spec := range s.Specs {
		for _, test := range spec.Tests {
			name := strings.Join(append(above[:len(above):len(above)], spec.Title), " › ") + " [" +
				test.ProjectName + "]"
			switch test.Status {
			case "expected":
				t.Passed++
			case "skipped":
				t.skipped = append(t.skipped, name)
				continue
			default:
				t.Failed++
				fmt.Fprintf(out, "FAILED  %s (%s)\n", name, test.Status)
			}
			seconds := 0.0
			for _, try := range test.Results {
				seconds += try.Duration / 1000
			}
			t.took(name, seconds)
		}
	}
	for _, inner := range s.Suites {
		inner.count(t, above, out)
	}
}
