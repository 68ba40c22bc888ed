package e2e

import (
	"strings"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// A server checks itself after its start, and its log has what the doctor would report.
func TestSelfTestAtStart(t *testing.T) {
	t.Parallel()
	logs := func(s *server, words ...string) func() string {
		return func() string {
			for line := range strings.Lines(s.log.String()) {
				all := true
				for _, word := range words {
					all = all && strings.Contains(line, word)
				}
				if all {
					return ""
				}
			}
			return "no line with " + strings.Join(words, " and ")
		}
	}
	s := startServer(t)
	nesttest.Eventually(t, 10*time.Second, logs(s, `"self-test passed"`))
	s.stop()
	s.env = append(s.env, "NESTS_LIVEKIT_URL=http://127.0.0.1:1", "NESTS_LIVEKIT_API_KEY="+nesttest.LiveKitKey,
		"NESTS_LIVEKIT_API_SECRET="+nesttest.LiveKitSecret)
	s.launch()
	nesttest.Eventually(t, 15*time.Second, logs(s, `"self-test found a problem"`, `"media_down"`, "Start LiveKit"))
}
