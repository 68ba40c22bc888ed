package relay

import (
	"errors"
	"fmt"
)

// refusal is an answer with a machine-readable prefix (NIP-01).
type refusal struct{ prefix, text string }

func (r *refusal) Error() string { return r.prefix + ": " + r.text }

func refusef(prefix, format string, arguments ...any) error {
	return &refusal{prefix, fmt.Sprintf(format, arguments...)}
}

// prefixOf returns the prefix of a refusal in err's chain, or "".
func prefixOf(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.prefix
	}
	return ""
}
