package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is committed is what is defined, and nothing else but goldens.
func TestCommitted(t *testing.T) {
	for folder, of := range folders {
		made, err := of()
		if err != nil {
			t.Fatal(err)
		}
		if len(made) < 3 {
			t.Errorf("%s: %d files", folder, len(made))
		}
		dir := filepath.Join("..", "..", "..", "..", "testdata", folder)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if _, ok := made[e.Name()]; !ok && !strings.HasSuffix(e.Name(), ".ndjson") {
				t.Errorf("%s/%s is not defined", folder, e.Name())
			}
		}
		for name, want := range made {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s/%s is not as it is defined (%v): go run ./parser/internal/build/mkfixtures", folder, name, err)
			}
			if len(want) > 205_000 {
				t.Errorf("%s/%s has %d bytes", folder, name, len(want))
			}
		}
	}
}
