package config

import (
	"regexp"
	"strings"
)

// minSecret is LiveKit's own bound, below which HS256 keys can be guessed.
const minSecret = 32

// samplePattern matches API keys of documentation and development set-ups.
var samplePattern = regexp.MustCompile(`(?i)^(devkey|key[0-9]*|apikey|api_key|test|changeme|apix+|API_?KEY)$`)

// sampleWords in a secret mean that nobody made it for this server.
var sampleWords = []string{"changeme", "change-me", "change_me", "devsecret", "yoursecret", "your-secret", "your_secret",
	"supersecret", "mysecret", "placeholder", "example", "xxxxxxxx"}

// publishedSecrets stand in documentation for everyone to read.
var publishedSecrets = []string{
	"8nTlwISkb-63DPP7OH4e.nw.J44JjicvZDiz8J59EoQ+", // LiveKit's guide to self-hosting
}

// checkSecrets refuses secrets that are no secret. Its messages name the kind, never the secret.
func (c Config) checkSecrets() []error {
	var problems []error
	refuse := func(key, message string) {
		problems = append(problems, &Problem{Key: key, Source: c.sources[key], Message: message})
	}
	if samplePattern.MatchString(c.LiveKitAPIKey) {
		refuse("livekit_api_key", "is the well-known "+c.LiveKitAPIKey+"; unset it, and a new one is made at the first start")
	}
	if why := weakness(c.LiveKitAPISecret); why != "" {
		refuse("livekit_api_secret", why+"; unset it, and a new one is made, or write one with `openssl rand -hex 32`")
	}
	if c.NostrKey != "" && uniform(c.NostrKey) {
		refuse("nostr_key", "is a well-known test key; unset it, and a new one is made at the first start")
	}
	return problems
}

// weakness says what is wrong with a secret, or "" for a good one and for none.
func weakness(secret string) string {
	lower := strings.ToLower(secret)
	switch {
	case secret == "":
		return ""
	case lower == "secret" || lower == "devkey":
		return "is the well-known \"" + lower + "\" that everyone can sign tokens with"
	case len(secret) < minSecret:
		return "is shorter than 32 characters"
	case uniform(secret):
		return "repeats a few characters and can be guessed"
	}
	for _, word := range sampleWords {
		if strings.Contains(lower, word) {
			return "is a sample (it contains \"" + word + "\") that everyone can sign tokens with"
		}
	}
	for _, published := range publishedSecrets {
		if secret == published {
			return "is printed in LiveKit's documentation"
		}
	}
	return ""
}

// uniform is true for fewer than eight different characters: below any random key of that length.
func uniform(secret string) bool {
	seen := map[rune]bool{}
	for _, r := range secret {
		seen[r] = true
	}
	return len(seen) < 8
}
