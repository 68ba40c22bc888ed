package config

import (
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
)

// Input is what the outside says.
type Input struct {
	Env   []string          // as os.Environ gives it
	Flags map[string]string // by the key's name in the file, only those that were given
	Dev   bool
}

// Load gathers and checks the configuration. It writes nothing. The error joins one *Problem for everything wrong;
// notes are true also when there is an error.
func Load(in Input) (Config, []Note, error) {
	keys := Keys()
	flags, flagErr := readFlags(in.Flags, keys)
	env, notes, envErr := readEnv(in.Env, keys)
	if in.Dev {
		notes = append(notes, forgetPlaces(keys, env)...)
	}
	path, asked := filePath(keys, flags, env)
	file, fileErr := readFile(path, asked, keys)
	if in.Dev {
		notes = append(notes, forgetPlaces(keys, file)...)
	}

	aliases, said := readAliases(in.Env, keys, func(key string) bool {
		return has(flags, key) || has(env, key) || has(file, key)
	})
	notes = append(notes, said...)
	if in.Dev {
		notes = append(notes, forgetPlaces(keys, aliases)...)
	}

	written := merge(aliases, file, env, flags)
	made, madeErr := readKeys(dataDir(keys, written))
	c := Config{Dev: in.Dev, ServerID: made[serverID], sources: map[string]string{}}
	err := errors.Join(flagErr, envErr, fileErr, madeErr, c.apply(keys, merge(made.layer(), written)))
	c.File = path
	if err != nil {
		return c, notes, err
	}
	err = errors.Join(c.check()...)
	return c, append(notes, c.doubts()...), err
}

// apply sets every key to its highest value, or its default.
func (c *Config) apply(keys []Key, values layer) error {
	var problems []error
	for _, k := range keys {
		g, ok := values[k.Name]
		if !ok {
			g = given{text: k.Default, source: sourceDefault}
		}
		c.sources[k.Name] = g.source
		if g.text == "" {
			continue
		}
		if err := k.field(c).set(g.text); err != nil {
			problems = append(problems, &Problem{Key: k.Name, Source: g.source, Value: quotable(k, g.text), Message: err.Error()})
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

// filePath finds nests.yaml before its own content can be known: the folder it may name does not move it.
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

// forgetPlaces drops what would make `nests dev` touch the data of a real server.
func forgetPlaces(keys []Key, l layer) []Note {
	var notes []Note
	for _, k := range keys {
		if g, ok := l[k.Name]; ok && k.Where {
			delete(l, k.Name)
			notes = append(notes, Note{Level: slog.LevelWarn, Message: "setting ignored by dev", Key: g.source, Hint: "`nests dev` keeps its data in a throw-away folder; give --" + k.Flag() + " if you mean it"})
		}
	}
	return notes
}

func has(l layer, key string) bool {
	_, ok := l[key]
	return ok
}

// merge lays later layers over earlier ones.
func merge(layers ...layer) layer {
	all := layer{}
	for _, l := range layers {
		maps.Copy(all, l)
	}
	return all
}
