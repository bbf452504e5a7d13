package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCurrent compares the generated files with what is generated now.
func TestCurrent(t *testing.T) {
	spec, err := os.ReadFile("../../columns.tsv")
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate(spec)
	if err != nil {
		t.Fatal(err)
	}
	there, err := filepath.Glob("../../z*.go")
	if err != nil || len(there) != len(files) {
		t.Errorf("%d generated files, want %d: %v", len(there), len(files), err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is not current: run go generate in export", name)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ spec, want string }{
		{"a\tVARCHAR\tText\tr.A\t-\tdoc", "line 1: want six fields within a section"},
		{"[t T]\n\na\tVARCHAR\tText\tr.A\t-", "line 3: want six fields"},
		{"[t T]\na\tVARCHAR\tText\tr.A\t\tdoc", "line 2: want six fields"},
		{"[t T]\na\tVARCHAR\tText\tr.A\tdict,fast\tdoc", "line 2: unknown flag fast"},
		{"[t T]\na\tVARCHAR\tText\tr.A\t-\tdoc\na\tVARCHAR\tText\tr.B\t-\tdoc", "line 3: column twice: a"},
		{"[t]\n", "line 1: section without Go type"},
		{"[t T]\na\tSTRUCT\tCondition\tr.A\t-\tdoc", "a: no section condition after it"},
	} {
		if _, err := generate([]byte(c.spec)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.spec, err, c.want)
		}
	}
}
