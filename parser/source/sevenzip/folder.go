package sevenzip

import (
	"slices"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// maxCoders is how many coders a folder may have: the format's own limit is 32,
// 7-Zip makes up to four.
const maxCoders = 32

// maxCodersInAll is how many all folders may have: each takes more than fifty bytes
// of memory for one of the header.
const maxCodersInAll = 4 * maxThings

// coder is one step in which the bytes of a folder are decoded.
type coder struct {
	method  uint64 // its id, as a big-endian number
	simple  bool   // one stream in, one out
	props   []byte
	unpacks int64 // bytes that come out
}

// folder is a run of bytes and how it is packed.
type folder struct {
	coders []coder
	chain  []int // the coders in the order in which bytes pass them; nil if they do not in a row
	start  int64 // of its packed bytes, in the archive
	packed int64 // how many they are
	size   int64 // bytes that come out
	crc    digest
	files  int // how many lie in it
}

// parseFolders parses an UnpackInfo, whose id was read. The packed streams begin
// at start and have the given sizes.
func parseFolders(c *cursor.Cursor, start int64, packs []int64) []folder {
	expect(c, idFolder, "UnpackInfo")
	n := things(c, "numFolders")
	if external := c.U8("external"); external != 0 {
		c.Fail(cursor.ErrUnsupported, "external", "folders in another stream")
	}
	if c.Err() != nil {
		return nil
	}
	folders := make([]folder, n)
	coders := 0
	for i := range folders {
		used := parseFolder(c, &folders[i])
		if coders += len(folders[i].coders); coders > maxCodersInAll {
			c.Fail(cursor.ErrUnsupported, "numCoders", "more than %d in all folders", maxCodersInAll)
		}
		if c.Err() != nil {
			return nil
		}
		if used > len(packs) {
			c.Fail(cursor.ErrMalformed, "numPackedStreams", "more than there are")
			return nil
		}
		f := &folders[i]
		f.start = start
		for _, n := range packs[:used] {
			f.packed += n
			if start += n; start < 0 {
				c.Fail(cursor.ErrMalformed, "packSize", "the sum is too large")
				return nil
			}
		}
		if used != 1 {
			f.chain = nil
		}
		packs = packs[used:]
	}
	expect(c, idCodersUnpack, "UnpackInfo")
	for i := range folders {
		f := &folders[i]
		for j := range f.coders {
			f.coders[j].unpacks = size(c, "unpackSize")
		}
		if f.chain != nil {
			f.size = f.coders[f.chain[len(f.chain)-1]].unpacks
		} else {
			for _, coder := range f.coders {
				f.size = max(f.size, coder.unpacks)
			}
		}
	}
	id := c.U8("UnpackInfo")
	if id == idCRC {
		for i, d := range digests(c, n) {
			folders[i].crc = d
		}
		id = c.U8("UnpackInfo")
	}
	if id != idEnd {
		c.Fail(cursor.ErrMalformed, "UnpackInfo", "property %#x", id)
	}
	return folders
}

// parseFolder parses one folder and returns how many packed streams it has.
func parseFolder(c *cursor.Cursor, f *folder) (packed int) {
	n := number(c, "numCoders")
	if c.Err() == nil && (n == 0 || n > maxCoders) {
		c.Fail(cursor.ErrMalformed, "numCoders", "%d", n)
	}
	if c.Err() != nil {
		return 0
	}
	in, out := 0, 0
	f.coders = make([]coder, n)
	for i := range f.coders {
		coder := &f.coders[i]
		flags := c.U8("coder")
		if flags&0xc0 != 0 || flags&0xf > 8 {
			c.Fail(cursor.ErrMalformed, "coder", "flags %#x", flags)
			return 0
		}
		for _, b := range c.Bytes(int(flags&0xf), "coder id") {
			coder.method = coder.method<<8 | uint64(b)
		}
		ins, outs := uint64(1), uint64(1)
		if flags&0x10 != 0 {
			ins, outs = number(c, "numInStreams"), number(c, "numOutStreams")
		}
		if ins == 0 || ins > maxCoders || outs != 1 {
			// No method has several streams out.
			c.Fail(cursor.ErrUnsupported, "coder", "%d streams in and %d out", ins, outs)
			return 0
		}
		coder.simple = ins == 1
		in, out = in+int(ins), out+1
		if flags&0x20 != 0 {
			coder.props = c.Bytes(count(c, "propertiesSize"), "properties")
		}
	}
	f.chain = bind(c, f.coders, out-1)
	if packed = in - (out - 1); packed > 1 {
		for range packed {
			number(c, "packed stream")
		}
	}
	if packed < 1 && c.Err() == nil {
		c.Fail(cursor.ErrMalformed, "numBindPairs", "nothing is packed")
	}
	return packed
}

// bind reads pairs of a stream that goes into a coder and the one that comes out
// of another and is its input. It returns the coders in the order in which bytes
// pass them, nil if they do not form one row.
func bind(c *cursor.Cursor, coders []coder, pairs int) []int {
	from := make([]int, len(coders)) // the coder whose output is the input of this one
	for i := range from {
		from[i] = -1
	}
	row := true
	for range pairs {
		in, out := number(c, "inIndex"), number(c, "outIndex")
		if in >= uint64(len(coders)) || out >= uint64(len(coders)) || from[in] >= 0 {
			row = false // it may be right if a coder has several streams in
			continue
		}
		from[in] = int(out)
	}
	for _, coder := range coders {
		row = row && coder.simple
	}
	if !row {
		return nil
	}
	// The one that nobody feeds from is the last.
	last, feeds := -1, make([]bool, len(coders))
	for _, i := range from {
		if i >= 0 {
			feeds[i] = true
		}
	}
	for i, f := range feeds {
		if !f {
			last = i
		}
	}
	chain := make([]int, 0, len(coders))
	for i := last; i >= 0 && len(chain) < len(coders); i = from[i] {
		chain = append(chain, i)
	}
	slices.Reverse(chain)
	if len(chain) < len(coders) {
		return nil
	}
	return chain
}
