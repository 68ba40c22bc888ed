package nip

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanLine makes untrusted text safe to show on one line: without control and bidi characters, at most limit runes.
func CleanLine(s string, limit int) string {
	return clean(s, limit, func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	})
}

// cleanText is CleanLine for text with several lines.
func cleanText(s string, limit int) string {
	return clean(strings.ReplaceAll(s, "\r\n", "\n"), limit, func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		return r
	})
}

func clean(s string, limit int, space func(rune) rune) string {
	// A rune takes at most four bytes. Cutting first bounds the cost of a huge text.
	if most := 2 * 4 * limit; len(s) > most {
		s = s[:most]
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || hostileRune(r) })
	count := 0
	s = strings.Map(func(r rune) rune {
		r = space(r)
		if count >= limit || (r != '\n' && hostileRune(r)) {
			return -1
		}
		count++
		return r
	}, s)
	return strings.TrimSpace(s)
}

// hostileRune reports whether r is invisible and changes how the text around it is shown.
func hostileRune(r rune) bool {
	switch {
	case r == utf8.RuneError, unicode.IsControl(r):
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // bidi embeddings, overrides, isolates
		return true
	case r == 0x200E, r == 0x200F, r == 0x061C: // bidi marks
		return true
	case r == 0x2028, r == 0x2029, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB, r >= 0xE0000 && r <= 0xE001F:
		return true
	}
	return false
}

// printable reports whether s is valid UTF-8 without hostile runes and white space.
func printable(s string) bool {
	return utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return hostileRune(r) || unicode.IsSpace(r) })
}
