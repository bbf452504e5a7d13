package sevenzip

import (
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// streams are the folders, and sizes and checksums of the files in them.
type streams struct {
	folders []folder
	sizes   []int64
	crcs    []digest
}

// parseStreams parses a StreamsInfo, whose id was read.
func parseStreams(c *cursor.Cursor) (s streams) {
	var packs []int64
	start := int64(0)
	id := c.U8("StreamsInfo")
	if id == idPackInfo {
		start = size(c, "packPos")
		n := things(c, "numPackStreams")
		for id = c.U8("PackInfo"); id == idSize || id == idCRC; id = c.U8("PackInfo") {
			if id == idCRC {
				digests(c, n)
				continue
			}
			packs = make([]int64, n)
			for i := range packs {
				packs[i] = size(c, "packSize")
			}
		}
		if id != idEnd {
			c.Fail(cursor.ErrMalformed, "PackInfo", "property %#x", id)
		}
		id = c.U8("StreamsInfo")
	}
	if id == idUnpackInfo {
		s.folders = parseFolders(c, start, packs)
		id = c.U8("StreamsInfo")
	}
	for i := range s.folders {
		s.folders[i].files = 1
	}
	if id == idSubStreams {
		parseSubStreams(c, &s)
		id = c.U8("StreamsInfo")
	} else {
		for _, f := range s.folders {
			s.sizes, s.crcs = append(s.sizes, f.size), append(s.crcs, f.crc)
		}
	}
	if id != idEnd {
		c.Fail(cursor.ErrMalformed, "StreamsInfo", "property %#x", id)
	}
	return s
}

// parseSubStreams parses a SubStreamsInfo, whose id was read: how many files are
// in each folder, their sizes but the last one's, which is the rest, and their
// checksums but those that the folder has.
func parseSubStreams(c *cursor.Cursor, s *streams) {
	id := c.U8("SubStreamsInfo")
	if id == idNumUnpackStream {
		for i := range s.folders {
			v := number(c, "numUnPackStreams")
			// Each but one has a size, of a byte at least.
			if v > 1 && v-1 > uint64(c.Len()) {
				c.Fail(cursor.ErrMalformed, "numUnPackStreams", "%d cannot be in the %d bytes left", v, c.Len())
				return
			}
			s.folders[i].files = int(v)
		}
		id = c.U8("SubStreamsInfo")
	}
	total := 0
	for _, f := range s.folders {
		if total += f.files; total > min(c.Len()+len(s.folders), maxThings) {
			c.Fail(cursor.ErrMalformed, "numUnPackStreams", "%d in the %d bytes left", total, c.Len())
			return
		}
	}
	sized := id == idSize
	missing := 0
	for _, f := range s.folders {
		left := f.size
		for i := range f.files {
			n := left
			if i < f.files-1 {
				n = 0
				if sized {
					n = size(c, "unpackSize")
				}
			}
			if n > left {
				c.Fail(cursor.ErrMalformed, "unpackSize", "%d bytes of a folder's %d that are left", n, left)
				return
			}
			left -= n
			s.sizes = append(s.sizes, n)
		}
		if f.files == 1 && f.crc.ok {
			s.crcs = append(s.crcs, f.crc)
		} else {
			s.crcs = append(s.crcs, make([]digest, f.files)...)
			missing += f.files
		}
	}
	if sized {
		id = c.U8("SubStreamsInfo")
	}
	if id == idCRC {
		read, next := digests(c, missing), 0
		i := 0
		for _, f := range s.folders {
			for range f.files {
				if !(f.files == 1 && f.crc.ok) && next < len(read) {
					s.crcs[i] = read[next]
					next++
				}
				i++
			}
		}
		id = c.U8("SubStreamsInfo")
	}
	if id != idEnd {
		c.Fail(cursor.ErrMalformed, "SubStreamsInfo", "property %#x", id)
	}
}
