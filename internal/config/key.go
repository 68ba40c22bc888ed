package config

import "strings"

// Key is one setting.
type Key struct {
	Name    string // as in nests.yaml: http_addr
	Default string // as one would write it; "" is unset
	Doc     string // one line of Markdown
	Kind    Kind

	// Secret keys can also be given as the path of a file, and are never printed.
	Secret bool
	// FromFile keys can be given as the path of a file although they may be printed.
	FromFile bool
	// Where says that the key names a place outside: `nests dev` takes it from a flag only, so that a demo never
	// touches a real server's data because its environment happened to be set.
	Where bool
	// Unset is what the listing and the reference print in place of an empty value.
	Unset string

	alias string                      // a variable of others that is read when ours is unset
	adapt func(string) (string, bool) // turns the alias' value into ours; false: not meant for us
	field func(*Config) value
}

// Kind is the shape of a value, for whoever makes a flag or a form of it.
type Kind int

// Kinds.
const (
	Text   Kind = iota
	List        // comma separated; a sequence in nests.yaml
	Switch      // true or false
)

// Env is the key's variable: NESTS_HTTP_ADDR.
func (k Key) Env() string { return envPrefix + strings.ToUpper(k.Name) }

// Flag is the key's flag without its dashes: http-addr.
func (k Key) Flag() string { return strings.ReplaceAll(k.Name, "_", "-") }

// AllowsFile is true when the value may be given as the path of a file, under the key's name with _file added.
func (k Key) AllowsFile() bool { return k.Secret || k.FromFile }

const (
	envPrefix  = "NESTS_"
	fileSuffix = "_file"
)

// lookup finds the key that a name of the file stands for; isFile when it is the _file form of a secret.
func lookup(keys []Key, name string) (key Key, isFile, ok bool) {
	for _, k := range keys {
		if k.Name == name {
			return k, false, true
		}
		if k.AllowsFile() && k.Name+fileSuffix == name {
			return k, true, true
		}
	}
	return Key{}, false, false
}

// names lists everything that can be written for the keys, the _file forms included.
func names(keys []Key) []string {
	var all []string
	for _, k := range keys {
		all = append(all, k.Name)
		if k.AllowsFile() {
			all = append(all, k.Name+fileSuffix)
		}
	}
	return all
}
