// Command mkdumps writes the dumps of testdata/wfpnev and the page that says
// what they are. Run it in the root of the repository:
//
//	go run ./parser/internal/build/dumpbuild/mkdumps
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/qmparse/qmparse/parser/internal/build/dumpbuild"
)

func main() {
	dir := flag.String("dir", filepath.Join("testdata", "wfpnev"), "folder to write to")
	flag.Parse()
	if err := write(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "mkdumps:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	for _, f := range dumpbuild.All() {
		b, err := f.Build()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), b, 0o644); err != nil {
			return err
		}
	}
	sources, err := dumpbuild.Sources()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "SOURCES.md"), []byte(sources), 0o644)
}
