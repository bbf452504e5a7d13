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

// maxRefused is how many bytes of records may be looked at in vain beyond what was searched.
const maxRefused = 1 << 20

// Kind is what was found.
type Kind uint8

// The kinds.
const (
	Chunk      Kind = iota // of an event log
	Compressed             // the same, which NTFS has compressed
	Record                 // of an event log, in no chunk
	Lost                   // where an event log should have a chunk, whose signature is lost
	Trace                  // a trace log
	Dump                   // a net-event dump
)

// Find is something that was found.
type Find struct {
	Kind   Kind
	Offset int64 // in the stream

	Chunk *evtx.Chunk // of Chunk and Compressed
	Cut   bool        // the stream ends within the chunk
	Data  []byte      // of Record and Lost; valid until the next find
	Log   io.Reader   // of Trace and Dump: to be read to its end before the next find
}

// Counts says what was found and what was passed over.
type Counts struct {
	Chunks, Compressed, Records, Lost, Traces, Dumps int64

	Zero   int64 // bytes
	Passed int64 // bytes that are not zero, and of nothing that is found
}

// Scanner searches a stream.
type Scanner struct {
	// Accept says how many bytes of a record outside of any chunk are one, from its start.
	// It is searched for others within if none are; nil accepts none.
	Accept func(record []byte, offset int64) int

	// Grid says that the stream begins as an event log: its own chunks stand every
	// 64 KiB behind its header, and are not carved.
	Grid bool

	// Gap, if it is set, is told in order of each stretch of bytes that is not zero
	// and of nothing that is found.
	Gap func(offset, size int64)

	w       *window.Window
	count   Counts
	noCRC   bool // the last file header says so
	vain    searched
	refused int64 // bytes of records that were not accepted
	joined  int64 // up to there no other half of a chunk is looked for
	finders [finds]finder
	gapAt   int64 // of the stretch that is passed over
	gap     int64 // its size
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
	finds
)

// NewScanner returns a scanner at the start of r.
func NewScanner(r io.Reader) *Scanner {
	s := &Scanner{w: window.New(r)}
	s.finders[findFile].pattern = evtx.FileSignature
	s.finders[findChunk].pattern = evtx.ChunkSignature
	// The head of a block, whose first 8 tokens are literals.
	s.finders[findCompressed] = finder{pattern: "\x00" + evtx.ChunkSignature, back: lznt1.HeaderSize}
	s.finders[findTrace32] = finder{pattern: etl.RecordMarks[0], back: etl.MarkOffset}
	s.finders[findTrace64] = finder{pattern: etl.RecordMarks[1], back: etl.MarkOffset}
	s.finders[findDump].pattern = netevent.Signature
	s.finders[findRecord].pattern = evtx.RecordSignature
	return s
}

// Counts returns what was counted. Complete once Finds has ended.
func (s *Scanner) Counts() Counts { return s.count }

// Size returns how many bytes were searched so far.
func (s *Scanner) Size() int64 { return s.w.Offset() }

// Finds yields what is found, in order, once. An error is that of reading, which ends it.
func (s *Scanner) Finds() iter.Seq2[Find, error] {
	return func(yield func(Find, error) bool) {
		for {
			b := s.w.Ahead(stride + look)
			if len(b) == 0 {
				break
			}
			limit := len(b)
			if len(b) >= stride+look {
				limit = stride
			}
			if s.Grid {
				if grid := s.toGrid(); grid > 0 {
					limit = min(limit, grid)
				} else if n := s.lost(b); n > 0 {
					if !s.takeLost(b[:n], yield) {
						return
					}
					continue
				}
			}
			what, at := s.first(b, limit)
			s.pass(at)
			if what == finds {
				continue
			}
			if !s.take(what, yield) {
				return
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
	if s.w.Offset() < evtx.HeaderSize {
		return int(evtx.HeaderSize - s.w.Offset())
	}
	return int(-(s.w.Offset() - evtx.HeaderSize) & (evtx.ChunkSize - 1))
}

// lost returns how many of the bytes of b, which should begin with a chunk, are those of
// one that has lost its signature; 0 if one begins here.
func (s *Scanner) lost(b []byte) int {
	n := min(len(b), evtx.ChunkSize)
	for _, i := range []int{findFile, findChunk} {
		if at := s.finders[i].next(b, s.w.Offset(), n); at >= 0 {
			n = at
		}
	}
	return begins(b, 0, n)
}

// takeLost yields what is left of a chunk, if there is anything.
func (s *Scanner) takeLost(b []byte, yield func(Find, error) bool) bool {
	offset, n := s.w.Offset(), len(b)
	if cursor.IsZero(b) {
		s.pass(n)
		return true
	}
	s.endGap()
	s.gapAt, s.gap = offset, int64(n)
	s.count.Lost++
	s.endGap()
	more := yield(Find{Kind: Lost, Offset: offset, Data: b}, nil)
	s.w.Pass(n)
	return more
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

// pass passes over bytes of nothing.
func (s *Scanner) pass(n int) {
	for n > 0 {
		b := s.w.Ahead(n)
		m := min(n, len(b), 4096)
		if b = b[:m]; cursor.IsZero(b) {
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

// take looks at what may begin at the offset, and yields it if it does.
func (s *Scanner) take(what int, yield func(Find, error) bool) bool {
	b := s.w.Ahead(look)
	offset := s.w.Offset()
	f := Find{Offset: offset}
	size := 0
	switch what {
	case findFile:
		if len(b) >= evtx.HeaderSize {
			if ok, noCRC, _ := evtx.LooksAt(b[:evtx.HeaderSize]); ok {
				s.noCRC = noCRC
				s.endGap()
				s.w.Pass(evtx.HeaderSize)
				return true
			}
		}
	case findChunk:
		place := evtx.Place{Offset: offset, OnGrid: s.Grid && s.toGrid() == 0, NoCRC: s.noCRC}
		var whole bool
		if f.Chunk, whole = evtx.Carve(b[:min(len(b), evtx.ChunkSize)], place); f.Chunk != nil {
			// What was cut goes on with what follows it: behind what the checksums
			// vouch for another file may begin.
			from := evtx.ChunkHeaderSize
			if whole {
				from = int(f.Chunk.Header.FreeOffset)
			}
			f.Chunk.Data = bytes.Clone(f.Chunk.Data[:begins(b, from, len(f.Chunk.Data))])
			size = len(f.Chunk.Data)
			f.Cut = size == len(b) && size < evtx.ChunkSize
			s.count.Chunks++
		}
	case findCompressed:
		if f.Chunk, size = s.decompress(b, offset); f.Chunk != nil {
			f.Kind = Compressed
			s.count.Compressed++
		}
	case findTrace32, findTrace64:
		if e, ok := etl.NewExtent(b); ok {
			f.Kind = Trace
			s.count.Traces++
			return s.log(f, &traceReader{w: s.w, extent: e, vain: &s.vain}, yield)
		}
	case findDump:
		if n := netevent.HeaderLength(b); n > 0 {
			f.Kind = Dump
			s.count.Dumps++
			return s.log(f, &dumpReader{w: s.w, left: n, vain: &s.vain}, yield)
		}
	case findRecord:
		n := evtx.RecordSize(b)
		if n == 0 || s.Accept == nil {
			break
		}
		if size = s.Accept(b[:n], offset); size > 0 {
			f.Kind, f.Data = Record, b[:size]
			s.count.Records++
			break
		}
		if s.refused += int64(n); s.refused > offset+maxRefused {
			s.pass(n) // they were made to overlap
			return true
		}
	}
	if size == 0 {
		s.pass(1)
		return true
	}
	s.endGap()
	more := yield(f, nil)
	s.w.Pass(size)
	return more
}

// log yields a log, and reads what is left of it.
func (s *Scanner) log(f Find, r io.Reader, yield func(Find, error) bool) bool {
	s.endGap()
	f.Log = r
	more := yield(f, nil)
	if more {
		_, _ = io.Copy(io.Discard, r)
	}
	return more
}
