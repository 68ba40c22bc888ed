package config

import "strings"

// Key is one setting.
type Key struct {
	Name    string // as in nests.yaml: http_addr
	Default string // as text; "" is unset
	Doc     string // one line of Markdown
	Kind    Kind

	// Secret keys can also be given as the path of a file, and are never printed.
	Secret bool
	// FromFile keys can be given as the path of a file although they may be printed.
	FromFile bool
	// FlagOnlyInDev keys select data or services outside the process. `nests dev` takes them from flags only, so that
	// an environment meant for a real server cannot make a demo change its data.
	FlagOnlyInDev bool
	// Unset is the text that the listing and the reference print for an empty value.
	Unset string

	alias string                      // variable of other programs, read while the key is unset
	adapt func(string) (string, bool) // converts the alias' value; false: it does not fit this key
	field func(*Config) value
}

// Kind is the shape of a value.
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

// AllowsFile reports whether the value may be set as the path of a file, under the key's name with _file added.
func (k Key) AllowsFile() bool { return k.Secret || k.FromFile }

const (
	envPrefix  = "NESTS_"
	fileSuffix = "_file"
)

// lookup finds the key of a name in the file; isFile is true for the _file form of a key.
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

// names lists all names of the keys, including the _file forms.
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
