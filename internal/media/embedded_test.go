package media_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"nests/internal/media"
	"nests/internal/nesttest"
)

// LiveKit logs the whole token when its signature is bad. TestMain checks that no line of the log contains one.
func TestBadSignatureIsLoggedWithoutTheToken(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	forged := s.sign(otherSecret, time.Minute)
	url := embedded.URL() + "/rtc/validate?access_token=" + forged
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("LiveKit answered %d", res.StatusCode)
	}
	nesttest.Eventually(t, timeout, func() string {
		if !strings.Contains(logged.String(), "invalid token: [") {
			return "LiveKit did not log the refusal"
		}
		return ""
	})
}

func TestReadyFailsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := new(media.Embedded).Ready(ctx); err == nil {
		t.Error("ready before Run")
	}
}

func TestRunRefusesABadConfiguration(t *testing.T) {
	bad := media.Embedded{
		HTTPPort: 1,
		UDPPort:  1,
		Key:      "k",
		Secret:   nesttest.LiveKitSecret,
		NodeIP:   "not an address",
		Log:      logged.logger(),
	}
	if err := bad.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "not an address") {
		t.Errorf("run: %v", err)
	}
	if err := bad.Ready(t.Context()); err == nil {
		t.Error("ready after Run failed")
	}
}
