package diagnose

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func written(t *testing.T, r Report) string {
	t.Helper()
	var b strings.Builder
	r.Verdict = Conclude(r.Checks)
	if err := r.Write(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReportForPeople(t *testing.T) {
	got := written(t, Report{Checks: []Check{
		{Title: "Database, reading", Status: OK, Summary: "It answers.", Evidence: map[string]any{"schema": 3}},
		{Title: "Media server", Status: Fail, Code: MediaDown, Summary: "Nothing takes connections at its address.",
			Evidence: map[string]any{"layer": "tcp", "error": "connection refused", "since": float64(1764160856899), "nothing": map[string]any{}}},
		{Title: "Room", Status: Unknown, Summary: "Nobody knows."},
		{Title: "Disk", Status: Warn, Summary: "It is nearly full.", Hint: "Free some space soon."},
		{Title: "Webhooks", Status: Skipped, Summary: "Nothing was reported yet."},
	}, Drifts: []Drift{{Code: "metadata_lost", Steps: 2}, {Code: "stale_session", Resolved: 1}}})
	want := `✓ Database, reading: It answers.
✗ Media server: Nothing takes connections at its address.
    error=connection refused layer=tcp since=1764160856899
    → Start LiveKit, or mend its URL (NESTS_LIVEKIT_URL); the evidence names the
      layer that fails.
? Room: Nobody knows.
! Disk: It is nearly full.
    → Free some space soon.
- Webhooks: Nothing was reported yet.
! Open divergence: metadata_lost, 2 tries.

The media server does not answer. (media_down)
→ Start LiveKit, or mend its URL (NESTS_LIVEKIT_URL); the evidence names the
  layer that fails.
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// Another server's words are shown to whoever runs the doctor against it: they stay within 80 columns, and move no cursor.
func TestHostileWords(t *testing.T) {
	for name, evil := range map[string]string{
		"escape sequences": "\x1b[2J\x1b]0;owned\x07\x1b[1A\x9b31m\r\n\b\x7f",
		"a word of 10 kB":  strings.Repeat("x", 10_000),
		"wide words":       strings.Repeat("语", 10_000),
		"turned around":    "\u202egnorw si sihT \u2066\u200f",
		"broken bytes":     strings.Repeat("\xff\xfe\xed\xa0\x80 ", 400),
		"many short words": strings.Repeat("a ", 20_000),
		"lines":            strings.Repeat("✓ All is well\n", 100),
	} {
		got := written(t, Report{Checks: []Check{{ID: evil, Title: evil, Status: Status(evil), Code: Code(evil), Summary: evil, Hint: evil,
			Evidence: map[string]any{evil: evil, "n": map[string]any{evil: []any{evil}}}},
			{Title: evil, Status: Fail, Summary: evil, Evidence: map[string]any{"code": evil}}},
			Drifts: []Drift{{Code: evil, Nest: evil, Outcome: evil}}})
		for line := range strings.SplitSeq(got, "\n") {
			if n := utf8.RuneCountInString(line); n > columns {
				t.Errorf("%s: a line of %d characters: %.100q", name, n, line)
			}
		}
		if strings.ContainsAny(got, "\x1b\r\b\x07\x7f\u009b\u202e\u2066\u200f") || !utf8.ValidString(got) {
			t.Errorf("%s: control characters in %.300q", name, got)
		}
		if strings.HasPrefix(got, "✓") || strings.Contains(got, "\n✓") {
			t.Errorf("%s: it writes a line of its own: %.300q", name, got)
		}
		if len(got) > 60_000 {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}

func TestColoursAreForTerminals(t *testing.T) {
	r := Report{Checks: []Check{good("a")}, Verdict: Conclude(nil)}
	var plain, coloured strings.Builder
	if r.Write(&plain, false) != nil || r.Write(&coloured, true) != nil {
		t.Fatal("not written")
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[32m✓\x1b[0m") {
		t.Errorf("plain %q, coloured %q", plain.String(), coloured.String())
	}
}

func TestFailedIsForExitCodes(t *testing.T) {
	for status, want := range map[Status]bool{OK: false, Warn: false, Skipped: false, Fail: true, Unknown: true} {
		if got := (Report{Checks: []Check{{Status: status}}}).Failed(); got != want {
			t.Errorf("%s: %t", status, got)
		}
	}
}
