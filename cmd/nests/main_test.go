package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nests runs a command line and returns its exit code and its output.
func nests(t *testing.T, env []string, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), process{args: append([]string{"nests"}, args...), env: env, out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestCommandLine(t *testing.T) {
	tests := []struct {
		line     string
		code     int
		out, err string // texts that they must contain
	}{
		{"", exitOK, "serve", ""},
		{"help", exitOK, "migrate", ""},
		{"--help", exitOK, "config", ""},
		{"serve --help", exitOK, "--http-addr", ""},
		{"version", exitOK, "nests ", ""},
		{"config --reference", exitOK, "| `http_addr` |", ""},
		{"config --example", exitOK, "# http_addr: 127.0.0.1:5544", ""},
		{"config --http-addr 127.0.0.1:7000 --rate-limits=off", exitOK, "http_addr           127.0.0.1:7000", ""},
		{
			line: "config --livekit-exclusive",
			code: exitUsage,
			out:  "",
			err:  "livekit_exclusive (from --livekit-exclusive) applies only to an external LiveKit",
		},
		{"srve", exitUsage, "", "unknown command \"srve\"; did you mean nests serve?"},
		{
			line: "paint",
			code: exitUsage,
			out:  "",
			err:  "the commands are serve, dev, doctor, health, operator, backup, restore, config, migrate",
		},
		{"operator", exitOK, "unblock", ""},
		{"operator blok x", exitUsage, "", "unknown command \"blok\"; did you mean nests operator block?"},
		{"operator block", exitUsage, "", "nests operator block needs a key, an address or a range"},
		{"operator block 203.0.113.7 --for soon", exitUsage, "", "--for must be a time with its unit"},
		{"operator block 203.0.113.7 --resaon x", exitUsage, "", "has no flag --resaon; did you mean --reason?"},
		{"operator quota key", exitUsage, "", "needs a number too"},
		{"operator blocks", exitFailure, "", "The server's own key was not found"},
		{
			line: "operator blocks --http-addr 127.0.0.1:1 " +
				"--nostr-key 6b911fd37cdf5c81d4c0adb1ab7fa822ed253ab0ad9aa18d77257c88b29b718e",
			code: exitFailure,
			out:  "",
			err:  "no server answers at 127.0.0.1:1",
		},
		{"serve now", exitUsage, "", "nests serve takes no argument, but got \"now\""},
		{
			line: "serve --http-adr 127.0.0.1:1",
			code: exitUsage,
			out:  "",
			err:  "nests serve has no flag --http-adr; did you mean --http-addr?",
		},
		{"config --postgress=x", exitUsage, "", "nests config has no flag --postgress; did you mean --postgres?"},
		{"serve --colour blue", exitUsage, "", "nests serve has no flag --colour; see --help"},
		{"--http-addr x serve", exitUsage, "", "there is no flag --http-addr before the command"},
		{"serve --http-addr", exitUsage, "", "flag needs an argument: --http-addr"},
		{
			line: "serve --http-addr nowhere",
			code: exitUsage,
			out:  "",
			err:  "http_addr (from --http-addr) = \"nowhere\" must be a host and a port",
		},
		{"dev --http-addr 0.0.0.0:0", exitUsage, "", "must be on loopback for `nests dev`"},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			t.Chdir(t.TempDir())
			code, out, err := nests(t, nil, strings.Fields(test.line)...)
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(err, test.err) {
				t.Errorf("exit code %d, want %d\n--- output, want %q\n%s\n--- errors, want %q\n%s",
					code, test.code, test.out, out, test.err, err)
			}
			if left, _ := os.ReadDir("."); len(left) != 0 {
				t.Errorf("%d files left behind", len(left))
			}
		})
	}
}

func TestConfigHidesSecretsAndNamesSources(t *testing.T) {
	const secret = "d41c0b5e0f5a4a7e9f0c2b8d7a613e94c5b1f02e"
	env := []string{"NESTS_DATA_DIR=" + t.TempDir(), "LIVEKIT_API_SECRET=" + secret, "NESTS_REDISS=x"}
	code, out, err := nests(t, env, "config")
	if code != exitOK || strings.Contains(out+err, secret) {
		t.Errorf("exit code %d\n%s%s", code, out, err)
	}
	for _, want := range []string{
		"LIVEKIT_API_SECRET: variable used as a setting: it sets livekit_api_secret",
		"NESTS_REDISS: unknown variable ignored: did you mean NESTS_REDIS?",
	} {
		if !strings.Contains(err, want) {
			t.Errorf("errors lack %q:\n%s", want, err)
		}
	}
	if !strings.Contains(out, "(hidden)") || !strings.Contains(out, "NESTS_DATA_DIR") {
		t.Errorf("output:\n%s", out)
	}
}

func TestMigrate(t *testing.T) {
	dir := t.TempDir()
	migrate := func() (code int, out, err string) {
		return nests(t, []string{"NESTS_DATA_DIR=" + dir}, "migrate")
	}
	if code, out, err := migrate(); code != exitOK || !strings.Contains(out, "from schema 0") {
		t.Fatalf("exit code %d\n%s%s", code, out, err)
	}
	if code, out, err := migrate(); code != exitOK || !strings.Contains(out, "already") {
		t.Fatalf("again: exit code %d\n%s%s", code, out, err)
	}
	damaged := filepath.Join(dir, "nests.db")
	if err := os.WriteFile(damaged, []byte(strings.Repeat("not a database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, err := migrate()
	if code != exitFailure || !strings.Contains(err, "open store") ||
		!strings.Contains(err, "Keep a copy of the file") {
		t.Fatalf("damaged: exit code %d\n%s%s", code, out, err)
	}
}

func TestInterruptedCommandExitsWith0(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if code := run(ctx, process{args: []string{"nests", "version"}, out: &out, err: &out}); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
