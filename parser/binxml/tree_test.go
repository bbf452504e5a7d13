package binxml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// outline writes a tree as nested brackets, values with their types.
func outline(e *binxml.Element) string {
	var b strings.Builder
	b.WriteString(e.Name)
	values := func(vs ...binxml.Value) {
		for _, v := range vs {
			fmt.Fprintf(&b, " %v", v.Type)
			for _, item := range v.Items() {
				fmt.Fprintf(&b, "=%s", item.Text())
			}
		}
	}
	for _, a := range e.Attrs {
		b.WriteString(" @" + a.Name)
		values(a.Value...)
	}
	b.WriteString("(")
	for i, n := range e.Children {
		if b.Len() > 1<<20 {
			break // enough to compare
		}
		if i > 0 {
			b.WriteString(",")
		}
		if n.Element != nil {
			b.WriteString(outline(n.Element))
		} else {
			values(n.Value)
		}
	}
	return b.String() + ")"
}

// Elements and values in document order, attributes of several values, an array
// once, BinXML as elements. What is left out is not in it, nor are processing
// instructions.
func TestTreeInDocumentOrder(t *testing.T) {
	source := `0c 01 1a2b3c4d =d :d 00000000` + guid + `#f:g :f
		` + element("q:Event", `00000000 46 'xmlns:q' 05 01 "urn:q" 46 'k' 45 01 "a" 49 'lt' 0d 0000 08 06 'gone' 0e 0100 01 02
			05 01 "before"
			`+element("A", "02 0d 0200 86 04", false)+element("B", "02 0e 0100 01 04", false)+element("C", "02 0d 0100 01 04", false)+`
			0e 0300 21
			`+element("D", "02 49 'amp' 47 \"c\" 08 2100 0a 'p' 0b \"d\" 04", false)+`
			`+element("E", "02 45 01 \"x\" 0e 0100 01 0d 0100 01 04", false)+`
			0d 0000 08
			04`, true) + ` 00 :g
		04000000 0400 08 00 0000 00 00 0400 86 00 ~b:e 21 00
		07000000 0100 0200 :b 01 00000000 'I' 02 05 01 "i" 04 00 :e`
	doc, _ := decodeHand(t, source)
	tree, err := doc.Tree()
	if err != nil {
		t.Fatal(err)
	}
	const want = "q:Event @xmlns:q String=urn:q @k String=a String=< UInt32=7( String=before,A( UInt16 array=1=2),C( Null=),I( String=i),D( String=&, String=c, String=!),E( String=x, Null=), UInt32=7)"
	if got := outline(tree); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestChild(t *testing.T) {
	doc, _ := decodeHand(t, `01 00000000 'R' 02 05 01 "x" 01 00000000 'A' 02 05 01 "1" 04 01 00000000 'A' 03 01 00000000 'B' 03 04 00`)
	tree, err := doc.Tree()
	if err != nil {
		t.Fatal(err)
	}
	if a := tree.Child("A"); a == nil || len(a.Children) != 1 {
		t.Errorf("first A is %+v", a)
	}
	if tree.Child("B") == nil || tree.Child("C") != nil || tree.Child("C").Child("D") != nil {
		t.Error("B is missing, or C is there")
	}
}
