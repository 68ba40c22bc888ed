package diagnose

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"nests/internal/nip"
)

// columns is the width of the narrowest usual terminal.
const columns = 80

// marks begin a line; the text after them says the same, for readers who hear the report.
var marks = map[Status]string{OK: "✓", Warn: "!", Fail: "✗", Unknown: "?", Skipped: "-"}

var colours = map[Status]string{OK: "32", Warn: "33", Fail: "31", Unknown: "35", Skipped: "2"}

// Write prints a report for people: one line a check, and below each that is not ok its evidence and hint.
func (r Report) Write(w io.Writer, coloured bool) error {
	var b strings.Builder
	paint := func(s Status, text string) string {
		if !coloured {
			return text
		}
		return "\x1b[" + colours[s] + "m" + text + "\x1b[0m"
	}
	for _, c := range r.Checks {
		line := wrap(c.Title+": "+c.Summary, columns-2)
		if marks[c.Status] == "" { // unknown status of another server
			c.Status = Unknown
		}
		fmt.Fprintf(&b, "%s %s\n", paint(c.Status, marks[c.Status]), strings.Join(line, "\n  "))
		if c.Status == OK || c.Status == Skipped {
			continue
		}
		if text := evidence(c); text != "" {
			fmt.Fprintf(&b, "    %s\n", strings.Join(wrap(text, columns-4), "\n    "))
		}
		if hint := hintOf(c); hint != "" {
			fmt.Fprintf(&b, "    → %s\n", strings.Join(wrap(hint, columns-6), "\n      "))
		}
	}
	for _, d := range r.Drifts {
		if d.Resolved == 0 {
			line := wrap(fmt.Sprintf("Open divergence: %s, %d tries.", d.Code, d.Steps), columns-2)
			fmt.Fprintf(&b, "%s %s\n", paint(Warn, "!"), strings.Join(line, "\n  "))
		}
	}
	v := r.Verdict
	name := string(v.Code)
	if v.Scenario != "" {
		name += ", scenario " + v.Scenario
	}
	mark := Fail
	if v.Code == Healthy {
		mark = OK
	} else if v.Side == noSide {
		mark = Warn
	}
	fmt.Fprintf(&b, "\n%s\n", paint(mark, strings.Join(wrap(v.Summary+" ("+name+")", columns), "\n")))
	if v.Hint != "" {
		fmt.Fprintf(&b, "→ %s\n", strings.Join(wrap(v.Hint, columns-2), "\n  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// hintOf returns the check's own hint, or the verdict table's for its code.
func hintOf(c Check) string {
	if c.Hint != "" || c.Code == "" {
		return c.Hint
	}
	for _, r := range table {
		if r.code == c.Code {
			return r.hint
		}
	}
	return ""
}

func evidence(c Check) string {
	var pairs []string
	for key, value := range c.Evidence {
		text := fmt.Sprint(value)
		if number, ok := value.(float64); ok { // as JSON gives all numbers
			text = strconv.FormatFloat(number, 'f', -1, 64)
		}
		if text != "" && text != "map[]" {
			pairs = append(pairs, key+"="+text)
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "  ")
}

// maxTextLength is in characters.
const maxTextLength = 2000

// wrap breaks text at spaces, and inside a word that is longer than a line. It removes control characters, so that text
// from another server cannot move the cursor.
func wrap(text string, width int) []string {
	var lines []string
	line := []rune{}
	for _, word := range strings.Fields(nip.CleanLine(text, maxTextLength)) {
		rest := []rune(word)
		if len(line) > 0 && len(line)+1+len(rest) > width {
			lines, line = append(lines, string(line)), line[:0]
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		for ; len(rest) > width; rest = rest[width:] {
			lines = append(lines, string(rest[:width]))
		}
		line = append(line, rest...)
	}
	return append(lines, string(line))
}

// Failed reports whether any check failed or is unknown. A refusal by policy is neither.
func (r Report) Failed() bool {
	for _, c := range r.Checks {
		if c.Status == Fail || c.Status == Unknown {
			return true
		}
	}
	return false
}
