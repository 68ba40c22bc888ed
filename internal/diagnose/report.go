package diagnose

// Status is the result of a check.
type Status string

// Statuses: unknown is a thing that could not be observed, skipped one that does not apply.
const (
	OK      Status = "ok"
	Warn    Status = "warn"
	Fail    Status = "fail"
	Unknown Status = "unknown"
	Skipped Status = "skipped"
)

// Scope says who may see the texts in a check's evidence. Numbers and booleans are visible to everybody.
type Scope string

// Scopes, the narrowest first.
const (
	OfServer Scope = "server" // paths, addresses: visible to operators
	OfNest   Scope = "nest"   // keys, relays: visible to the nest's moderators, too
)

// Check is the result of one probe.
type Check struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Status   Status         `json:"status" enum:"ok,warn,fail,unknown,skipped"`
	Code     Code           `json:"code,omitempty" doc:"The verdict that this check alone leads to"`
	Summary  string         `json:"summary" doc:"One sentence without names or addresses"`
	Hint     string         `json:"hint,omitempty"`
	Evidence map[string]any `json:"evidence"`
	TookMS   int64          `json:"took_ms"`

	scope Scope
}

// Verdict is the root cause.
type Verdict struct {
	Code     Code   `json:"code"`
	Summary  string `json:"summary"`
	Cause    string `json:"cause" doc:"What the deciding check observed"`
	Hint     string `json:"hint"`
	Side     Side   `json:"side" enum:"server,client,relay,none"`
	Scenario string `json:"scenario,omitempty" doc:"A, B or C of the troubleshooting guide"`
}

// Drift is one recorded divergence. Nest and the texts of Evidence are visible to moderators only.
type Drift struct {
	Code     string         `json:"code"`
	Nest     string         `json:"nest,omitempty"`
	First    int64          `json:"first_seen" doc:"Unix ms"`
	Last     int64          `json:"last_seen" doc:"Unix ms"`
	Steps    int            `json:"steps" doc:"Attempts to repair it"`
	Resolved int64          `json:"resolved,omitempty" doc:"Unix ms, absent while open"`
	Outcome  string         `json:"outcome,omitempty" doc:"repaired, gone or explained"`
	Evidence map[string]any `json:"evidence,omitempty"`
}

// Report is a diagnosis at one time. Nest is "" for a report on the server alone.
type Report struct {
	Nest    string  `json:"nest,omitempty"`
	At      int64   `json:"at" doc:"Unix ms"`
	Version string  `json:"version,omitempty"`
	Verdict Verdict `json:"verdict"`
	Checks  []Check `json:"checks"`
	Drifts  []Drift `json:"drifts"`
}

// Viewer is how much of a report a reader may see.
type Viewer int

// Viewers, each seeing more than the one before.
const (
	Guest    Viewer = iota // numbers and codes only
	Admin                  // and the nest's own keys and relays
	Operator               // and the server's addresses and paths
)

// VisibleTo returns the report as a viewer may see it. Of the evidence that the viewer may not see, only numbers and
// booleans are left.
func (r Report) VisibleTo(v Viewer) Report {
	checks := make([]Check, len(r.Checks))
	for i, c := range r.Checks {
		if v < Admin || v < Operator && c.scope == OfServer {
			c.Evidence = numbers(c.Evidence)
		}
		checks[i] = c
	}
	r.Checks = checks
	drifts := make([]Drift, len(r.Drifts))
	for i, d := range r.Drifts {
		if v < Admin || v < Operator && r.Nest == "" {
			d.Evidence = numbers(d.Evidence)
			if r.Nest == "" {
				d.Nest = ""
			}
		}
		drifts[i] = d
	}
	r.Drifts = drifts
	return r
}

func numbers(evidence map[string]any) map[string]any {
	kept := map[string]any{}
	for key, value := range evidence {
		switch value.(type) {
		case bool, int, int64, float64:
			kept[key] = value
		}
	}
	return kept
}
