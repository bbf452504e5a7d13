package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestCurrent regenerates the tables and compares them with those in the tree.
func TestCurrent(t *testing.T) {
	data, err := os.ReadFile("../../layouts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../zlayouts.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("zlayouts.go does not follow from layouts.tsv: run go generate ./parser/netevent")
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"no head", "A\t\t\t\t4\t8\t4\t8\n", "line 1"},
		{"no structures", head + "\n", "no structures"},
		{"a column too few", head + "\nA\t\t\t\t4\t8\t4\n", "line 2: want 8 columns"},
		{"no number", head + "\nA\t\t\t\t4\tx\t4\t8\n", "line 2"},
		{"a size between alignments", head + "\nA\t\t\t\t4\t6\t4\t8\n", "multiple of the alignment"},
		{"a field outside", head + "\nA\t\t\t\t4\t8\t4\t8\nA\tf\tUINT32\t\t4\t4\t8\t4\n", "line 3: A.f leaves"},
		{"a field of another", head + "\nA\t\t\t\t4\t8\t4\t8\nB\tf\tUINT32\t\t4\t4\t4\t4\n", "line 3: B.f is not in"},
		{"a field without type", head + "\nA\t\t\t\t4\t8\t4\t8\nA\tf\t\t\t4\t4\t4\t4\n", "line 3"},
	} {
		_, err := generate([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
}
