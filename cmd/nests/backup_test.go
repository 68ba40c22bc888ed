package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nests/internal/config"
)

// Paths may be relative, as the default data folder is.
func TestBackupByRelativePaths(t *testing.T) {
	makeDataFolder(t)
	settings := "quota: 77\n"
	writeFile(t, "data/nests.yaml", settings)
	for _, line := range []string{"backup b.zip", "restore b.zip --data-dir fresh", "backup b.zip --data-dir fresh"} {
		if code, out, err := nests(t, nil, strings.Fields(line)...); code != exitOK {
			t.Fatalf("%s: exit code %d\n%s%s", line, code, out, err)
		}
	}
	if is, err := os.ReadFile("fresh/nests.yaml"); string(is) != settings {
		t.Errorf("the settings came back as %q: %v", is, err)
	}
}

// A backup without a database must fail: with --keep it would replace the good ones.
func TestNothingToBackUp(t *testing.T) {
	makeDataFolder(t)
	refuses := func(when string) {
		t.Helper()
		code, out, err := nests(t, nil, "backup", "b.zip")
		if code != exitFailure || !strings.Contains(err, "nothing_to_back_up") {
			t.Errorf("%s: exit code %d\n%s%s", when, code, out, err)
		}
		if _, err := os.Stat("b.zip"); err == nil {
			t.Errorf("%s: a backup was written", when)
		}
	}
	if err := os.Remove("data/nests.db"); err != nil {
		t.Fatal(err)
	}
	refuses("no database")
	if _, err := os.Stat("data/nests.db"); err == nil {
		t.Error("the command created a database")
	}
	writeFile(t, "data/nests.db", "")
	refuses("an empty database")
	if err := os.Remove(filepath.Join("data", config.KeysFile)); err != nil {
		t.Fatal(err)
	}
	refuses("no keys")
}

// makeDataFolder creates ./data as a server that ran once leaves it.
func makeDataFolder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if code, out, err := nests(t, nil, "migrate"); code != exitOK {
		t.Fatalf("migrate: exit code %d\n%s%s", code, out, err)
	}
	writeFile(t, filepath.Join("data", config.KeysFile), "server_id: 0f8fad5bd9cb469fa165\n")
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
