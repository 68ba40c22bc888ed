package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"nests/internal/config"
)

func TestLogFormat(t *testing.T) {
	for format, want := range map[string]string{
		config.LogAuto: `"msg":"hello","component":"store"`, // a buffer is not a terminal
		config.LogJSON: `"msg":"hello","component":"store"`,
		config.LogText: `msg=hello component=store`,
	} {
		var out bytes.Buffer
		log := component(newLogger(&out, config.Config{LogFormat: format, LogLevel: slog.LevelInfo}), "store")
		log.Debug("unseen")
		log.Info("hello")
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "unseen") {
			t.Errorf("%s wrote %s", format, out.String())
		}
	}
}

func TestAnnounce(t *testing.T) {
	var out bytes.Buffer
	addresses := []listenAddress{{"http", "127.0.0.1:5544"}, {"media udp", "127.0.0.1:7882"}}
	announce(&out, "http://localhost:5544/", addresses)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || !strings.Contains(lines[2], "media udp") ||
		lines[3] != "nests is ready: open http://localhost:5544/ in a browser, stop with Ctrl-C." {
		t.Errorf("announced:\n%s", out.String())
	}
}
