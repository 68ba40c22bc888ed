package diagnose

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"
)

// Probe looks at one thing.
type Probe struct {
	ID          string
	Title       string
	Scope       Scope
	TimeoutCode Code          // what it means when no answer comes; "" when that explains nothing
	Timeout     time.Duration // how long it may take, 0: lookMost
	Run         func(ctx context.Context) Finding
}

// Finding is what a probe saw. Summary is told to everybody, so it names nobody.
type Finding struct {
	Status   Status
	Code     Code // "" when ok
	Summary  string
	Hint     string // "" takes the table's
	Evidence map[string]any
}

// lookMost is how long one probe may take if it does not say otherwise. A report is there within it, whatever hangs.
const lookMost = 4 * time.Second

// Run looks at everything side by side and answers in the order of the probes. One that does not come back in time is
// unknown; what it holds on to ends with its context.
func Run(ctx context.Context, probes []Probe) []Check {
	checks := make([]Check, len(probes))
	var all sync.WaitGroup
	for i, probe := range probes {
		all.Go(func() { checks[i] = look(ctx, probe) })
	}
	all.Wait()
	return checks
}

func look(ctx context.Context, probe Probe) Check {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(probe.Timeout, lookMost))
	defer cancel()
	began := time.Now()
	found := make(chan Finding, 1)
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				found <- Finding{Status: Unknown, Summary: "The check itself broke.", Evidence: map[string]any{"panic": fmt.Sprint(cause)}}
			}
		}()
		found <- probe.Run(ctx)
	}()
	var f Finding
	select {
	case f = <-found:
	case <-ctx.Done():
		f = Finding{Status: Unknown, Code: probe.TimeoutCode, Summary: "No answer in time."}
	}
	if f.Evidence == nil {
		f.Evidence = map[string]any{}
	}
	return Check{ID: probe.ID, Title: probe.Title, Status: f.Status, Code: f.Code, Summary: f.Summary, Hint: f.Hint,
		Evidence: f.Evidence, TookMS: time.Since(began).Milliseconds(), scope: probe.Scope}
}

func fine(summary string, evidence map[string]any) Finding {
	return Finding{Status: OK, Summary: summary, Evidence: evidence}
}

// Skip is the look of a probe for what is not there.
func Skip(why string) func(context.Context) Finding {
	return func(context.Context) Finding { return skipped(why) }
}

func skipped(why string) Finding { return Finding{Status: Skipped, Summary: why} }
