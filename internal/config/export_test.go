package config

// Written is a field as one would write it, secrets included.
func Written(c Config, k Key) string { return k.field(&c).String() }

// Origin is parseOrigin.
func Origin(s string) (string, error) { return parseOrigin(s) }
