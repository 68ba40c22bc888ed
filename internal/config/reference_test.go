package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"nests/internal/config"
)

var update = flag.Bool("update", false, "rewrite the generated documents")

func TestDocumentsAreGenerated(t *testing.T) {
	for path, text := range map[string]string{
		"../../docs/configuration.md":   config.Reference(),
		"../../docs/nests.example.yaml": config.Example(),
	} {
		if *update {
			write(t, path, text)
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s differs from keys.go (%v): run make generate", filepath.Base(path), err)
		}
	}
}

// Uncommenting every line of the example changes nothing.
func TestExampleHoldsTheDefaults(t *testing.T) {
	lines := regexp.MustCompile(`(?m)^# ([a-z_]+:.*)$`).ReplaceAllString(config.Example(), "$1")
	example, notes, err := load(t, lines, nil, nil)
	if err != nil || len(notes) != 0 {
		t.Fatalf("%v, %+v", err, notes)
	}
	defaults, _, err := load(t, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, k := range config.Keys() {
		if k.Name == "data_dir" || k.Name == "config" {
			continue // load sets them
		}
		if got, want := config.TextOf(example, k), config.TextOf(defaults, k); got != want {
			t.Errorf("%s = %q in the example, %q by default", k.Name, got, want)
		}
		if k.Default != "" {
			if got := config.TextOf(defaults, k); got != k.Default {
				t.Errorf("the default of %s is written %q, but printed %q", k.Name, k.Default, got)
			}
			if example.Source(k.Name) == "default" {
				t.Errorf("%s is not in the example", k.Name)
			}
			read++
		}
	}
	if read < 10 {
		t.Errorf("only %d keys of the example were read", read)
	}
}
