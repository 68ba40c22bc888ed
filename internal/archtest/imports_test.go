package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "nests/"

// mayImport is the table of docs/architecture.md: the packages of ours that each may import. Adapters never know each
// other; where one needs another it declares the small interface it uses, and cmd/nests passes the value.
var mayImport = map[string][]string{
	"internal/nest":      {},
	"internal/nip":       {"internal/nest"},
	"internal/config":    {},
	"internal/backup":    {"internal/nest"},
	"internal/api":       {"internal/nest", "internal/nip", "internal/diagnose", "internal/ratelimit"},
	"internal/diagnose":  {"internal/nest", "internal/nip"},
	"internal/front":     {"internal/ratelimit"},
	"internal/media":     {"internal/nest", "internal/nip", "internal/ratelimit"},
	"internal/metrics":   {},
	"internal/reconcile": {"internal/nest", "internal/nip"},
	"internal/picture":   {"internal/nest"},
	"internal/ratelimit": {},
	"internal/relay":     {"internal/nest", "internal/nip", "internal/ratelimit"},
	"internal/store":     {"internal/nest", "internal/nip"},
	"internal/archtest":  {},
	"test/crowd":         {"internal/nesttest", "internal/nip"},
	"test/load":          {"internal/nest", "internal/nesttest", "internal/nip"},
	"web":                {},
}

// mayImportAll are the places where parts come together. Only the first is in the binary.
var mayImportAll = []string{"cmd/nests", "internal/nesttest"}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestImports(t *testing.T) {
	packages := list(t)
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		if slices.Contains(mayImportAll, name) {
			refuse(t, p, name == "cmd/nests", "internal/nesttest")
			continue
		}
		allowed, known := mayImport[rootOf(name)]
		if !known && !strings.HasPrefix(name, "scripts/") && !strings.HasPrefix(name, "test/") {
			t.Errorf("%s is not in the table: say in mayImport and docs/architecture.md what it may import", name)
		}
		for _, imported := range p.Imports {
			ours, isOurs := strings.CutPrefix(imported, module)
			if isOurs && ours != name && !strings.HasPrefix(ours, rootOf(name)+"/") && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which the table does not allow", name, ours)
			}
		}
		if name == "internal/nest" {
			refuseModules(t, p)
		}
	}
	if len(packages) < 5 {
		t.Errorf("go list found only %d packages", len(packages))
	}
}

// rootOf lets a package have parts: internal/store/migrate counts as internal/store.
func rootOf(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return path.Join(parts[:min(2, len(parts))]...)
}

func refuse(t *testing.T, p goPackage, when bool, name string) {
	t.Helper()
	if when && slices.Contains(p.Imports, module+name) {
		t.Errorf("%s imports %s, which is for tests only", p.ImportPath, name)
	}
}

// refuseModules keeps the domain on the standard library, whose import paths have no dot in the first element.
func refuseModules(t *testing.T, p goPackage) {
	t.Helper()
	for _, imported := range p.Imports {
		if host, _, _ := strings.Cut(imported, "/"); strings.Contains(host, ".") {
			t.Errorf("%s imports %s, but it must need the standard library only", p.ImportPath, imported)
		}
	}
}

func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
