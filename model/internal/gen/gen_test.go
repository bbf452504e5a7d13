package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCurrent regenerates every table and compares it with the file in the tree.
func TestCurrent(t *testing.T) {
	for _, o := range outputs {
		data, err := os.ReadFile(filepath.Join("..", "..", o.data))
		if err != nil {
			t.Fatal(err)
		}
		want, err := o.generate(data)
		if err != nil {
			t.Fatalf("%s: %v", o.data, err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", o.code))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s does not follow from %s: run go generate ./model", o.code, o.data)
		}
	}
}

func TestRefuses(t *testing.T) {
	const head = "type,value,microsoft name,go name,first Windows version,meaning\n"
	all, err := os.ReadFile("../../enums.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		generate func([]byte) ([]byte, error)
		data     string
		want     string
	}{
		{"no head", enums, "", "head line"},
		{"a type without members", enums, head, "FWP_DATA_TYPE has no members"},
		{"an unknown type", enums, string(all) + "FWP_AF,0,FWP_AF_INET,AFInet,,IPv4\n", "FWP_AF is not in enumTypes"},
		{"one value twice", enums, string(all) + "FWP_DATA_TYPE,0,FWP_NIL,DataTypeNil,,nothing\n", "one value"},
		{"no number", enums, head + "FWP_DATA_TYPE,x,FWP_EMPTY,E,,m\n", "line 2"},
		{"no meaning", enums, head + "FWP_DATA_TYPE,0,FWP_EMPTY,E,,\n", "line 2"},
		{"a value above 32 bits", errorTable, "value\tsymbol\tmessage\tclass\n4294967296\tE\tm\twin32\n", "line 2"},
		{"a column too few", errorTable, "value\tsymbol\tmessage\tclass\n1\tE\tm\n", "line 2: want 4 columns"},
		{"no rows", parameterTable, "id\ttext\tfirst_version\n", "no rows"},
	} {
		_, err := c.generate([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
}

// TestErrorOrder: of one value the symbol of class ipsec comes first, then
// file order decides.
func TestErrorOrder(t *testing.T) {
	out, err := errorTable([]byte("value\tsymbol\tmessage\tclass\n7\tB\tm\twin32\n7\tA\tm\twsa\n7\tC\tm\tipsec\n3\tD\tm\tfwp\n"))
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for _, s := range []string{`"D"`, `"C"`, `"B"`, `"A"`} {
		at = append(at, strings.Index(string(out), s))
	}
	for i := range at {
		if at[i] < 0 || i > 0 && at[i] < at[i-1] {
			t.Fatalf("positions of D, C, B, A: %v in\n%s", at, out)
		}
	}
}
