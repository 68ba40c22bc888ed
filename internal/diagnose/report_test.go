package diagnose

import (
	"encoding/json"
	"strings"
	"testing"

	"nests/internal/nest"
)

// Texts that no guest may read, and texts that only an operator may read.
var (
	ofNest   = []string{"d1676e1b163115a8", "wss://relay.example", "970ac212-48a8", "RM_abc", "alice"}
	ofServer = []string{"10.0.0.7", "/var/lib/nests", "livekit.internal"}
)

func full(id string) Report {
	evidence := func(words []string) map[string]any {
		return map[string]any{
			"people": 3, "took": 1.5, "there": true, // visible to everybody
			"text":    words[0],
			"list":    words,
			"map":     map[string]any{"k": words[1]},
			"answers": map[string]any{words[2]: "accepted"},
		}
	}
	return Report{Nest: id, Checks: []Check{
		{ID: "row", Status: OK, Summary: "It exists.", Evidence: evidence(ofNest), scope: OfNest},
		{ID: "livekit", Status: OK, Summary: "It answers.", Evidence: evidence(ofServer), scope: OfServer},
	}, Drifts: []Drift{{Code: "wrong_permission", Nest: id, Steps: 2, Evidence: evidence(ofNest)}}}
}

func TestEvidenceByViewer(t *testing.T) {
	for _, test := range []struct {
		name           string
		viewer         Viewer
		nest           string
		nests, servers bool // whether their texts are visible
	}{
		{"a guest", Guest, "x", false, false},
		{"a moderator", Admin, "x", true, false},
		{"the operator", Operator, "x", true, true},
		{"a guest of the server", Guest, "", false, false},
		{"the operator of the server", Operator, "", true, true},
	} {
		text, err := json.Marshal(full(test.nest).VisibleTo(test.viewer))
		if err != nil {
			t.Fatal(err)
		}
		for words, seen := range map[*[]string]bool{&ofNest: test.nests, &ofServer: test.servers} {
			for _, word := range *words {
				if strings.Contains(string(text), word) && !seen {
					t.Errorf("%s sees %q: %s", test.name, word, text)
				}
			}
			if seen && !strings.Contains(string(text), (*words)[0]) {
				t.Errorf("%s does not see %q: %s", test.name, (*words)[0], text)
			}
		}
		for _, number := range []string{`"people":3`, `"there":true`, `"took":1.5`} {
			if !strings.Contains(string(text), number) {
				t.Errorf("%s does not see %s: %s", test.name, number, text)
			}
		}
	}
}

// The list of all divergences would reveal private nests.
func TestServerReportNamesNoNest(t *testing.T) {
	r := Report{Drifts: []Drift{{Code: "metadata_lost", Nest: "970ac212"}}}
	for _, viewer := range []Viewer{Guest, Admin} {
		if got := r.VisibleTo(viewer); got.Drifts[0].Nest != "" {
			t.Errorf("viewer %d sees %q", viewer, got.Drifts[0].Nest)
		}
	}
	if got := r.VisibleTo(Operator); got.Drifts[0].Nest == "" {
		t.Error("the operator does not see it")
	}
}

// The cached report is shown to several viewers, so redacting it for one must not change it.
func TestVisibleToDoesNotChangeTheReport(t *testing.T) {
	r := full("x")
	r.VisibleTo(Guest)
	if r.Checks[1].Evidence["text"] != ofServer[0] || r.Drifts[0].Evidence["text"] != ofNest[0] {
		t.Errorf("%+v", r)
	}
}

func TestDriftOf(t *testing.T) {
	d := driftOf(nest.Drift{
		Code:     "wrong_permission",
		Nest:     "x",
		Subject:  "alice",
		First:    1,
		Last:     2,
		Steps:    3,
		Resolved: 4,
		Outcome:  "repaired",
		Evidence: `{"publish":true}`,
	})
	if d.Evidence["publish"] != true || d.Evidence["subject"] != "alice" || d.Outcome != "repaired" || d.Steps != 3 {
		t.Errorf("%+v", d)
	}
	if d := driftOf(nest.Drift{Evidence: "null"}); d.Evidence == nil {
		t.Error("evidence null stayed null")
	}
}
