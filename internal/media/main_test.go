package media_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"nests/internal/media"
	"nests/internal/nesttest"
)

// One LiveKit serves all tests of this package. Each test has a room, a gate and an admitter of its own.
var (
	embedded *media.Embedded
	logged   = &logOutput{}
)

func TestMain(m *testing.M) {
	nesttest.MaybeRunLiveKit()
	nesttest.RunSideBySide()
	code, err := withLiveKit(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withLiveKit(run func() int) (code int, err error) {
	if embedded, err = nesttest.Embedded(logged.logger()); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- embedded.Run(ctx) }()
	wait, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	if err := embedded.Ready(wait); err != nil {
		cancel()
		return 0, fmt.Errorf("%w: %w", err, <-done)
	}
	code = run()
	cancel()
	if err := <-done; err != nil {
		return 0, fmt.Errorf("stop: %w", err)
	}
	if secrets := logged.secrets(); len(secrets) > 0 {
		return 0, fmt.Errorf("the log contains secrets: %q", secrets)
	}
	return code, nil
}

// logOutput keeps all lines of a log, including LiveKit's.
type logOutput struct{ nesttest.Output }

func (r *logOutput) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
