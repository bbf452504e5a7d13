package sevenzip

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// file is a file of the archive.
type file struct {
	name   string
	stream bool // it has bytes, in a folder
	size   int64
	crc    digest
}

// parseFiles parses a FilesInfo, whose id was read.
func parseFiles(c *cursor.Cursor, s *streams) []file {
	n := things(c, "numFiles")
	files := make([]file, n)
	var empty []bool
	for c.Err() == nil {
		id := number(c, "FilesInfo")
		if id == idEnd {
			break
		}
		p := c.Sub(count(c, "property size"), "property")
		switch id {
		case idEmptyStream:
			empty = bitVector(&p, len(files), "emptyStream")
		case idNames:
			if p.U8("external") != 0 {
				p.Fail(cursor.ErrUnsupported, "external", "names in another stream")
			}
			var b []byte
			for i := range files {
				b = name(&p, b[:0])
				files[i].name = string(b)
			}
		}
		c.Adopt(&p)
	}
	next := 0
	for i := range files {
		if empty != nil && empty[i] {
			continue
		}
		if next == len(s.sizes) {
			c.Fail(cursor.ErrMalformed, "numFiles", "more than the %d streams there are", next)
			return nil
		}
		files[i].stream, files[i].size, files[i].crc = true, s.sizes[next], s.crcs[next]
		next++
	}
	if next < len(s.sizes) && c.Err() == nil {
		c.Fail(cursor.ErrMalformed, "numFiles", "%d with bytes for %d streams", next, len(s.sizes))
	}
	return files
}

// name appends a name of UTF-16, up to its zero, to b.
func name(c *cursor.Cursor, b []byte) []byte {
	for {
		r := rune(c.U16("name"))
		if r == 0 {
			return b
		}
		if utf16.IsSurrogate(r) {
			next := *c
			if r = utf16.DecodeRune(r, rune(next.U16("name"))); r != utf8.RuneError {
				*c = next
			}
		}
		b = utf8.AppendRune(b, r)
	}
}
