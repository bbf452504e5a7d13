package carve

import (
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/lznt1"
	"github.com/qmparse/qmparse/parser/netevent"
)

// certain are the things whose beginning can be told beyond doubt from what stands there.
// They end what was found before, if nothing vouches for the bytes where they stand: what
// was cut does not end where it says.
var certain = []int{findFile, findChunk, findCompressed, findTrace32, findTrace64, findDump}

// inChunk are those that end a chunk: parts of other logs, too.
var inChunk = append([]int{findBlock, findBuffer, findPacked}, certain...)

// noTraces are those of them that are no traces, noDumps those that are no dumps. What is
// none of a log may also be parts of others.
var (
	noTraces  = []int{findFile, findChunk, findCompressed, findDump}
	noDumps   = []int{findFile, findChunk, findCompressed, findTrace32, findTrace64}
	noBuffers = append([]int{findRecord, findBlock}, noTraces...)
	noBlocks  = append([]int{findRecord, findBuffer, findPacked}, noDumps...)
)

// begins says whether it is certain that b begins with what is searched for.
func (s *Scanner) begins(what int, b []byte) bool {
	switch what {
	case findFile:
		if len(b) < evtx.FileHeaderSize {
			return false
		}
		ok, _, odd := evtx.CheckFileHeader(b[:evtx.FileHeaderSize])
		s.work += 128
		return ok && odd == nil
	case findChunk:
		s.work += evtx.ChunkHeaderSize
		return evtx.BeginsChunk(b)
	case findCompressed:
		if !s.may(lznt1.BlockSize) {
			return false
		}
		s.work += lznt1.BlockSize
		out, _, err := lznt1.Block(s.block[:0], b)
		s.block = out[:0]
		return err == nil && evtx.BeginsChunk(out)
	case findTrace32, findTrace64:
		s.work += etl.HeadSize
		_, ok := etl.NewExtent(b)
		return ok
	case findDump:
		_, sound := netevent.CheckHeader(b)
		return sound
	case findRecord:
		s.work += evtx.ChunkHeaderSize
		return evtx.RecordSize(b) > 0
	case findBlock:
		size := netevent.BlockSize(b)
		if size > len(b) || !s.may(size) {
			return false
		}
		_, ok := netevent.FindBlock(func(n int) []byte { return b[:min(n, len(b))] })
		if !ok {
			s.work += int64(size)
		}
		return ok
	case findBuffer, findPacked:
		if !s.may(etl.BufferSize(b)) {
			return false
		}
		_, looked, ok := s.buffers.Sound(b)
		s.work += int64(looked)
		return ok
	}
	return false
}

// within returns the first place in b, from from on and before n, where one of kinds
// begins for certain; n if none does.
func (s *Scanner) within(b []byte, from, n int, kinds []int) int {
	n = min(n, len(b))
	// In steps that grow, so that what is near costs little.
	for step := 1 << 10; from < n; step *= 2 {
		end := min(n, from+step)
		s.work += int64(end - from)
		first := end
		for _, what := range kinds {
			f := &s.finders[what]
			for at := from; ; at++ {
				if at = f.index(b, at, first); at < 0 {
					break
				}
				if s.begins(what, b[at:]) {
					first = at
					break
				}
			}
		}
		if first < end {
			return first
		}
		from = end
	}
	return n
}
