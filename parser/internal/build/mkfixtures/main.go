// Command mkfixtures writes the logs of testdata/evtx and the page that says
// what they are. Run it in the root of the repository:
//
//	go run ./parser/internal/build/mkfixtures
//
// It removes nothing: a fixture that is no longer defined is found by the test
// of package fixtures.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

func main() {
	dir := flag.String("dir", filepath.Join("testdata", "evtx"), "folder to write to")
	flag.Parse()
	if err := write(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "mkfixtures:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	for _, f := range fixtures.All() {
		l, err := f.Build()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), l.Bytes, 0o644); err != nil {
			return err
		}
	}
	sources, err := fixtures.Sources()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "SOURCES.md"), []byte(sources), 0o644)
}
