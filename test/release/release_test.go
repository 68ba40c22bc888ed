// Package release checks the binaries that operators install: always the one just built, and in `make release` all of
// them.
package release

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const root = "../.."

// static checks that the file is an ELF binary for that machine which loads no library when it starts.
func static(t *testing.T, path string, machine elf.Machine) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Machine != machine {
		t.Errorf("%s is for %v; want %v", path, f.Machine, machine)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("%s needs a loader (%v): it is not static", path, p.Type)
		}
	}
}

func TestBinaryIsStatic(t *testing.T) {
	path := os.Getenv("NESTS_BIN")
	if path == "" || runtime.GOOS != "linux" {
		t.Skip("no binary on Linux is given by NESTS_BIN")
	}
	machine := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]
	static(t, path, machine)
	out, err := exec.CommandContext(t.Context(), path, "version").Output()
	if err != nil || !strings.HasPrefix(string(out), "nests ") || !strings.Contains(string(out), runtime.GOARCH) {
		t.Errorf("nests version says %q: %v", out, err)
	}
}

// A build for another machine takes minutes. This test only checks that every package has Go files there without a C
// compiler.
func TestEveryPackageIsForARM(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-f",
		`{{if or .DepsErrors .Error .CgoFiles .IgnoredGoFiles}}{{if not .GoFiles}}{{.ImportPath}}{{end}}{{end}}`,
		"./cmd/nests")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
	out, err := cmd.CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("for linux/arm64 without cgo nothing is left of: %s %v", bytes.TrimSpace(out), err)
	}
}

// The files of `make release`, checked as a user who downloads them does.
func TestRelease(t *testing.T) {
	folder := os.Getenv("NESTS_RELEASE")
	if folder == "" {
		t.Skip("make release runs this on what it made")
	}
	static(t, filepath.Join(folder, "nests-linux-amd64"), elf.EM_X86_64)
	static(t, filepath.Join(folder, "nests-linux-arm64"), elf.EM_AARCH64)
	if runtime.GOOS == "linux" {
		out, err := exec.CommandContext(t.Context(), filepath.Join(folder, "nests-linux-"+runtime.GOARCH),
			"version").Output()
		if want := "nests " + os.Getenv("NESTS_RELEASE_VERSION") + " "; err != nil ||
			!strings.HasPrefix(string(out), want) {
			t.Errorf("nests version says %q; want %q: %v", out, want, err)
		}
	}
	sums := read(t, folder, "SHA256SUMS")
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "SHA256SUMS" {
			continue
		}
		sum := sha256.Sum256([]byte(read(t, folder, e.Name())))
		if !strings.Contains(sums, hex.EncodeToString(sum[:])+"  "+e.Name()+"\n") {
			t.Errorf("the sum of %s is not in SHA256SUMS", e.Name())
		}
	}
	licences := read(t, folder, "LICENSES.txt")
	for file, some := range map[string][]string{
		"nests-linux-amd64.cdx.json": {"github.com/livekit/livekit-server", "modernc.org/sqlite",
			"github.com/jackc/pgx/v5"},
		"nests-linux-arm64.cdx.json": {"std", "github.com/pion/webrtc/v4"},
		"web.cdx.json":               {"preact", "livekit-client"},
	} {
		parts := components(t, read(t, folder, file))
		for _, name := range some {
			if parts[name] == "" {
				t.Errorf("%s does not name %s", file, name)
			}
		}
		for name := range parts {
			if !strings.Contains(licences, "\n==== "+name) {
				t.Errorf("LICENSES.txt has nothing of %s", name)
			}
		}
	}
	for _, section := range strings.Split(licences, "\n==== ")[1:] {
		if name, text, _ := strings.Cut(section, "\n"); len(strings.TrimSpace(text)) < 100 {
			t.Logf("%s brings no licence text of its own", name)
		}
	}
}

// components returns the names and versions in an SBOM.
func components(t *testing.T, text string) map[string]string {
	t.Helper()
	var bom struct {
		BOMFormat  string `json:"bomFormat"`
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal([]byte(text), &bom); err != nil || bom.BOMFormat != "CycloneDX" {
		t.Fatalf("the SBOM cannot be read: %q %v", bom.BOMFormat, err)
	}
	parts := map[string]string{}
	for _, c := range bom.Components {
		parts[c.Name] = c.Version
	}
	return parts
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
