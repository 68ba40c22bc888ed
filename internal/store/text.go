package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// text returns s as both databases can store it: PostgreSQL refuses NUL and invalid UTF-8.
func text(s string) string {
	if utf8.ValidString(s) && !strings.Contains(s, "\x00") {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// boundedMax, in bytes, keeps a compared value within one index entry (PostgreSQL: 2704 bytes for all its columns).
const boundedMax = 512

const hashMark = "sha256:"

// bounded returns the form of s that queries store and compare: s itself when it is short and plain, else its hash.
// Equal inputs stay equal and different ones stay different. All compared text from outside goes through it.
func bounded(s string) string {
	if len(s) <= boundedMax && !strings.HasPrefix(s, hashMark) && text(s) == s {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return hashMark + hex.EncodeToString(sum[:])
}

// encodeList returns a JSON array, whose escapes make any text storable.
func encodeList(values []string) string {
	if len(values) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(values) // strings always marshal
	return string(b)
}

func decodeList(s string) ([]string, error) {
	if s == "[]" {
		return nil, nil
	}
	var values []string
	err := json.Unmarshal([]byte(s), &values)
	return values, err
}
