package binxml_test

import "testing"

// Corners that were wrong once.

// Of the letters from U+0080 on, three are in no name of XML, in any edition.
func TestLettersThatNoNameHas(t *testing.T) {
	for _, name := range []string{"ª", "µ", "º", "aªb"} {
		doc, _ := decodeHand(t, `01 00000000 '`+name+`' 03 00`)
		wellFormed(t, name, []byte(xmlOf(t, doc)))
	}
}
