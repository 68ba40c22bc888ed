package media

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/protocol/auth"
)

const someToken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLW9mLXRva2Vu"

func TestLiveKitLogIsFilteredAndRedacted(t *testing.T) {
	var out bytes.Buffer
	log := newLogger(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.Debugw("refresh", "token", someToken)
	log.Infow("starting RTC session")
	log.WithComponent("transport").WithComponent("pion").Warnw("noise", nil)
	ownCheck := []any{"status", 404, "method", "GET", "path", "/rtc/validate"}
	log.Warnw("error handling request", service.ErrRoomNotFound, ownCheck...)
	if out.Len() > 0 {
		t.Fatalf("lines that should be dropped: %s", out.String())
	}
	log.WithValues("room", "nest-1", "participant", strings.Repeat("ab", 32), "accessToken", "opaque").
		WithComponent("signal").
		Warnw("invalid "+someToken, errors.New("invalid token: "+someToken+", error: x"),
			"turnPassword", "hunter2",
			"url", "/rtc?access_token="+someToken+"&x=1",
			"apiKey", "key",
			"ice", "password=hunter2 at 203.0.113.77:7882",
			"grants", &auth.ClaimGrants{Identity: "ann"})
	got := out.String()
	for _, secret := range []string{"eyJ", "hunter2", "opaque", "113.77", strings.Repeat("ab", 32), `"key"`} {
		if strings.Contains(got, secret) {
			t.Errorf("the log contains %q: %s", secret, got)
		}
	}
	for _, want := range []string{
		`"component":"livekit"`, `"nest":"nest-1"`, `"identity":"ababababababab"`, `"part":"signal"`,
		`[token]`, `203.0.x.x`, `"level":"WARN"`, "ann",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the log lacks %s: %s", want, got)
		}
	}
}
