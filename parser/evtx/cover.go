package evtx

import (
	"bytes"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// A record can be hidden by making the one before it larger: who reads by sizes steps over
// both, and with new checksums nothing else tells. But the values of a record end at most 8
// bytes before the copy of its size (in 23,489 of 23,490 records with a template of many
// machines; the last hides one). What stands behind them is looked at.

// What is said of a record that hides others, and of those.
const (
	coversCode  = "covers-records"
	coversText  = "its size covers other records"
	coveredCode = "covered"
	coveredText = "the size of a record before it covers it"
)

// hidden returns the position of the first record that is hidden in the one from pos to end
// of the chunk, be the copy of its size right or not; 0 if there is none.
func (c *Chunk) hidden(pos, end int) int {
	from, known := binxml.ValuesEnd(c.Data, pos+recordHeaderSize, end-4)
	if known && end-4-from <= binxml.MostBehind {
		return 0
	}
	looked := known
	for at := from; at <= end-recordMinSize; at++ {
		next := bytes.Index(c.Data[at:end], []byte(recordSignature))
		if next < 0 {
			break
		}
		if at += next; !c.hides(at, end) {
			continue
		}
		if !looked { // the record has no template, as few have
			looked = true
			if from, known = binxml.ElementsEnd(c.Data, pos+recordHeaderSize, end-4); known && at < from {
				at = from - 1
				continue
			}
		}
		if known || wholeAt(c.Data, at) > 0 {
			return at
		}
	}
	return 0
}

// hides says whether a record that another one hides, which ends at end, may begin at the
// position at. The copy of its size need not be right: that of the last that is hidden is the
// one of whoever hides it. But if it is not known where that one's content ends, what is found
// may be part of it; then it must be.
func (c *Chunk) hides(at, end int) bool {
	if !MayBeRecord(c.Data[at:end]) {
		return false
	}
	size, _ := cursor.Uint32(c.Data, at+4)
	return int(size) <= end-at
}
