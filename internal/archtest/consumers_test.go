package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const domain = module + "internal/nest"

// notConsumers are the packages whose interfaces are for others to use or to implement.
var notConsumers = []string{
	domain, module + "internal/store", module + "internal/nesttest", module + "internal/archtest", module + "cmd/nests",
}

// A consumer declares the methods that it calls and no others, so its interfaces show what it can do to the rest of
// the server. What cmd/nests calls on a part that it wired counts too.
func TestConsumersDeclareOnlyWhatTheyUse(t *testing.T) {
	checked := 0
	packages := typed(t, "./internal/...", "./cmd/nests")
	calledByMain := map[string]bool{}
	for _, p := range packages {
		if p.pkg.Path() == module+"cmd/nests" {
			for method := range p.usedMethods() {
				calledByMain[method.FullName()] = true
			}
		}
	}
	for _, p := range packages {
		if slices.Contains(notConsumers, p.pkg.Path()) {
			continue
		}
		used := p.usedMethods()
		for _, declared := range p.interfaces() {
			for method := range declared.Methods() {
				if method.Pkg() == nil || !strings.HasPrefix(method.Pkg().Path(), module) {
					continue // of an embedded interface of the standard library, such as net.Conn
				}
				checked++
				if !used[method] && (method.Pkg() != p.pkg || !calledByMain[method.FullName()]) {
					t.Errorf(
						"%s: the interface offers %s, which the package does not call", p.at(method), method.Name(),
					)
				}
			}
		}
		for name, object := range p.info.Uses {
			ofDomain := object.Pkg() != nil && object.Pkg().Path() == domain
			if ofDomain && (object.Name() == "Tx" || object.Name() == "Store") {
				t.Errorf("%s uses nest.%s, which can change everything; declare an interface of what the package needs",
					p.fset.Position(name.Pos()), object.Name())
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d methods of interfaces were checked", checked)
	}
}

// typedPackage is a package whose files, tests excluded, are parsed and type-checked.
type typedPackage struct {
	pkg   *types.Package
	fset  *token.FileSet
	files []*ast.File
	info  *types.Info
}

// interfaces returns the interfaces that the package declares, unnamed ones included. Type constraints have no
// methods to call.
func (p typedPackage) interfaces() (all []*types.Interface) {
	for _, file := range p.files {
		for node := range ast.Preorder(file) {
			expression, ok := node.(*ast.InterfaceType)
			if !ok {
				continue
			}
			if declared, ok := p.info.TypeOf(expression).(*types.Interface); ok && declared.IsMethodSet() {
				all = append(all, declared)
			}
		}
	}
	return all
}

// usedMethods returns the methods that the package calls or takes as values, and those that it passes on: a value
// given to a parameter of a smaller interface is used for the methods of that interface.
func (p typedPackage) usedMethods() map[*types.Func]bool {
	used := map[*types.Func]bool{}
	for _, selection := range p.info.Selections {
		if method, ok := selection.Obj().(*types.Func); ok {
			used[method] = true
		}
	}
	for _, file := range p.files {
		for node := range ast.Preorder(file) {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				continue
			}
			signature, ok := p.info.TypeOf(call.Fun).(*types.Signature)
			if !ok {
				continue
			}
			for i, argument := range call.Args {
				if i < signature.Params().Len() {
					passOn(used, p.info.TypeOf(argument), signature.Params().At(i).Type())
				}
			}
		}
	}
	return used
}

func passOn(used map[*types.Func]bool, from, to types.Type) {
	given, ok := from.Underlying().(*types.Interface)
	if !ok {
		return
	}
	asked, ok := to.Underlying().(*types.Interface)
	if !ok {
		return
	}
	names := map[string]bool{}
	for method := range asked.Methods() {
		names[method.Name()] = true
	}
	for method := range given.Methods() {
		if names[method.Name()] && !types.Identical(given, asked) {
			used[method] = true
		}
	}
}

// at is where the interface is declared. A method of an embedded interface may be declared elsewhere, in another
// package even.
func (p typedPackage) at(method *types.Func) string {
	position := p.fset.Position(method.Pos())
	if method.Pkg() == p.pkg {
		return position.String()
	}
	return p.pkg.Path() + " embeds " + method.FullName()
}

// typed type-checks packages from source against the compiler's export data of what they import.
func typed(t *testing.T, patterns ...string) []typedPackage {
	t.Helper()
	fields := "-json=ImportPath,Dir,GoFiles,Export,DepOnly"
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-export", "-deps", fields}, patterns...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	exports := map[string]string{}
	var checked []typedPackage
	fset := token.NewFileSet()
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	imports := importer.ForCompiler(fset, "gc", open)
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; { // a package comes after all that it imports
		var p struct {
			ImportPath, Dir, Export string
			GoFiles                 []string
			DepOnly                 bool
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return checked
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if p.DepOnly || !strings.HasPrefix(p.ImportPath, module) || len(p.GoFiles) == 0 {
			continue
		}
		c := typedPackage{fset: fset, info: &types.Info{
			Types:      map[ast.Expr]types.TypeAndValue{},
			Uses:       map[*ast.Ident]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{},
		}}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			c.files = append(c.files, file)
		}
		if c.pkg, err = (&types.Config{Importer: imports}).Check(p.ImportPath, fset, c.files, c.info); err != nil {
			t.Fatal(err)
		}
		checked = append(checked, c)
	}
}
