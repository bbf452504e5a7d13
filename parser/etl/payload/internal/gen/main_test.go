package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestCurrent regenerates the templates and compares them with those in the tree.
func TestCurrent(t *testing.T) {
	data, err := os.ReadFile("../../templates.tsv")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate(data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../ztemplates.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("ztemplates.go does not follow from templates.tsv: run go generate ./parser/etl/payload")
	}
}

// Templates that differ in their maps alone are one, others of the same event
// and version stay apart.
func TestMerges(t *testing.T) {
	for _, c := range []struct {
		second string
		want   string
	}{
		{"1\t0\t10240\t\tA\tUInt8\t\t\tOther\n", "{id: 1, version: 0, windows7: true, windows10: true,"},
		{"1\t0\t10240\t\tB\tUInt8\t\t\t\n", "{id: 1, version: 0, windows7: false, windows10: true,"},
	} {
		b, err := generate([]byte(head + "\n1\t0\t7600\t7600\tA\tUInt8\t\t\tMap\n" + c.second))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), c.want) {
			t.Errorf("%s: no %q", b, c.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"no head", "1\t0\t7600\t\tA\tUInt8\t\t\t\n", "line 1"},
		{"no templates", head + "\n", "no templates"},
		{"a column too few", head + "\n1\t0\t7600\t\tA\tUInt8\t\t\n", "line 2: want 9 columns"},
		{"no number", head + "\n1\tx\t7600\t\tA\tUInt8\t\t\t\n", "line 2"},
		{"a version too high", head + "\n1\t256\t7600\t\tA\tUInt8\t\t\t\n", "line 2"},
		{"builds the wrong way round", head + "\n1\t0\t10240\t7600\tA\tUInt8\t\t\t\n", "line 2: until"},
		{"out of order", head + "\n2\t0\t7600\t\tA\tUInt8\t\t\t\n1\t0\t7600\t\tA\tUInt8\t\t\t\n", "line 3: event 1 version 0 is out of order"},
		{"a name twice", head + "\n1\t0\t7600\t\tA\tUInt8\t\t\t\n1\t0\t7600\t\tA\tUInt8\t\t\t\n", "A stands twice"},
		{"another type", head + "\n1\t0\t7600\t\tA\tUInt128\t\t\t\n", "A of type"},
		{"a name that JSON would escape", head + "\n1\t0\t7600\t\tA\"\tUInt8\t\t\t\n", "of type"},
		{"no length", head + "\n1\t0\t7600\t\tA\tBinary\t\t\t\n", "the length of A"},
		{"a length elsewhere", head + "\n1\t0\t7600\t\tN\tUInt32\t\t\t\n1\t0\t7600\t\tB\tUInt8\t\t\t\n1\t0\t7600\t\tA\tBinary\tN\t\t\n", "the length of A"},
		{"a length of 16 bits", head + "\n1\t0\t7600\t\tN\tUInt16\t\t\t\n1\t0\t7600\t\tA\tBinary\tN\t\t\n", "the length of A"},
		{"a length of text", head + "\n1\t0\t7600\t\tA\tUnicodeString\t5\t\t\n", "A has a length"},
		{"a count elsewhere", head + "\n1\t0\t7600\t\tA\tUnicodeString\t\tN\t\n", "the count of A"},
		{"a count of numbers", head + "\n1\t0\t7600\t\tN\tUInt32\t\t\t\n1\t0\t7600\t\tA\tUInt8\t\tN\t\n", "the count of A"},
		{"a type without a name", head + "\n1\t0\t7600\t\t\tUInt8\t\t\t\n", "without a name"},
		{"no name behind fields", head + "\n1\t0\t7600\t\tA\tUInt8\t\t\t\n1\t0\t7600\t\t\t\t\t\t\n", "without a name"},
	} {
		_, err := generate([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
}
