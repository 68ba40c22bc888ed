// Package config reads the settings of one server: defaults, then nests.yaml, then NESTS_* variables, then flags.
//
// Every key is one row of the table in keys.go. The file, the environment, the flags, the generated reference and the
// redacted listing all use that table, so a setting exists in all of them. The package opens no socket and no database,
// and imports nothing of this module.
package config
