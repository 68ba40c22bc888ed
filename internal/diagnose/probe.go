package diagnose

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"
)

// Probe checks one thing.
type Probe struct {
	ID          string
	Title       string
	Scope       Scope
	TimeoutCode Code          // verdict when the probe does not end in time, "" for none
	Timeout     time.Duration // 0: probeTimeout
	Run         func(ctx context.Context) Finding
}

// Finding is the result of a probe. Every viewer may read Summary and Hint, so they hold no name, key or address.
type Finding struct {
	Status   Status
	Code     Code // "" when ok
	Summary  string
	Hint     string // "": the hint of the verdict table
	Evidence map[string]any
}

// probeTimeout is for a probe that sets none. A report takes no longer, whatever hangs.
const probeTimeout = 4 * time.Second

// Run runs the probes side by side and returns their checks in the same order. A probe that does not end in time is
// unknown; Run does not wait for its goroutine, which ends with its context.
func Run(ctx context.Context, probes []Probe) []Check {
	checks := make([]Check, len(probes))
	var all sync.WaitGroup
	for i, probe := range probes {
		all.Go(func() { checks[i] = runProbe(ctx, probe) })
	}
	all.Wait()
	return checks
}

func runProbe(ctx context.Context, probe Probe) Check {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(probe.Timeout, probeTimeout))
	defer cancel()
	began := time.Now()
	result := make(chan Finding, 1)
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				result <- Finding{Status: Unknown, Summary: "The check failed with an internal error.",
					Evidence: map[string]any{"panic": fmt.Sprint(cause)}}
			}
		}()
		result <- probe.Run(ctx)
	}()
	var f Finding
	select {
	case f = <-result:
	case <-ctx.Done():
		f = Finding{Status: Unknown, Code: probe.TimeoutCode, Summary: "No answer in time."}
	}
	if f.Evidence == nil {
		f.Evidence = map[string]any{}
	}
	return Check{
		ID:       probe.ID,
		Title:    probe.Title,
		Status:   f.Status,
		Code:     f.Code,
		Summary:  f.Summary,
		Hint:     f.Hint,
		Evidence: f.Evidence,
		TookMS:   time.Since(began).Milliseconds(),
		scope:    probe.Scope,
	}
}

func passed(summary string, evidence map[string]any) Finding {
	return Finding{Status: OK, Summary: summary, Evidence: evidence}
}

// Skip returns the function of a probe that does not apply.
func Skip(why string) func(context.Context) Finding {
	return func(context.Context) Finding { return skipped(why) }
}

func skipped(why string) Finding { return Finding{Status: Skipped, Summary: why} }
