package carve

import (
	"bytes"
	"io"

	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/lznt1"
	"github.com/qmparse/qmparse/parser/netevent"
)

// take looks at what may begin at the offset, and yields it if it is found.
func (s *Scanner) take(what int, yield func(Find, error) bool) (found, more bool) {
	f := Find{Offset: s.w.Offset()}
	size := 0
	switch what {
	case findFile:
		if s.file() {
			return true, true
		}
	case findChunk:
		size = s.chunk(&f)
	case findCompressed:
		if f.Kind = Compressed; !s.may(lznt1.BlockSize) {
			break
		}
		if f.Chunk, size = s.decompress(s.ahead(2*evtx.ChunkSize+look), f.Offset); f.Chunk != nil {
			s.count.Compressed++
		}
	case findTrace32, findTrace64:
		if r := s.trace(&f); r != nil {
			return true, s.log(f, r, yield)
		}
	case findDump:
		if r := s.dump(&f); r != nil {
			return true, s.log(f, r, yield)
		}
	case findRecord:
		size = s.record(&f)
	case findBlock:
		if r := s.dumps.resume(s, &f); r != nil {
			return true, s.log(f, r, yield)
		}
	case findBuffer, findPacked:
		size = s.buffer(&f)
	}
	if size == 0 {
		return false, true
	}
	s.endGap()
	more = yield(f, nil)
	s.w.Pass(size)
	return true, more
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

// file passes over the header of an event log, if one stands here.
func (s *Scanner) file() bool {
	b := s.ahead(evtx.FileHeaderSize + look)
	if len(b) < evtx.FileHeaderSize {
		return false
	}
	ok, noCRC, _ := evtx.CheckFileHeader(b[:evtx.FileHeaderSize])
	if !ok {
		s.work += 128
		return false
	}
	s.noCRC = noCRC
	s.endGap()
	// A chunk may stand in it, if it was cut.
	s.w.Pass(s.within(b, 128, evtx.FileHeaderSize, certain))
	return true
}

// chunk finds a chunk, and returns its size.
func (s *Scanner) chunk(f *Find) int {
	b := s.ahead(evtx.ChunkSize + look)
	n := min(len(b), evtx.ChunkSize)
	place := evtx.Place{Offset: f.Offset, OnGrid: s.Grid && s.toGrid() == 0, NoCRC: s.noCRC}
	if !place.OnGrid && !evtx.BeginsChunk(b) {
		// It may have lost its first records, and its checksum.
		if s.work += evtx.ChunkHeaderSize; !evtx.Plausible(b) || !s.may(n) {
			return 0
		}
		s.work += int64(n)
	}
	c, whole := evtx.Carve(b[:n], place)
	if c == nil {
		return 0
	}
	sure := c.Chained() // up to there these are bytes of the chunk
	if whole {
		sure = int(c.Header.FreeOffset)
	} else if joined := s.join(b[:min(unitPart, len(b))], b, unitPart, f.Offset); joined != nil {
		joined.Compressed = true
		f.Kind, f.Chunk = Compressed, joined
		s.count.Compressed++
		return unitPart
	}
	if size := s.within(b, sure, n, inChunk); size < n {
		s.work += int64(n - size)
		n = size
		if c, _ = evtx.Carve(b[:n], place); c == nil {
			return 0
		}
	}
	f.Chunk, f.Cut = c, n == len(b) && n < evtx.ChunkSize
	c.Data = bytes.Clone(c.Data)
	s.count.Chunks++
	return n
}

// record finds a record in no chunk, and returns its size.
func (s *Scanner) record(f *Find) int {
	b := s.ahead(evtx.ChunkSize)
	n := evtx.RecordSize(b)
	if n == 0 || s.Accept == nil || !s.may(vainRecord*n) {
		return 0
	}
	if !s.Accept(b[:n], f.Offset) {
		s.work += vainRecord * int64(n)
		return 0
	}
	f.Kind, f.Data = Record, b[:n]
	s.count.Records++
	return n
}

// trace finds a trace that is described, and returns what reads it; nil if there is none.
func (s *Scanner) trace(f *Find) io.Reader {
	e, ok := etl.NewExtent(s.ahead(etl.MaxHead))
	if f.Own = s.own != finds && f.Offset == 0; f.Own && !ok {
		e, ok = etl.OpenExtent(s.ahead(etl.MaxHead))
	}
	if !ok {
		s.work += etl.HeadSize
		return nil
	}
	f.Kind = Trace
	s.count.Traces++
	s.traces.add(e, f.Offset)
	r := traceWalk{s: s, extent: e, own: f.Own}
	return &logReader{s: s, next: r.next}
}

// dump finds the header of a dump, and returns what reads that; nil if there is none.
func (s *Scanner) dump(f *Find) io.Reader {
	if !s.dumpHeader() {
		s.work += netevent.HeaderSize
		return nil
	}
	const n = netevent.HeaderSize
	f.Kind, f.Own = Dump, s.own != finds && f.Offset == 0
	s.count.Dumps++
	r := dumpWalk{s: s, own: f.Own, of: s.dumps.begin(s.ahead(n)[:n])}
	return &logReader{s: s, left: n, next: r.next}
}

// buffer finds a buffer of a trace apart from where that is described, and returns its
// size.
func (s *Scanner) buffer(f *Find) int {
	size := etl.BufferSize(s.ahead(etl.HeadSize))
	if !s.may(size) {
		return 0
	}
	b := s.ahead(size)
	if !s.expands.May(b) {
		s.count.Unexpanded++
		return 0
	}
	h, looked, ok := s.buffers.Sound(b)
	if !ok {
		s.work += int64(looked)
		return 0
	}
	s.expands.Take(&h, size)
	f.Kind = Buffer
	f.Buffer, f.From, looked = s.traces.buffer(&h, bytes.Clone(b[:size]), f.Offset)
	s.work += int64(looked)
	s.count.Buffers++
	if f.From < 0 {
		s.count.Timeless++
	}
	return size
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
