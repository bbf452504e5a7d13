package layout

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

const root = "../.."

// TestHouse checks every file of the module.
func TestHouse(t *testing.T) {
	seen := map[string]int{} // files of the top folders
	house := os.DirFS(root)
	err := fs.WalkDir(house, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skip(house, p) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		src, err := fs.ReadFile(house, p)
		if err != nil {
			return err
		}
		top, _, _ := strings.Cut(p, "/")
		seen[top]++
		wrong, err := check(path.Dir(p), path.Base(p), src)
		if err != nil {
			return err
		}
		for _, w := range wrong {
			t.Error(w)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, top := range []string{"model", "parser", "export"} {
		if seen[top] == 0 {
			t.Errorf("no Go file in %s: the rules were not applied to it", top)
		}
	}
}

// skip says whether a folder is outside the module.
func skip(house fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	if base := path.Base(dir); base == "testdata" || base[0] == '.' || base[0] == '_' {
		return true
	}
	_, err := fs.Stat(house, dir+"/go.mod")
	return err == nil
}

// TestRules breaks each rule once, and goes up to its edge.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name, src string
		wrong     string // a part of the only complaint; none if empty
	}{
		{"model/a.go", `import "encoding/hex"`, ""},
		{"model/a.go", `import "github.com/qmparse/qmparse/model/internal/x"`, ""},
		{"model/a.go", `import "github.com/qmparse/qmparse/parser"`, "standard library"},
		{"model/a_test.go", `import "github.com/google/go-cmp/cmp"`, "standard library"},
		{"model/a.go", `import _ "unsafe"`, "unsafe"},

		{"parser/a.go", `import "github.com/qmparse/qmparse/model"`, ""},
		{"parser/evtx/a.go", `import "github.com/qmparse/qmparse/parser/binxml"`, ""},
		{"parser/source/a.go", `import "github.com/klauspost/compress/zstd"`, ""},
		{"parser/a.go", `import "github.com/qmparse/qmparse/export"`, "no output"},
		{"parser/a.go", `import "github.com/qmparse/qmparse/cmd/qmparse"`, "no output"},
		{"parser/evtx/a_test.go", `import "github.com/qmparse/qmparse/internal/peer"`, ""},
		{"parser/binxml/a.go", `import u "unsafe"`, "unsafe"},
		{"parser/binxml/a_test.go", `import "unsafe"`, "unsafe"},

		{"parser/a.go", `import "os"`, "file system"},
		{"parser/evtx/a.go", `import "os/exec"`, "file system"},
		{"parser/sourcery/a.go", `import "os"`, "file system"},
		{"parser/source/a.go", `import "os"`, ""},
		{"parser/evtx/a_test.go", `import "os"`, ""},

		{"export/a.go", `import "github.com/qmparse/qmparse/model"`, ""},
		{"export/a.go", `import "github.com/parquet-go/parquet-go"`, ""},
		{"export/a.go", `import "github.com/qmparse/qmparse/parser"`, "no input"},
		{"cmd/qmparse/a.go", `import "github.com/parquet-go/parquet-go"`, "Parquet"},
		{"parser/a.go", `import "github.com/parquet-go/parquet-go/deprecated"`, "Parquet"},

		{"cmd/qmparse/a.go", `import "github.com/0xrawsec/golang-evtx/evtx"`, "GPL"},
		{"parser/evtx/a_test.go", `import "github.com/0xrawsec/golang-evtx/evtx"`, "GPL"},
		{"internal/peer/a.go", `import "github.com/0xrawsec/golang-evtx/evtx"`, "GPL"},
		{"internal/golangevtx/a.go", `import "github.com/0xrawsec/golang-evtx/evtx"`, ""},
		{"parser/evtx/a_test.go", `import "github.com/qmparse/qmparse/internal/golangevtx"`, "GPL"},
		{"internal/peer/a.go", `import "github.com/qmparse/qmparse/internal/golangevtx"`, "GPL"},
		{"cmd/qmparse/a.go", `import "github.com/qmparse/qmparse/internal/peer"`, "for tests"},

		{"parser/evtx/a.go", `import "github.com/qmparse/qmparse/parser/internal/build/evtxbuild"`, "input for tests"},
		{"parser/evtx/a_test.go", `import "github.com/qmparse/qmparse/parser/internal/build/evtxbuild"`, ""},

		{"parser/a.go", `func f() { panic("x") }`, "fuzzer"},
		{"model/a.go", `func f() { defer func() { recover() }() }`, "fuzzer"},
		{"parser/a_test.go", `func f() { panic("x") }`, ""},
		{"export/a.go", `func f() { panic("x") }`, ""},
		{"parser/a.go", `func f() { var t T; t.panic() }`, ""},

		{"parser/source/a.go", `import "os"; func f() { os.Open("x") }`, ""},
		{"parser/source/a.go", `import "os"; func f() { os.Create("x") }`, "for writing"},
		{"export/a.go", `import o "os"; var f = o.WriteFile`, "for writing"},
		{"cmd/qmparse/a.go", `import "os"; func f() { os.Create("x") }`, ""},
		{"export/a.go", `import "fmt"; func f() { fmt.Println() }`, "prints"},
		{"export/a.go", `import "fmt"; func f() { fmt.Fprintln(nil) }`, ""},
		{"export/a.go", `func f() { println() }`, "prints"},
		{"export/a.go", `import "log"`, "prints"},
		{"export/a.go", `import "os"; var w = os.Stdout`, "prints"},
	} {
		dir, base := path.Split(c.name)
		wrong, err := check(path.Clean(dir), base, []byte("package x; "+c.src))
		if err != nil {
			t.Errorf("%s: %s: %v", c.name, c.src, err)
			continue
		}
		switch {
		case c.wrong == "" && len(wrong) > 0:
			t.Errorf("%s: %s: want no complaint, got %q", c.name, c.src, wrong)
		case c.wrong != "" && (len(wrong) != 1 || !strings.Contains(wrong[0], c.wrong)):
			t.Errorf("%s: %s: want one complaint with %q, got %q", c.name, c.src, c.wrong, wrong)
		}
	}
}
