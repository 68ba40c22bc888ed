package config

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"
)

// Problem is one error in the configuration. Its text says how to correct it.
type Problem struct {
	Key     string // as in nests.yaml
	Source  string // where the value came from: "nests.yaml line 3", "NESTS_HTTP_ADDR", "--http-addr"
	Value   string // "" when unset, secret or not useful
	Message string // the rest of the sentence, with what to do
	Err     error  // error of the system, nil without one
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

// Problems lists the problems in err's tree, which Load joins.
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

// Note is information for the operator that does not keep the server from running.
type Note struct {
	Level   slog.Level
	Message string // constant, for the log
	Key     string // name of the variable or key
	Hint    string
}

// quotable returns the value, or "" when a message must not quote it: a secret key, but also a pasted nsec or a URL
// with a password.
func quotable(k Key, value string) string {
	if k.Secret || strings.Contains(value, "nsec1") || strings.Contains(value, "@") {
		return ""
	}
	return value
}
