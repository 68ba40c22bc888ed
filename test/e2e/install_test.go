package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"nests/internal/config"
)

// systemd accepts the units without a complaint, and systemd-analyze rates their exposure 2.0 of 10 at most.
func TestUnitsAreHardened(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not here")
	}
	folder := t.TempDir()
	paths, err := filepath.Glob("../../deploy/systemd/nests*")
	if err != nil || len(paths) != 3 {
		t.Fatalf("the units are %v: %v", paths, err)
	}
	verify := []string{"verify"}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bin, err := filepath.Abs(binary(t))
		if err != nil {
			t.Fatal(err)
		}
		unit := filepath.Join(folder, filepath.Base(path))
		if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/nests", bin)),
			0o600); err != nil {
			t.Fatal(err)
		}
		verify = append(verify, unit)
		if filepath.Ext(unit) == ".service" {
			if out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20",
				unit).CombinedOutput(); err != nil {
				t.Errorf("%s is exposed: %v\n%s", filepath.Base(unit), err, out)
			}
		}
	}
	if out, err := exec.Command("systemd-analyze", verify...).CombinedOutput(); err != nil ||
		strings.Contains(string(out), folder) {
		t.Errorf("systemd complains: %v\n%s", err, out)
	}
	service, err := os.ReadFile("../../deploy/systemd/nests.service")
	for _, line := range []string{"Restart=always", "StartLimitIntervalSec=0"} {
		if err != nil || !strings.Contains(string(service), "\n"+line+"\n") {
			t.Errorf("the server is not started again whatever happens, without %s: %v", line, err)
		}
	}
}

// The compose files name only settings that exist, explain every variable, and check and restart every service.
func TestComposeFiles(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, key := range config.Keys() {
		known[key.Env()] = true
	}
	for _, name := range []string{"compose.yaml", "compose.split.yaml"} {
		raw, err := os.ReadFile("../../deploy/docker/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Services map[string]struct {
				Image, Restart string
				Environment    map[string]string
				Ports, Volumes []string
				Healthcheck    struct{ Test []string }
				DependsOn      map[string]any `yaml:"depends_on"`
				EnvFile        string         `yaml:"env_file"`
				Rest           map[string]any `yaml:",inline"`
			}
			Volumes map[string]any
		}
		if err := yaml.Unmarshal(raw, &file); err != nil || file.Services["nests"].Image == "" {
			t.Fatalf("%s: %v", name, err)
		}
		for service, s := range file.Services {
			if s.Restart != "always" || len(s.Healthcheck.Test) < 2 || s.Image == "" {
				t.Errorf("%s: %s is not restarted, or has no health check", name, service)
			}
			for other := range s.DependsOn {
				if file.Services[other].Image == "" {
					t.Errorf("%s: %s waits for %s, which is no service", name, service, other)
				}
			}
			for _, volume := range s.Volumes {
				from, _, _ := strings.Cut(volume, ":")
				if path, ok := strings.CutPrefix(from, "./"); ok {
					if _, err := os.Stat("../../deploy/docker/" + path); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				} else if _, ok := file.Volumes[from]; !ok {
					t.Errorf("%s: there is no volume %s", name, from)
				}
			}
		}
		for variable := range file.Services["nests"].Environment {
			if !known[variable] {
				t.Errorf("%s sets %s, which is no setting", name, variable)
			}
		}
		head, body, _ := strings.Cut(string(raw), "\nservices:\n")
		if file.Services["nests"].EnvFile != "" { // all settings in that file reach the server
			for _, m := range regexp.MustCompile(`NESTS_\w+`).FindAllString(head, -1) {
				if !known[m] {
					t.Errorf("%s names %s, which is no setting", name, m)
				}
			}
		}
		for _, m := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(body, -1) {
			if !strings.Contains(head, m[1]+"=") {
				t.Errorf("%s needs %s and does not say so above", name, m[1])
			}
		}
	}
}
