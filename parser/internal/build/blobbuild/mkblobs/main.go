// Command mkblobs writes the blobs of testdata/carve and the page that says
// what they are. Run it in the root of the repository:
//
//	go run ./parser/internal/build/blobbuild/mkblobs
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/qmparse/qmparse/parser/internal/build/blobbuild"
)

func main() {
	dir := flag.String("dir", filepath.Join("testdata", "carve"), "folder to write to")
	flag.Parse()
	if err := write(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "mkblobs:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	for _, f := range blobbuild.All() {
		b, err := f.Build()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), b, 0o644); err != nil {
			return err
		}
	}
	sources, err := blobbuild.Sources()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "SOURCES.md"), []byte(sources), 0o644)
}
