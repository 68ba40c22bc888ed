package nip

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanLine makes a stranger's text fit for one line: no control and no direction-changing characters, at most limit runes.
func CleanLine(s string, limit int) string {
	return clean(s, limit, func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	})
}

// cleanText is CleanLine for text that may have several lines.
func cleanText(s string, limit int) string {
	return clean(strings.ReplaceAll(s, "\r\n", "\n"), limit, func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		return r
	})
}

func clean(s string, limit int, space func(rune) rune) string {
	// A rune takes at most four bytes: cut first, so that a huge text costs no more than a long one.
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

// hostileRune is true for characters that cannot be seen and change how the text around them is shown.
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

// printable is true when nothing in s is hostile or a space inside a word that should have none.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return hostileRune(r) || unicode.IsSpace(r) })
}
