package config

import (
	"regexp"
	"strings"
)

// minSecret is LiveKit's own minimum; shorter HS256 keys can be guessed.
const minSecret = 32

// samplePattern matches API keys from documentation and development set-ups.
var samplePattern = regexp.MustCompile(`(?i)^(devkey|key[0-9]*|apikey|api_key|test|changeme|apix+|API_?KEY)$`)

// sampleWords occur in secrets that were copied from documentation.
var sampleWords = []string{
	"changeme", "change-me", "change_me", "devsecret", "yoursecret", "your-secret", "your_secret", "supersecret",
	"mysecret", "placeholder", "example", "xxxxxxxx",
}

// publishedSecrets are printed in documentation.
var publishedSecrets = []string{
	"8nTlwISkb-63DPP7OH4e.nw.J44JjicvZDiz8J59EoQ+", // LiveKit's guide to self-hosting
}

// checkSecrets refuses secrets that are public or easy to guess. Its messages never quote a secret.
func (c Config) checkSecrets() []error {
	var problems []error
	refuse := func(key, message string) {
		problems = append(problems, &Problem{Key: key, Source: c.sources[key], Message: message})
	}
	if samplePattern.MatchString(c.LiveKitAPIKey) {
		refuse("livekit_api_key", "is the well-known "+c.LiveKitAPIKey+"; unset it, and the next start generates one")
	}
	if why := weakness(c.LiveKitAPISecret); why != "" {
		refuse("livekit_api_secret", why+"; unset it to have one generated, or create one with `openssl rand -hex 32`")
	}
	if c.NostrKey != "" && hasFewCharacters(c.NostrKey) {
		refuse("nostr_key", "is a well-known test key; unset it, and the next start generates one")
	}
	return problems
}

// weakness returns what is wrong with a secret, "" for a good or an empty one.
func weakness(secret string) string {
	lower := strings.ToLower(secret)
	switch {
	case secret == "":
		return ""
	case lower == "secret" || lower == "devkey":
		return "is the well-known \"" + lower + "\", with which anyone can sign tokens"
	case len(secret) < minSecret:
		return "is shorter than 32 characters"
	case hasFewCharacters(secret):
		return "repeats a few characters and can be guessed"
	}
	for _, word := range sampleWords {
		if strings.Contains(lower, word) {
			return "is a sample (it contains \"" + word + "\"), with which anyone can sign tokens"
		}
	}
	for _, published := range publishedSecrets {
		if secret == published {
			return "is printed in LiveKit's documentation"
		}
	}
	return ""
}

// hasFewCharacters reports fewer than eight different characters; a random key of that length has more.
func hasFewCharacters(secret string) bool {
	seen := map[rune]bool{}
	for _, r := range secret {
		seen[r] = true
	}
	return len(seen) < 8
}
