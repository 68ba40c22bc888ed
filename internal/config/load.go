package config

import (
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
)

// Input holds the sources that the process provides.
type Input struct {
	Env   []string          // as from os.Environ
	Flags map[string]string // by the key's name in the file; only flags that were set
	Dev   bool
}

// Load reads and checks the configuration. It writes nothing. The error joins one *Problem for each thing that is
// wrong; the notes are valid even then.
func Load(in Input) (Config, []Note, error) {
	keys := Keys()
	flags, flagErr := readFlags(in.Flags, keys)
	env, notes, envErr := readEnv(in.Env, keys)
	if in.Dev {
		notes = append(notes, dropFlagOnly(keys, env)...)
	}
	path, asked := filePath(keys, flags, env)
	file, fileErr := readFile(path, asked, keys)
	if in.Dev {
		notes = append(notes, dropFlagOnly(keys, file)...)
	}

	aliases, aliasNotes := readAliases(in.Env, keys, func(key string) bool {
		return has(flags, key) || has(env, key) || has(file, key)
	})
	notes = append(notes, aliasNotes...)
	if in.Dev {
		notes = append(notes, dropFlagOnly(keys, aliases)...)
	}

	configured := merge(aliases, file, env, flags)
	stored, storedErr := readKeys(dataDir(keys, configured))
	c := Config{Dev: in.Dev, ServerID: stored[serverID], sources: map[string]string{}}
	err := errors.Join(flagErr, envErr, fileErr, storedErr, c.apply(keys, merge(stored.layer(), configured)))
	c.File = path
	if err != nil {
		return c, notes, err
	}
	err = errors.Join(c.check()...)
	return c, append(notes, c.warnings()...), err
}

// apply sets every field to the value of its key, or to the default.
func (c *Config) apply(keys []Key, values layer) error {
	var problems []error
	for _, k := range keys {
		g, ok := values[k.Name]
		if !ok {
			g = entry{text: k.Default, source: sourceDefault}
		}
		c.sources[k.Name] = g.source
		if g.text == "" {
			continue
		}
		if err := k.field(c).set(g.text); err != nil {
			problems = append(problems, &Problem{
				Key:     k.Name,
				Source:  g.source,
				Value:   quotable(k, g.text),
				Message: err.Error(),
			})
		}
	}
	return errors.Join(problems...)
}

func readFlags(flags map[string]string, keys []Key) (layer, error) {
	l := layer{}
	var problems []error
	for name, text := range flags {
		problems = append(problems, l.put(keys, name, text, "--"+Key{Name: name}.Flag()))
	}
	return l, errors.Join(problems...)
}

// filePath returns the path of nests.yaml. A data_dir in the file itself does not move the file.
func filePath(keys []Key, flags, env layer) (path string, asked bool) {
	above := merge(env, flags)
	if g, ok := above["config"]; ok {
		return g.text, true
	}
	return filepath.Join(dataDir(keys, above), "nests.yaml"), false
}

func dataDir(keys []Key, values layer) string {
	if g, ok := values["data_dir"]; ok {
		return g.text
	}
	key, _, _ := lookup(keys, "data_dir")
	return key.Default
}

// dropFlagOnly removes the keys that `nests dev` takes from flags only.
func dropFlagOnly(keys []Key, l layer) []Note {
	var notes []Note
	for _, k := range keys {
		if g, ok := l[k.Name]; ok && k.FlagOnlyInDev {
			delete(l, k.Name)
			notes = append(notes, Note{
				Level:   slog.LevelWarn,
				Message: "setting ignored by dev",
				Key:     g.source,
				Hint:    "`nests dev` takes it from a flag only; set --" + k.Flag() + " to use it",
			})
		}
	}
	return notes
}

func has(l layer, key string) bool {
	_, ok := l[key]
	return ok
}

// merge joins layers; later ones override earlier ones.
func merge(layers ...layer) layer {
	all := layer{}
	for _, l := range layers {
		maps.Copy(all, l)
	}
	return all
}
