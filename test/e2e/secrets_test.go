package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// secrets are values that grant access: tokens and cookies that the server issued, headers that were sent, keys that
// signed.
type secrets struct {
	mu    sync.Mutex
	known map[string]bool
}

func (s *secrets) add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]bool{}
	}
	for _, value := range values {
		if len(value) >= 16 {
			s.known[value] = true
		}
	}
}

var (
	// secretPattern matches the beginning of a JSON Web Token or of an event in base64, headers, and the parameter
	// with a token.
	secretPattern = regexp.MustCompile(`\beyJ[A-Za-z0-9+/_-]{8,}|Nostr [A-Za-z0-9+/_-]{24,}|access_token=[^ "&]+|` +
		`[Aa]uthorization["=: ]+[A-Za-z]+ [A-Za-z0-9]`)
	wordPattern = regexp.MustCompile(`[A-Za-z0-9+/_=.-]{16,}`)
)

// leaks returns the secrets in a log, found by pattern or by value.
func (s *secrets) leaks(log string) []string {
	found := secretPattern.FindAllString(log, -1)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range wordPattern.FindAllStringIndex(log, -1) {
		word := log[at[0]:at[1]]
		if _, value, ok := strings.Cut(word, "="); s.known[word] || ok && s.known[value] {
			found = append(found, log[max(0, at[0]-100):at[1]])
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), 5)]
}

// addKeys adds the keys that the server generated.
func (s *secrets) addKeys(t testing.TB, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "keys.yaml"))
	if err != nil {
		return // it did not start
	}
	keys := map[string]string{}
	if err := yaml.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	s.add(keys["livekit_api_secret"], keys["nostr_key"])
}

// Every test of this package fails when its server's log shows a secret. This test proves that a secret is found.
func TestSecretsInALogAreFound(t *testing.T) {
	t.Parallel()
	var s secrets
	s.add("wHx3cookieWithoutAnyPattern-0123456789_abc")
	for line, leaks := range map[string]bool{
		`{"msg":"token minted","nest":"970ac212-48a8-4016-9ac4-6ab550f9a6d2","request_id":"93a00bce89ac1335"}`: false,
		`{"msg":"livekit room ensured","room_sid":"RM_eyJhbGciOiJI"}`:                                          false,
		`{"msg":"gate admitted","path":"/rtc?access_token=abc"}`:                                               true,
		`{"msg":"token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"}`:                                            true,
		`{"msg":"event","body":"eyJraW5kIjoyNzIzNSwi"}`:                                                        true,
		`{"msg":"refused","header":"Nostr AAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`:                                      true,
		`{"msg":"call","Authorization":"Bearer x"}`:                                                            true,
		`{"msg":"session","cookie":"nests_session=wHx3cookieWithoutAnyPattern-0123456789_abc"}`:                true,
		`{"msg":"session","secret":"wHx3cookieWithoutAnyPattern-0123456789_abc"}`:                              true,
	} {
		if found := s.leaks(line); len(found) > 0 != leaks {
			t.Errorf("%s\nshows %q", line, found)
		}
	}
}
