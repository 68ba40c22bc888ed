package config

import (
	"net/url"
	"slices"
	"strings"
)

const hidden = "(hidden)"

// Line is one key of the effective configuration, without secrets.
type Line struct {
	Key    string
	Value  string
	Source string
}

// Redacted lists the effective configuration without secrets.
func (c Config) Redacted() []Line {
	var lines []Line
	for _, k := range Keys() {
		text := k.field(&c).String()
		switch {
		case k.Name == "public_url":
			text = join(c.PublicOrigins())
		case text == "" && k.Unset != "":
			text = "(" + strings.ReplaceAll(k.Unset, "`", "") + ")"
		case text != "" && k.Secret:
			text = redactURL(text)
		}
		lines = append(lines, Line{Key: k.Name, Value: text, Source: c.sources[k.Name]})
	}
	return lines
}

// redactURL keeps the scheme, host and path of a database's URL, and hides every other secret entirely.
func redactURL(secret string) string {
	u, err := url.Parse(secret)
	if err != nil || u.Host == "" || !slices.Contains([]string{"postgres", "postgresql", "redis", "rediss"}, u.Scheme) {
		return hidden
	}
	shown := u.Scheme + "://" + u.Host + u.Path
	if u.User != nil || u.RawQuery != "" {
		shown += " " + hidden
	}
	return shown
}
