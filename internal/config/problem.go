package config

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"
)

// Problem is one thing wrong with the configuration, said so that it can be mended.
type Problem struct {
	Key     string // as in nests.yaml
	Source  string // where the value came from: "nests.yaml line 3", "NESTS_HTTP_ADDR", "--http-addr"
	Value   string // "" when unset, secret or not worth repeating
	Message string // the rest of the sentence, with the remedy
	Err     error  // what the system said, nil when nobody asked it
}

func (p *Problem) Unwrap() error { return p.Err }

func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Key)
	if p.Source != "" && p.Source != sourceDefault {
		b.WriteString(" (from " + p.Source + ")")
	}
	if p.Value != "" {
		b.WriteString(" = " + strconv.Quote(p.Value))
	}
	return b.String() + " " + p.Message
}

// Problems lists the problems in err's tree, which Load joins so that all can be mended at once.
func Problems(err error) []*Problem {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Problem
		for _, e := range many.Unwrap() {
			all = append(all, Problems(e)...)
		}
		return all
	}
	var p *Problem
	if errors.As(err, &p) {
		return []*Problem{p}
	}
	return nil
}

// Note is something the operator should know although the server can run.
type Note struct {
	Level   slog.Level
	Message string // constant, for the log
	Key     string // variable or key it is about
	Hint    string
}

// quotable is the value when it may be repeated in a message. Whatever the key, a pasted nsec or a password in a URL
// is not.
func quotable(k Key, value string) string {
	if k.Secret || strings.Contains(value, "nsec1") || strings.Contains(value, "@") {
		return ""
	}
	return value
}
