package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

// readyWriter calls ready once the server has printed that it is ready.
type readyWriter struct {
	text  bytes.Buffer
	ready func()
}

func (h *readyWriter) Write(p []byte) (int, error) {
	h.text.Write(p)
	if strings.Contains(h.text.String(), "nests is ready") {
		h.ready()
	}
	return len(p), nil
}

// nests dev leaves no data behind and does not use the folder in the environment.
func TestDevLeavesNothing(t *testing.T) {
	temporary, real := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &readyWriter{ready: stop}
	var logged bytes.Buffer
	code := run(ctx, process{out: out, err: &logged, env: []string{"NESTS_DATA_DIR=" + real},
		args: []string{
			"nests", "dev", "--http-addr", "127.0.0.1:0", "--media-udp-port", "0", "--media-tcp-port", "0",
			"--metrics-addr", "off",
		}})
	if code != exitOK || !strings.Contains(out.text.String(), "nests is ready: open http://localhost:") {
		t.Errorf("exit code %d\n%s\n%s", code, out.text.String(), logged.String())
	}
	for _, dir := range []string{temporary, real} {
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 0 {
			t.Errorf("%v was left behind (%v)", left, err)
		}
	}
}
