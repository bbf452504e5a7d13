package layout

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/qmparse/qmparse"

// A rule is about the files for which applies is true.
type rule struct {
	why     string
	applies func(file) bool
	imports func(path string) bool // an import that breaks the rule
	calls   []string               // calls and values that break it: "panic", "os.Create", "os.Stdout"
}

// A file is what rules ask about a source file.
type file struct {
	dir  string // slash-separated, "." for the root
	test bool   // _test.go
	main bool   // package main
}

// in says whether the file is in one of the folders or below it.
func (f file) in(folders ...string) bool {
	return slices.ContainsFunc(folders, func(d string) bool {
		return f.dir == d || strings.HasPrefix(f.dir, d+"/")
	})
}

var rules = []rule{
	{
		why:     "model is the vocabulary of every package: it stands on the standard library alone",
		applies: func(f file) bool { return f.in("model") },
		imports: func(p string) bool { return !standard(p) && !within(p, module+"/model") },
	},
	{
		why:     "parser knows no output",
		applies: func(f file) bool { return f.in("parser") && !f.test },
		imports: func(p string) bool {
			return within(p, module) && !within(p, module+"/parser") && !within(p, module+"/model")
		},
	},
	{
		why:     "export knows no input",
		applies: func(f file) bool { return f.in("export") && !f.test },
		imports: func(p string) bool {
			return within(p, module) && !within(p, module+"/export") && !within(p, module+"/model")
		},
	},
	{
		why:     "hostile input is read with bounds checked: no unsafe",
		applies: func(f file) bool { return f.in("parser", "model") },
		imports: func(p string) bool { return p == "unsafe" },
	},
	{
		why:     "a fuzzer must see a bug: no panic, no recover",
		applies: func(f file) bool { return f.in("parser", "model") && !f.test && !f.main },
		calls:   []string{"panic", "recover"},
	},
	{
		why:     "parser/source alone touches the file system, parsers get bytes",
		applies: func(f file) bool { return f.in("parser", "model") && !f.in("parser/source") && !f.test && !f.main },
		imports: func(p string) bool {
			return within(p, "os") || p == "io/ioutil" || p == "syscall" || within(p, "golang.org/x/sys")
		},
	},
	{
		why:     "only export writes Parquet",
		applies: func(f file) bool { return !f.in("export") && !f.test },
		imports: func(p string) bool { return within(p, "github.com/parquet-go") },
	},
	{
		why:     "golang-evtx is GPL-3.0: one package links it, see NOTICE",
		applies: func(f file) bool { return !f.in("internal/golangevtx") },
		imports: func(p string) bool { return within(p, "github.com/0xrawsec") },
	},
	{
		why:     "what imports internal/golangevtx is under the GPL-3.0 as a whole, see NOTICE: the two programs that run it",
		applies: func(f file) bool { return !(f.main && f.in("cmd/qmparse", "internal/peer/golangevtx")) },
		imports: func(p string) bool { return within(p, module+"/internal/golangevtx") },
	},
	{
		why:     "internal/peer is for tests",
		applies: func(f file) bool { return !f.in("internal/peer") && !f.test },
		imports: func(p string) bool { return within(p, module+"/internal/peer") },
	},
	{
		why:     "parser/internal/build makes input for tests",
		applies: func(f file) bool { return !f.in("parser/internal/build") && !f.test && !f.main },
		imports: func(p string) bool { return within(p, module+"/parser/internal/build") },
	},
	{
		why:     "only cmd opens a file for writing",
		applies: func(f file) bool { return !f.in("cmd") && !f.test && !f.main },
		calls: []string{
			"os.Create", "os.CreateTemp", "os.OpenFile", "os.WriteFile", "os.Mkdir", "os.MkdirAll", "os.MkdirTemp",
			"os.Remove", "os.RemoveAll", "os.Rename", "os.Link", "os.Symlink", "os.Truncate", "os.Chmod", "os.Chtimes",
		},
	},
	{
		why:     "only cmd prints, and only it ends the process; golang-evtx logs, and is listened to",
		applies: func(f file) bool { return !f.in("cmd", "internal/golangevtx") && !f.test && !f.main },
		imports: func(p string) bool { return p == "log" || within(p, "log/slog") },
		calls: []string{
			"fmt.Print", "fmt.Printf", "fmt.Println", "print", "println", "os.Stdout", "os.Stderr", "os.Exit",
		},
	},
}

// within says whether the import path is root or below it.
func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

// standard says whether the import path is the standard library's: those have no
// dot in the first element.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// check returns what is wrong with a file of folder dir.
func check(dir, name string, src []byte) ([]string, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := file{dir: dir, test: strings.HasSuffix(name, "_test.go"), main: tree.Name.Name == "main"}

	names := map[string]string{} // import paths by the name they have in this file
	var imports []*ast.ImportSpec
	for _, spec := range tree.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		local := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			local = spec.Name.Name
		}
		names[local] = path
		imports = append(imports, spec)
	}

	var wrong []string
	for _, r := range rules {
		if !r.applies(f) {
			continue
		}
		report := func(n ast.Node, what string) {
			wrong = append(wrong, fmt.Sprintf("%s/%s:%d: %s: %s", dir, name, fset.Position(n.Pos()).Line, what, r.why))
		}
		for _, spec := range imports {
			if path, _ := strconv.Unquote(spec.Path.Value); r.imports != nil && r.imports(path) {
				report(spec, "import "+path)
			}
		}
		if r.calls == nil {
			continue
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && slices.Contains(r.calls, id.Name) {
					report(n, id.Name)
				}
			case *ast.SelectorExpr:
				if id, ok := n.X.(*ast.Ident); ok && slices.Contains(r.calls, names[id.Name]+"."+n.Sel.Name) {
					report(n, names[id.Name]+"."+n.Sel.Name)
				}
			}
			return true
		})
	}
	return wrong, nil
}
