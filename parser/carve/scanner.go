package carve

import (
	"bytes"
	"io"
	"iter"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/internal/window"
	"github.com/qmparse/qmparse/parser/lznt1"
	"github.com/qmparse/qmparse/parser/netevent"
)

const (
	// stride is how much is searched in one go.
	stride = 256 << 10

	// look is how much is looked at behind a place that is searched: a chunk, and
	// as much again for one that NTFS has compressed into two units.
	look = 2*evtx.ChunkSize + 4096
)

// Where more was looked at in vain than vainFactor times what was searched, and maxVain, places
// that would cost much are left alone, and counted: bytes may have been made so that everything
// seems to begin everywhere.
const (
	maxVain    = 64 << 20
	vainFactor = 8

	// vainRecord is how much more looking at a record costs than at other bytes.
	vainRecord = 8
)

// skipAhead is how far before bytes that are not zero something may begin with zeros.
const skipAhead = 128

// Scanner searches a stream.
type Scanner struct {
	// Accept says whether a record outside of any chunk can be one. It is searched
	// for others within if it cannot; nil accepts none.
	Accept func(record []byte, offset int64) bool

	// Grid says that the stream begins as an event log: its own chunks stand every
	// 64 KiB behind its header, and are not carved.
	Grid bool

	// Gap, if it is set, is told in order of each stretch of bytes that is not zero
	// and of nothing that is found.
	Gap func(offset, size int64)

	w       *window.Window
	count   Counts
	own     int   // what the stream is said to begin with; finds is nothing
	noCRC   bool  // the last file header says so
	work    int64 // bytes that were looked at in vain
	joined  int64 // up to there no other half of a chunk is looked for
	finders [finds]finder
	buffers etl.BufferChecker
	traces  traces
	expands etl.Expansion
	dumps   dumps
	block   []byte // memory for one, expanded
	gapAt   int64  // of the stretch that is passed over
	gap     int64  // its size
}

// What is searched for; of several that begin at one place the first counts.
const (
	findFile = iota
	findChunk
	findCompressed
	findTrace32
	findTrace64
	findDump
	findRecord
	findBlock
	findBuffer
	findPacked
	finds
)

// NewScanner returns a scanner at the start of r.
func NewScanner(r io.Reader) *Scanner {
	s := &Scanner{w: window.New(r), own: finds}
	s.finders[findFile].pattern = evtx.FileSignature
	s.finders[findChunk].pattern = evtx.ChunkSignature
	// The head of a block, whose first 8 tokens are literals.
	s.finders[findCompressed] = finder{pattern: "\x00" + evtx.ChunkSignature, back: lznt1.HeaderSize}
	s.finders[findTrace32] = finder{pattern: etl.RecordMarks[0], back: etl.MarkOffset}
	s.finders[findTrace64] = finder{pattern: etl.RecordMarks[1], back: etl.MarkOffset}
	s.finders[findDump].pattern = netevent.Signature
	s.finders[findRecord] = finder{pattern: evtx.RecordSignature, may: evtx.MayBeRecord}
	s.finders[findBlock] = finder{pattern: netevent.BlockSync, may: func(b []byte) bool { return netevent.BlockSize(b) > 0 }}
	s.finders[findBuffer] = finder{pattern: etl.Marker, back: etl.PlainMarker, may: etl.BeginsBuffer}
	s.finders[findPacked] = finder{pattern: etl.Marker, back: etl.PackedMarker, may: etl.BeginsPacked}
	return s
}

// OwnTrace says that the stream begins as a trace log, which is to be read as one as far
// as it goes. It is false if it cannot be read.
func (s *Scanner) OwnTrace() bool {
	if _, ok := etl.OpenExtent(s.ahead(etl.MaxHead)); ok {
		s.own = findTrace64
	}
	return s.own != finds
}

// OwnDump is OwnTrace for a net-event dump.
func (s *Scanner) OwnDump() bool {
	if s.dumpHeader() {
		s.own = findDump
	}
	return s.own != finds
}

// dumpHeader says whether the header of a dump stands here. If something is wrong with it
// nothing else may begin within: it may have been cut.
func (s *Scanner) dumpHeader() bool {
	const n = netevent.HeaderSize
	b := s.ahead(n + look)
	readable, sound := netevent.CheckHeader(b)
	return sound || readable && s.within(b, 1, n, certain) == n
}

// Counts returns what was counted. Complete once Finds has ended.
func (s *Scanner) Counts() Counts { return s.count }

// Expansion bounds what the buffers of all traces among the bytes expand to.
func (s *Scanner) Expansion() *etl.Expansion { return &s.expands }

// Size returns how many bytes were searched so far.
func (s *Scanner) Size() int64 { return s.w.Offset() }

// Work returns how many bytes were looked at beyond those that were searched or found.
func (s *Scanner) Work() int64 { return s.work }

// ahead returns n bytes from the offset on, or those there are: never more, so that nothing
// depends on how the stream was read.
func (s *Scanner) ahead(n int) []byte {
	b := s.w.Ahead(n)
	return b[:min(n, len(b))]
}

// may says whether so many bytes may be looked at, though it may be in vain; if not, the
// place is left alone.
func (s *Scanner) may(n int) bool {
	if s.work+int64(n) <= vainFactor*s.w.Offset()+maxVain {
		return true
	}
	s.count.Unsearched++
	return false
}

// Finds yields what is found, in order, once. An error is that of reading, which ends it.
func (s *Scanner) Finds() iter.Seq2[Find, error] {
	return func(yield func(Find, error) bool) {
		if s.own != finds {
			if _, more := s.take(s.own, yield); !more {
				return
			}
		}
		for {
			b := s.ahead(stride + look)
			if len(b) == 0 {
				break
			}
			limit := len(b)
			if len(b) >= stride+look {
				limit = stride
			}
			if s.Grid {
				grid := s.toGrid()
				if limit = min(limit, evtx.ChunkSize); grid > 0 {
					limit = min(limit, grid)
				} else if n := s.lost(b); n > 0 {
					if !s.takeLost(b[:n], yield) {
						return
					}
					continue
				}
			}
			if n := limit - skipAhead; n > 0 && cursor.IsZero(b[:limit]) {
				s.pass(n)
				continue
			}
			what, at := s.first(b, limit)
			s.pass(at)
			if what == finds {
				continue
			}
			found, more := s.take(what, yield)
			for what++; !found && what < finds; what++ {
				if s.finders[what].next(s.ahead(look), s.w.Offset(), 1) == 0 {
					found, more = s.take(what, yield)
				}
			}
			if !more {
				return
			}
			if !found {
				s.pass(1)
			}
		}
		s.endGap()
		if err := s.w.Failure(); err != nil {
			yield(Find{}, err)
		}
	}
}

// toGrid returns how far it is to where the next chunk of the log should stand; 0 if that
// is here.
func (s *Scanner) toGrid() int {
	if s.w.Offset() < evtx.FileHeaderSize {
		return int(evtx.FileHeaderSize - s.w.Offset())
	}
	return int(-(s.w.Offset() - evtx.FileHeaderSize) & (evtx.ChunkSize - 1))
}

// lost returns how many of the bytes of b, which should begin with a chunk, are those of
// one that has lost its signature; 0 if something else begins here.
func (s *Scanner) lost(b []byte) int {
	n := min(len(b), evtx.ChunkSize)
	if bytes.HasPrefix(b, []byte(evtx.ChunkSignature)) || cursor.IsZero(b[:n]) {
		return 0
	}
	return s.within(b, 0, n, inChunk)
}

// first returns what begins first within limit bytes of b, and where; finds and limit if
// nothing does.
func (s *Scanner) first(b []byte, limit int) (what, at int) {
	what, at = finds, limit
	for i := range s.finders {
		// What begins behind at is not of interest yet, but is not searched for again.
		if n := s.finders[i].next(b, s.w.Offset(), limit); n >= 0 && n < at {
			what, at = i, n
		}
	}
	return what, at
}

// minZero is how many zeros end a stretch that is passed over.
const minZero = 512

// pass passes over bytes of nothing.
func (s *Scanner) pass(n int) {
	for n > 0 {
		b := s.ahead(n)
		m := min(n, len(b), 4096)
		if b = b[:m]; (s.gap == 0 || m >= minZero) && cursor.IsZero(b) {
			s.endGap()
			s.count.Zero += int64(m)
		} else {
			if s.gap == 0 {
				s.gapAt = s.w.Offset()
			}
			s.gap += int64(m)
			s.count.Passed += int64(m)
		}
		s.w.Pass(m)
		n -= m
	}
}

func (s *Scanner) endGap() {
	if s.gap > 0 && s.Gap != nil {
		s.Gap(s.gapAt, s.gap)
	}
	s.gap = 0
}
