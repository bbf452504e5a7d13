package carve

import (
	"bytes"
	"io"
	"math"

	"github.com/qmparse/qmparse/parser/netevent"
)

// What is remembered of dumps whose end was not found: so many, the last ones, and so many
// bytes of what each says of its origin.
const (
	maxDumps = 64
	maxMeta  = 64 << 10
)

// maxMetas bounds how many bytes of what dumps say of their origin are read again for blocks
// that stand alone, beyond as many as were searched: to read them costs a hundred times as
// much as to search, and a block can have 24 bytes. Real ones say some 300 bytes.
const maxMetas = 8 << 20

// dumps are those found so far that go on elsewhere.
type dumps struct {
	all   []*dump
	metas int64 // bytes that were read again
}

type dump struct {
	header []byte
	sound  bool   // nothing is wrong with the header
	meta   []byte // the last block that says where it is from
	next   uint64 // of the block that is missing
	ended  bool
}

func (d *dumps) begin(header []byte) *dump {
	if len(d.all) >= maxDumps {
		d.all = d.all[1:]
	}
	o := &dump{header: bytes.Clone(header)}
	_, o.sound = netevent.CheckHeader(header)
	d.all = append(d.all, o)
	return o
}

// saw notes a block of the dump.
func (o *dump) saw(k netevent.Block, b []byte) {
	if o.next = k.Sequence + 1; k.Sequence == math.MaxUint64 {
		o.ended = true
	}
	o.ended = o.ended || k.End
	if k.Meta && len(b) <= maxMeta {
		o.meta = bytes.Clone(b)
	}
}

// resume returns what reads the blocks that stand here, behind the header of the dump that
// they can be of; if that is several, their headers must be the same. Where they are from is
// taken of a dump only if it is the one that they can be of and its blocks end right before
// them, and if not too much was read so. It returns nil if the block is not whole, and if no
// dump is known.
func (d *dumps) resume(s *Scanner, f *Find) io.Reader {
	size := netevent.BlockSize(s.ahead(netevent.BlockHeaderSize))
	if !s.may(size) {
		return nil
	}
	k, ok := netevent.FindBlock(s.ahead)
	if !ok {
		s.work += int64(size)
		return nil
	}
	var of *dump      // that goes on with it
	var header []byte // of all that it can be of
	n := 0
	for _, o := range d.all {
		goesOn := o.next <= k.Sequence
		if goesOn && o.ended {
			continue
		}
		// Else it may be a copy of one that the dump has.
		if n++; header != nil && !bytes.Equal(header, o.header) {
			of = nil
			break
		}
		if header = o.header; goesOn {
			of = o
		}
	}
	if of == nil || !of.sound {
		s.count.Headless++
		return nil
	}
	before := bytes.Clone(of.header)
	switch again := d.metas + int64(len(of.meta)); {
	case n != 1 || of.next != k.Sequence:
		of = &dump{} // what follows it is not known
	case again > maxMetas+s.w.Offset():
		s.count.Unsearched++ // where it is from
	default:
		d.metas = again
		before = append(before, of.meta...)
	}
	f.Kind = Blocks
	f.Before = int64(len(before))
	f.Offset -= f.Before
	s.count.Blocks++
	r := dumpWalk{s: s, of: of}
	return io.MultiReader(bytes.NewReader(before), &logReader{s: s, next: r.next})
}
