package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// An exported name that no other package uses is dead, or should be private. Names in a test of the package itself,
// when that test is a package of its own, count as used.
func TestExportsAreUsed(t *testing.T) {
	fset := token.NewFileSet()
	var files []sourceFile
	for _, name := range tracked(t) {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		parsed, err := parser.ParseFile(fset, filepath.Join(root, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, sourceFile{name, parsed})
	}
	used := map[string]bool{} // "internal/nest.Nest"
	for _, f := range files {
		f.markUsed(used)
	}
	checked := 0
	for _, f := range files {
		if !strings.HasPrefix(f.name, "internal/") || strings.HasSuffix(f.name, "_test.go") || isWire(f.name) {
			continue
		}
		for _, group := range f.exports() {
			checked += len(group)
			if !anyUsed(used, path.Dir(f.name), group) {
				t.Errorf("%s exports %s, which no other package uses", fset.Position(group[0].Pos()), group[0].Name)
			}
		}
	}
	if checked < 300 {
		t.Errorf("only %d exported names were checked", checked)
	}
}

// isWire is true for the types of requests and answers: the OpenAPI document shows their names.
func isWire(file string) bool { return strings.HasPrefix(file, "internal/api/wire_") }

type sourceFile struct {
	name string
	*ast.File
}

// markUsed adds the names of other packages of ours that the file uses, and the types that its own exported
// declarations show: a caller needs those without ever naming them.
func (f sourceFile) markUsed(used map[string]bool) {
	packages := map[string]string{}
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if ours, is := strings.CutPrefix(imported, module); err == nil && is {
			local := path.Base(ours)
			if spec.Name != nil {
				local = spec.Name.Name
			}
			packages[local] = ours
		}
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if selector, is := n.(*ast.SelectorExpr); is {
			if x, is := selector.X.(*ast.Ident); is && packages[x.Name] != "" {
				used[packages[x.Name]+"."+selector.Sel.Name] = true
			}
		}
		return true
	})
	if strings.HasSuffix(f.name, "_test.go") {
		return
	}
	for _, decl := range f.Decls {
		f.markShown(used, decl)
	}
}

func (f sourceFile) markShown(used map[string]bool, decl ast.Decl) {
	declared := map[*ast.Ident]bool{}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt, *ast.CompositeLit:
			return false
		case *ast.TypeSpec:
			declared[n.Name] = true
		case *ast.FuncDecl:
			declared[n.Name] = true
		case *ast.ValueSpec:
			for _, name := range n.Names {
				declared[name] = true
			}
		case *ast.Ident:
			if n.IsExported() && !declared[n] {
				used[path.Dir(f.name)+"."+n.Name] = true
			}
		}
		return true
	})
}

// exports returns the exported top-level names of the file. Constants that are declared together are one group: an
// enumeration is used when one of its values is.
func (f sourceFile) exports() (groups [][]*ast.Ident) {
	add := func(names ...*ast.Ident) {
		var group []*ast.Ident
		for _, name := range names {
			if name.IsExported() {
				group = append(group, name)
			}
		}
		if group != nil {
			groups = append(groups, group)
		}
	}
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				add(decl.Name)
			}
		case *ast.GenDecl:
			var constants []*ast.Ident
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add(spec.Name)
				case *ast.ValueSpec:
					if decl.Tok == token.CONST {
						constants = append(constants, spec.Names...)
					} else {
						add(spec.Names...)
					}
				}
			}
			add(constants...)
		}
	}
	return groups
}

func anyUsed(used map[string]bool, dir string, group []*ast.Ident) bool {
	for _, name := range group {
		if used[dir+"."+name.Name] {
			return true
		}
	}
	return false
}
