package config

import (
	"errors"
	"log/slog"
	"strings"
)

// readEnv reads NESTS_* variables. An unknown variable is a note, not a problem: orchestrators set their own, such as
// NESTS_SERVICE_HOST.
func readEnv(env []string, keys []Key) (layer, []Note, error) {
	l := layer{}
	var notes []Note
	var problems []error
	for _, line := range env {
		name, text, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, envPrefix) {
			continue
		}
		key := strings.ToLower(strings.TrimPrefix(name, envPrefix))
		if _, _, ok := lookup(keys, key); !ok {
			notes = append(notes, unknownVariable(keys, name))
			continue
		}
		problems = append(problems, l.put(keys, key, text, name))
	}
	return l, notes, errors.Join(problems...)
}

func unknownVariable(keys []Key, name string) Note {
	n := Note{Level: slog.LevelWarn, Message: "unknown variable ignored", Key: name, Hint: "no setting has this name"}
	if near := Nearest(name, names(keys)); near != "" {
		n.Hint = "did you mean " + envPrefix + strings.ToUpper(near) + "?"
	}
	return n
}

// readAliases reads the variables that other programs use for the same purpose, for keys that are not set otherwise.
func readAliases(env []string, keys []Key, isSet func(key string) bool) (layer, []Note) {
	l := layer{}
	var notes []Note
	for _, k := range keys {
		text := variable(env, k.alias)
		if text == "" || isSet(k.Name) {
			continue
		}
		if k.adapt != nil {
			adapted, ok := k.adapt(text)
			if !ok {
				notes = append(notes, Note{
					Level:   slog.LevelInfo,
					Message: "variable not used",
					Key:     k.alias,
					Hint:    "its value does not fit " + k.Name + "; set " + k.Env() + " instead",
				})
				continue
			}
			text = adapted
		}
		l[k.Name] = entry{text: text, source: k.alias}
		notes = append(notes, Note{
			Level:   slog.LevelInfo,
			Message: "variable used as a setting",
			Key:     k.alias,
			Hint:    "it sets " + k.Name + "; set " + k.Env() + " to override it",
		})
	}
	return l, notes
}

func variable(env []string, name string) string {
	if name == "" {
		return ""
	}
	for _, line := range env {
		if text, ok := strings.CutPrefix(line, name+"="); ok {
			return text
		}
	}
	return ""
}
