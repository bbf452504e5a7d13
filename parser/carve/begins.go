package carve

import (
	"bytes"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/netevent"
)

// begins returns where within the first limit bytes of b, from position from on, another
// file begins beyond doubt: limit if none does. What was cut goes on with it.
func begins(b []byte, from, limit int) int {
	for _, x := range []struct {
		pattern string
		back    int
		is      func([]byte) bool
	}{
		{evtx.FileSignature, 0, func(b []byte) bool {
			if len(b) < evtx.HeaderSize {
				return false
			}
			ok, _, odd := evtx.LooksAt(b[:evtx.HeaderSize])
			return ok && odd == nil
		}},
		{evtx.ChunkSignature, 0, evtx.BeginsChunk},
		{etl.RecordMarks[0], etl.MarkOffset, isTrace},
		{etl.RecordMarks[1], etl.MarkOffset, isTrace},
		{netevent.Signature, 0, func(b []byte) bool { return netevent.HeaderLength(b) > 0 }},
	} {
		for at := from; at < limit; at++ {
			start := min(at+x.back, len(b))
			next := bytes.Index(b[start:min(len(b), limit+x.back+len(x.pattern))], []byte(x.pattern))
			if next < 0 {
				break
			}
			if at += next; at < limit && x.is(b[at:]) {
				limit = at
			}
		}
	}
	return limit
}

func isTrace(b []byte) bool {
	_, ok := etl.NewExtent(b)
	return ok
}
