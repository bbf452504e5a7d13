package carve

import "github.com/qmparse/qmparse/parser/netevent"

// dumpWalk goes through a dump as far as its blocks follow each other. If it is what the stream
// was said to be, it goes on behind what is none, up to where something else begins.
type dumpWalk struct {
	s     *Scanner
	of    *dump
	own   bool
	last  bool
	broke bool // what follows is not looked at any more
}

// next returns how many bytes the next block has, or what is none; 0 at the end.
func (r *dumpWalk) next() int {
	s := r.s
	if r.last {
		if !r.own || !s.dumpHeader() {
			return 0
		}
		// Joined.
		r.last = false
		r.of = s.dumps.begin(s.ahead(netevent.HeaderSize)[:netevent.HeaderSize])
		return netevent.HeaderSize
	}
	if !r.broke {
		size := netevent.BlockSize(s.ahead(netevent.BlockHeaderSize))
		if !r.own && !s.may(size) {
			return 0
		}
		if k, ok := netevent.FindBlock(s.ahead); ok {
			r.of.saw(k, s.ahead(k.Size)[:k.Size])
			r.last = k.End
			return k.Size
		}
		if n := netevent.LongBlock(s.ahead(netevent.BlockHeaderSize)); n > 0 && r.own {
			return n
		}
		s.work += int64(size)
		r.broke = true
	}
	if !r.own {
		return 0
	}
	b := s.ahead(stride + look)
	return s.within(b, 0, min(stride, len(b)), noBlocks)
}
