package etl

import (
	"encoding/binary"
	"fmt"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// recordAlignment is what a record's size is rounded up to; no record is smaller.
const recordAlignment = 8

// aligned returns how far behind a record of that size the next one begins.
func aligned(size int) int { return (size + recordAlignment - 1) &^ (recordAlignment - 1) }

// notRecord says why bytes are no record.
type notRecord struct {
	sentinel error
	detail   string
	end      bool // it is the marker behind the last record
}

// recordAt returns the type of the record that b begins with and its size, which
// is at least that of its header and at most left.
func recordAt(b []byte, left int) (t RecordType, size int, bad *notRecord) {
	if len(b) < recordAlignment {
		return 0, 0, &notRecord{sentinel: cursor.ErrTruncated, detail: fmt.Sprintf("%d bytes", len(b))}
	}
	switch b[3] {
	case markerEvent:
		t = RecordType(b[2])
	case markerWPP:
		t = TypeWPP
	default:
		if binary.LittleEndian.Uint32(b) == endOfRecords {
			return 0, 0, &notRecord{cursor.ErrMalformed, "the records end here", true}
		}
		return 0, 0, &notRecord{sentinel: cursor.ErrMalformed, detail: fmt.Sprintf("marker %#02x", b[3])}
	}
	f := formOf(t)
	if f.name == "" {
		return t, 0, &notRecord{sentinel: cursor.ErrUnsupported, detail: fmt.Sprintf("header type %#02x", b[2])}
	}
	size = int(binary.LittleEndian.Uint16(b[f.size:]))
	switch {
	case size < f.header:
		return t, size, &notRecord{sentinel: cursor.ErrMalformed, detail: fmt.Sprintf("%v of %d bytes, less than its header", t, size)}
	case size > left:
		return t, size, &notRecord{sentinel: cursor.ErrTruncated, detail: fmt.Sprintf("%v of %d bytes, %d are left", t, size, left)}
	}
	return t, size, nil
}
