package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"nests/internal/diagnose"
	"nests/internal/nest"
)

// fixedDiagnosis always returns the same report, with its own arguments as evidence.
type fixedDiagnosis struct{}

func (fixedDiagnosis) report(nest, identity string, wide bool) diagnose.Report {
	checks := []diagnose.Check{{ID: "row", Title: "Nest", Status: diagnose.OK, Summary: "It is known.",
		Evidence: map[string]any{"members": 3, "wide": wide, "host": strings.Repeat("ab", 32), "asked_by": identity}}}
	return diagnose.Report{
		Nest:    nest,
		At:      1,
		Verdict: diagnose.Conclude(checks),
		Checks:  checks,
		Drifts:  []diagnose.Drift{},
	}
}

func (f fixedDiagnosis) Report(context.Context) diagnose.Report { return f.report("", "", false) }

func (f fixedDiagnosis) NestReport(_ context.Context, id string, caller nest.Caller, wide bool) diagnose.Report {
	return f.report(id, caller.Pubkey+" "+caller.Invite, wide)
}

// What a report shows depends on the viewer. A wrong signature is refused with its own code.
func TestDiagnosticsByViewer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host, eve, operator := newUser(t), newUser(t), newUser(t)
	r.service.Operators = []string{operator.pubkey}
	nest := func(body string) string { return base + "/" + r.create(t, host, body) + "/diagnostics" }
	public, private := nest("{}"), nest(`{"access":"private"}`)
	for _, test := range []struct {
		name, path  string
		as          user
		status      int
		texts, wide bool
	}{
		{"a guest", public, user{}, 200, false, false},
		{"a listener", public, eve, 200, false, false},
		{"the host", public, host, 200, true, true},
		{"the operator", public, operator, 200, true, true},
		{"a guest of a private nest", private, user{}, 403, false, false},
		{"the host of a private nest", private, host, 200, true, true},
		{"a guest of the server", "/api/v1/diagnostics", user{}, 200, false, false},
		{"a host of some nest", "/api/v1/diagnostics", host, 200, false, false},
		{"the operator of the server", "/api/v1/diagnostics", operator, 200, true, false},
		{"a guest of no nest", base + "/970ac212-48a8-4016-9ac4-6ab550f9a6d2/diagnostics", user{}, 200, false, false},
	} {
		a := r.do(t, call{method: http.MethodGet, path: test.path, as: test.as})
		if a.status != test.status || strings.Contains(a.text, "abab") != test.texts ||
			strings.Contains(a.text, `"wide":true`) != test.wide {
			t.Errorf("%s: %d %s", test.name, a.status, a.text)
		}
		if test.status == 200 && !strings.Contains(a.text, `"members":3`) {
			t.Errorf("the report for %s lacks numbers: %s", test.name, a.text)
		}
	}
	a := r.do(t, call{method: http.MethodGet, path: public, header: map[string]string{"Authorization": "Nostr junk"}})
	if a.status != 401 || !strings.HasPrefix(a.code(), "auth_") {
		t.Errorf("a wrong signature: %d %s", a.status, a.text)
	}
}
