package diagnose

// Status is what a probe says of the thing it looked at.
type Status string

// The four values of an observation, and skipped for what does not apply.
const (
	OK      Status = "ok"
	Warn    Status = "warn"
	Fail    Status = "fail"
	Unknown Status = "unknown"
	Skipped Status = "skipped"
)

// Scope is whom the words of a check's evidence may be shown to. Numbers and truth values are everybody's.
type Scope string

// Scopes, from narrow to wide.
const (
	OfServer Scope = "server" // paths, addresses: the operator's
	OfNest   Scope = "nest"   // keys, relays: those who moderate the nest
)

// Check is one thing that was looked at.
type Check struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Status   Status         `json:"status" enum:"ok,warn,fail,unknown,skipped"`
	Code     Code           `json:"code,omitempty" doc:"The verdict this check alone would lead to"`
	Summary  string         `json:"summary" doc:"One sentence without names or addresses"`
	Hint     string         `json:"hint,omitempty"`
	Evidence map[string]any `json:"evidence"`
	TookMS   int64          `json:"took_ms"`

	scope Scope
}

// Verdict is the one root cause.
type Verdict struct {
	Code     Code   `json:"code"`
	Summary  string `json:"summary"`
	Cause    string `json:"cause" doc:"What the deciding check saw"`
	Hint     string `json:"hint"`
	Side     Side   `json:"side" enum:"server,client,relay,none"`
	Scenario string `json:"scenario,omitempty" doc:"A, B or C of the troubleshooting guide"`
}

// Drift is a divergence from the record. Nest and Evidence are for those who moderate.
type Drift struct {
	Code     string         `json:"code"`
	Nest     string         `json:"nest,omitempty"`
	First    int64          `json:"first_seen" doc:"Unix ms"`
	Last     int64          `json:"last_seen" doc:"Unix ms"`
	Steps    int            `json:"steps" doc:"Tries to mend it"`
	Resolved int64          `json:"resolved,omitempty" doc:"Unix ms, absent while open"`
	Outcome  string         `json:"outcome,omitempty" doc:"repaired, gone or explained"`
	Evidence map[string]any `json:"evidence,omitempty"`
}

// Report is what was found at a time. Nest is "" for a report on the server alone.
type Report struct {
	Nest    string  `json:"nest,omitempty"`
	At      int64   `json:"at" doc:"Unix ms"`
	Version string  `json:"version,omitempty"`
	Verdict Verdict `json:"verdict"`
	Checks  []Check `json:"checks"`
	Drifts  []Drift `json:"drifts"`
}

// Viewer is how much of a report somebody may see.
type Viewer int

// Viewers, each seeing more than the one before.
const (
	Guest    Viewer = iota // numbers and codes only
	Admin                  // and the nest's own keys and relays
	Operator               // and the server's addresses and paths
)

// For is the report as a viewer may see it. It errs on the side of silence: of evidence that is not the viewer's, only
// numbers and truth values are left.
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
