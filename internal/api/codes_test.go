package api

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"nests/internal/nest"
)

const codesFile = "../nest/codes.go"

// packagesWithCodes are the packages that answer clients over HTTP, or whose errors do.
var packagesWithCodes = []string{".", "../front", "../media", "../nest", "../nip", "../reconcile", "../relay"}

// sourceFiles parses the Go files of the packages that answer clients, without their tests.
func sourceFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, folder := range packagesWithCodes {
		names, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no Go files in %s: %v", folder, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.ToSlash(name)] = file
		}
	}
	return files
}

// declaredCodes are the constants of nest.Code in a file, by name.
func declaredCodes(file *ast.File) map[string]nest.Code {
	codes := map[string]nest.Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 || codeTypeName(spec.Type) != "Code" {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
			value, _ := strconv.Unquote(literal.Value)
			codes[spec.Names[0].Name] = nest.Code(value)
		}
		return true
	})
	return codes
}

func codeTypeName(expr ast.Expr) string {
	switch named := expr.(type) {
	case *ast.Ident:
		return named.Name
	case *ast.SelectorExpr:
		return named.Sel.Name
	}
	return ""
}

// listedCodes are the codes of nest.Codes with their HTTP statuses.
func listedCodes() map[nest.Code]int {
	codes := map[nest.Code]int{}
	for _, c := range nest.Codes() {
		codes[c.Code] = statusOf(c.Code)
	}
	return codes
}

func TestCodesListsEveryConstant(t *testing.T) {
	t.Parallel()
	declared := declaredCodes(sourceFiles(t)[codesFile])
	listed := listedCodes()
	for name, code := range declared {
		if _, ok := listed[code]; !ok {
			t.Errorf("nest.Codes does not list %s", name)
		}
	}
	if len(nest.Codes()) != len(declared) || len(listed) != len(declared) {
		t.Errorf("%d constants are declared, %d codes listed, %d of them different",
			len(declared), len(nest.Codes()), len(listed))
	}
	for _, c := range nest.Codes() {
		if c.Meaning == "" || strings.HasSuffix(c.Meaning, ".") {
			t.Errorf("the meaning of %s is %q", c.Code, c.Meaning)
		}
		if listed[c.Code] == http.StatusInternalServerError && c.Code != nest.CodeInternal {
			t.Errorf("%s has no HTTP status", c.Code)
		}
	}
}

// A code that a client can receive is declared in codes.go and nowhere else, and some code returns it.
func TestCodesAreDeclaredOnceAndReturned(t *testing.T) {
	t.Parallel()
	files := sourceFiles(t)
	declared := declaredCodes(files[codesFile])
	used := map[string]bool{}
	for name, file := range files {
		if name == codesFile {
			continue
		}
		for constant := range declaredCodes(file) {
			t.Errorf("%s declares %s: declare it in %s", name, constant, codesFile)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CaseClause: // a case reads a code, it does not return it
				for _, statement := range n.Body {
					ast.Inspect(statement, collectNames(used))
				}
				return false
			case *ast.KeyValueExpr:
				_, literal := n.Value.(*ast.BasicLit)
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" && literal && name != "docs.go" {
					t.Errorf("%s has a code as a string: declare it in %s", name, codesFile)
				}
			}
			return collectNames(used)(n)
		})
	}
	for constant := range declared {
		if !used[constant] {
			t.Errorf("no code returns %s", constant)
		}
	}
}

// collectNames notes identifiers and goes on.
func collectNames(names map[string]bool) func(ast.Node) bool {
	return func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok {
			names[name.Name] = true
		}
		return true
	}
}

func TestCodesAreInOpenAPI(t *testing.T) {
	t.Parallel()
	got := newRig(t).must(t, call{method: "GET", path: "/api/v1/openapi.json"})
	var published struct {
		Codes []struct {
			Code        nest.Code
			Status      int
			Description string
		} `json:"x-error-codes"`
	}
	if err := json.Unmarshal([]byte(got.text), &published); err != nil {
		t.Fatal(err)
	}
	statuses := map[nest.Code]int{}
	for _, c := range published.Codes {
		statuses[c.Code] = c.Status
		if c.Description == "" {
			t.Errorf("%s has no description", c.Code)
		}
	}
	compareCodes(t, statuses)
}

func TestCodesAreInProtocolPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Refusals\n")
	section, _, _ = strings.Cut(section, "\n## ")
	statuses := map[nest.Code]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]+) \|`).FindAllStringSubmatch(section, -1) {
		status, _ := strconv.Atoi(row[1])
		for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1) {
			statuses[nest.Code(code[1])] = status
		}
	}
	compareCodes(t, statuses)
}

// compareCodes holds documented codes and statuses against nest.Codes and statusOf.
func compareCodes(t *testing.T, documented map[nest.Code]int) {
	t.Helper()
	want := listedCodes()
	want["invalid_<field>"] = http.StatusBadRequest
	for code, status := range want {
		if documented[code] != status {
			t.Errorf("%s is documented with status %d, want %d", code, documented[code], status)
		}
	}
	for code := range documented {
		if _, ok := want[code]; !ok {
			t.Errorf("%s is documented, but is not in nest.Codes", code)
		}
	}
}

// Real refusals come with the documented status.
func TestRefusalsHaveTheDocumentedStatus(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, q := range []call{
		{method: "GET", path: "/api/x"},
		{method: "POST", path: "/health"},
		{method: "GET", path: base + "/x/info"},
		{method: "PUT", path: base, as: newUser(t), body: "["},
		{method: "PUT", path: base, as: newUser(t), body: `{"access":1}`},
		{method: "PUT", path: base},
		{method: "PUT", path: base, as: newUser(t), body: strings.Repeat(" ", bodyMax+1)},
	} {
		got := r.do(t, q) // which checks that the code is listed
		if want := statusOf(nest.Code(got.code())); got.status != want {
			t.Errorf("%s came with %d, want %d", got.code(), got.status, want)
		}
	}
}
