package diagnose

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func textOf(t *testing.T, r Report) string {
	t.Helper()
	var b strings.Builder
	r.Verdict = Conclude(r.Checks)
	if err := r.Write(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReportAsText(t *testing.T) {
	got := textOf(t, Report{Checks: []Check{
		{Title: "Database, reading", Status: OK, Summary: "It answers.", Evidence: map[string]any{"schema": 3}},
		{Title: "Media server", Status: Fail, Code: MediaDown, Summary: "Nothing accepts connections at its address.",
			Evidence: map[string]any{
				"layer":   "tcp",
				"error":   "connection refused",
				"since":   float64(1764160856899),
				"nothing": map[string]any{},
			}},
		{Title: "Room", Status: Unknown, Summary: "Its state is unknown."},
		{Title: "Disk", Status: Warn, Summary: "It is nearly full.", Hint: "Free some space soon."},
		{Title: "Webhooks", Status: Skipped, Summary: "No webhook has arrived yet."},
	}, Drifts: []Drift{{Code: "metadata_lost", Steps: 2}, {Code: "stale_session", Resolved: 1}}})
	want := `✓ Database, reading: It answers.
✗ Media server: Nothing accepts connections at its address.
    error=connection refused layer=tcp since=1764160856899
    → Start LiveKit, or correct its URL (NESTS_LIVEKIT_URL); the evidence names
      the layer that fails.
? Room: Its state is unknown.
! Disk: It is nearly full.
    → Free some space soon.
- Webhooks: No webhook has arrived yet.
! Open divergence: metadata_lost, 2 tries.

The media server does not answer. (media_down)
→ Start LiveKit, or correct its URL (NESTS_LIVEKIT_URL); the evidence names the
  layer that fails.
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// The doctor prints texts of a server that it does not trust: they stay within 80 columns and cannot move the cursor.
func TestHostileTexts(t *testing.T) {
	for name, evil := range map[string]string{
		"escape sequences": "\x1b[2J\x1b]0;owned\x07\x1b[1A\x9b31m\r\n\b\x7f",
		"a word of 10 kB":  strings.Repeat("x", 10_000),
		"wide words":       strings.Repeat("语", 10_000),
		"reversed text":    "\u202egnorw si sihT \u2066\u200f",
		"invalid UTF-8":    strings.Repeat("\xff\xfe\xed\xa0\x80 ", 400),
		"many short words": strings.Repeat("a ", 20_000),
		"lines":            strings.Repeat("✓ All is well\n", 100),
	} {
		got := textOf(t, Report{
			Checks: []Check{
				{
					ID:       evil,
					Title:    evil,
					Status:   Status(evil),
					Code:     Code(evil),
					Summary:  evil,
					Hint:     evil,
					Evidence: map[string]any{evil: evil, "n": map[string]any{evil: []any{evil}}},
				},
				{Title: evil, Status: Fail, Summary: evil, Evidence: map[string]any{"code": evil}},
			},
			Drifts: []Drift{{Code: evil, Nest: evil, Outcome: evil}},
		})
		for line := range strings.SplitSeq(got, "\n") {
			if n := utf8.RuneCountInString(line); n > columns {
				t.Errorf("%s: a line of %d characters: %.100q", name, n, line)
			}
		}
		if strings.ContainsAny(got, "\x1b\r\b\x07\x7f\u009b\u202e\u2066\u200f") || !utf8.ValidString(got) {
			t.Errorf("%s: control characters in %.300q", name, got)
		}
		if strings.HasPrefix(got, "✓") || strings.Contains(got, "\n✓") {
			t.Errorf("%s: the text starts a line of its own: %.300q", name, got)
		}
		if len(got) > 60_000 {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}

func TestColours(t *testing.T) {
	r := Report{Checks: []Check{good("a")}, Verdict: Conclude(nil)}
	var plain, coloured strings.Builder
	if r.Write(&plain, false) != nil || r.Write(&coloured, true) != nil {
		t.Fatal("Write failed")
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[32m✓\x1b[0m") {
		t.Errorf("plain %q, coloured %q", plain.String(), coloured.String())
	}
}

func TestFailed(t *testing.T) {
	for status, want := range map[Status]bool{OK: false, Warn: false, Skipped: false, Fail: true, Unknown: true} {
		if got := (Report{Checks: []Check{{Status: status}}}).Failed(); got != want {
			t.Errorf("%s: %t", status, got)
		}
	}
}
