// Command mkfixtures writes the fixtures of testdata that the project's own writers make, and
// in each folder the page that says what they are. Run it in the root of the repository:
//
//	go run ./parser/internal/build/mkfixtures
//
// It removes nothing: a fixture that is no longer defined is found by its test.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/qmparse/qmparse/parser/internal/build/blobbuild"
	"github.com/qmparse/qmparse/parser/internal/build/dumpbuild"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// folders are those of testdata, with what makes their files by name.
var folders = map[string]func() (map[string][]byte, error){
	"carve":  func() (map[string][]byte, error) { return files(blobbuild.All(), blobbuild.Sources) },
	"etl":    func() (map[string][]byte, error) { return files(etlbuild.All(), etlbuild.Sources) },
	"evtx":   func() (map[string][]byte, error) { return files(fixtures.All(), fixtures.Sources) },
	"wfpnev": func() (map[string][]byte, error) { return files(dumpbuild.All(), dumpbuild.Sources) },
}

// sourcesFile is the page of a folder.
const sourcesFile = "SOURCES.md"

func files[F interface {
	File() (name string, content []byte, err error)
}](all []F, sources func() (string, error)) (map[string][]byte, error) {
	page, err := sources()
	if err != nil {
		return nil, err
	}
	made := map[string][]byte{sourcesFile: []byte(page)}
	for _, f := range all {
		name, content, err := f.File()
		if err != nil {
			return nil, err
		}
		made[name] = content
	}
	return made, nil
}

func main() {
	dir := flag.String("dir", "testdata", "folder of the folders to write to")
	flag.Parse()
	if err := write(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "mkfixtures:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	for folder, of := range folders {
		made, err := of()
		if err != nil {
			return err
		}
		for name, content := range made {
			if err := os.WriteFile(filepath.Join(dir, folder, name), content, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
