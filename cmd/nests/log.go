package main

import (
	"io"
	"log/slog"
	"os"

	"nests/internal/config"
)

// newLogger writes text to a terminal and JSON elsewhere, unless the configuration sets the format.
func newLogger(w io.Writer, cfg config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.LogText || cfg.LogFormat == config.LogAuto && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// component adds the name of a part of the server to its log lines.
func component(log *slog.Logger, name string) *slog.Logger { return log.With("component", name) }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
