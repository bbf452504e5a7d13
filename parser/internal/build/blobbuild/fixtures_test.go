package blobbuild

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestCommitted compares the files under testdata/carve with their definitions.
func TestCommitted(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "testdata", "carve")
	var names []string
	for _, f := range All() {
		want, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not as it is defined: run go run ./parser/internal/build/blobbuild/mkblobs", f.Name)
		}
		names = append(names, f.Name)
	}
	want, err := Sources()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "SOURCES.md"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("SOURCES.md is not current: run go run ./parser/internal/build/blobbuild/mkblobs")
	}
	there, err := filepath.Glob(filepath.Join(dir, "*.[bi]*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if !slices.Contains(names, filepath.Base(path)) {
			t.Errorf("%s is not defined", path)
		}
	}
}
