// Package config gathers the settings of one server: defaults, then nests.yaml, then NESTS_* variables, then flags.
//
// Every key is one line of the table in keys.go; file, environment, flags, the generated reference and the redacted
// listing all follow from it, so that a setting cannot exist in one place and be missing in another. The package opens
// no socket and no database, and it imports nothing of this module.
package config
