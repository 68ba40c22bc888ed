package config

// TextOf is the value of a key as text, secrets included.
func TextOf(c Config, k Key) string { return k.field(&c).String() }

// Origin is parseOrigin.
func Origin(s string) (string, error) { return parseOrigin(s) }
