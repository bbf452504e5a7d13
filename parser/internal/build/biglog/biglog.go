// Package biglog writes Security logs of any size, for measuring: some thousand
// chunks' worth of distinct records are made by package evtxbuild, then repeated
// with other ids, times and numbers and with their checksums made anew. Memory
// does not grow with the log, and the same options give the same bytes.
package biglog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

const (
	fileHeaderSize  = 4096
	chunkSize       = 64 << 10
	chunkHeaderSize = 512
)

// perChunk is about how many records a chunk has: 1.3 million a GiB.
const perChunk = 80

// Options of a log. The zero Options but for Size give a log without failures.
type Options struct {
	Size     int64   // bytes; rounded down to whole chunks, at least one
	Failures float64 // the share of records that are event 4654, 0 to 1
	Distinct int     // chunks that are made before they repeat; default 256
	Minor    uint16  // format version 3.Minor; default 1
}

// Stats says what was written.
type Stats struct {
	Bytes, Records, Failures int64
}

// step is the time from one record to the next, 0.2 s in ticks.
const step = 2_000_000

// Write writes a log to w.
func Write(w io.Writer, opt Options) (Stats, error) {
	if opt.Distinct <= 0 {
		opt.Distinct = 256
	}
	if !(opt.Failures >= 0 && opt.Failures <= 1) {
		return Stats{}, fmt.Errorf("biglog: a share of %v failures", opt.Failures)
	}
	n := max((opt.Size-fileHeaderSize)/chunkSize, 1)
	s := &stream{w: w, opt: opt, id: 1, clock: evtxbuild.Ticks(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))}
	// A chunk has either of two numbers of failures, so that any share comes out.
	few := int(math.Floor(opt.Failures * perChunk))
	distinct := int(min(int64(opt.Distinct), n))
	var err error
	if s.few, err = makeChunks(distinct, few, opt.Minor); err != nil {
		return s.stats, err
	}
	if float64(few) < opt.Failures*perChunk {
		if s.more, err = makeChunks(min(distinct, 64), few+1, opt.Minor); err != nil {
			return s.stats, err
		}
	}
	header := evtxbuild.FileHeader{Last: uint64(n - 1), NextRecordID: uint64(s.count(n)) + 1,
		Minor: s.few[0].minor, Major: 3, Chunks: uint16(n)}
	block := make([]byte, fileHeaderSize)
	im := evtxbuild.Image{Bytes: block}
	im.SetHeader(header)
	if err := s.write(block); err != nil {
		return s.stats, err
	}
	for i := range n {
		if err := s.chunk(s.choose(i)); err != nil {
			return s.stats, err
		}
	}
	return s.stats, nil
}

// stream is a log being written.
type stream struct {
	w     io.Writer
	opt   Options
	few   []*original
	more  []*original // with one failure more; none if the share needs none
	id    uint64
	clock uint64
	stats Stats

	records, failures int64 // of the chunks chosen so far
	chosenMore        int
}

// choose returns the original of the i-th chunk.
func (s *stream) choose(i int64) *original {
	o := s.few[i%int64(len(s.few))]
	if len(s.more) > 0 && float64(s.failures+int64(o.failures)) < s.opt.Failures*float64(s.records+int64(len(o.records)))-0.5 {
		o = s.more[s.chosenMore%len(s.more)]
		s.chosenMore++
	}
	s.records += int64(len(o.records))
	s.failures += int64(o.failures)
	return o
}

// count returns how many records n chunks will have.
func (s *stream) count(n int64) int64 {
	dry := *s
	for i := range n {
		dry.choose(i)
	}
	return dry.records
}

// chunk writes a copy of o with ids, times and numbers of its own.
func (s *stream) chunk(o *original) error {
	le := binary.LittleEndian
	b := o.bytes
	first := s.id
	for _, r := range o.records {
		for _, at := range r.ids {
			le.PutUint64(b[at:], s.id)
		}
		for _, at := range r.times {
			le.PutUint64(b[at:], s.clock)
		}
		for i, at := range r.numbers {
			le.PutUint64(b[at:], scatter(s.id+uint64(i)<<48)&0xff_ffff)
		}
		s.id++
		s.clock += step
	}
	le.PutUint64(b[8:], first)
	le.PutUint64(b[16:], s.id-1)
	le.PutUint64(b[24:], first)
	le.PutUint64(b[32:], s.id-1)
	le.PutUint32(b[52:], crc32.ChecksumIEEE(b[chunkHeaderSize:le.Uint32(b[48:])]))
	le.PutUint32(b[124:], crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:chunkHeaderSize]))
	s.stats.Records += int64(len(o.records))
	s.stats.Failures += int64(o.failures)
	return s.write(b)
}

func (s *stream) write(b []byte) error {
	n, err := s.w.Write(b)
	s.stats.Bytes += int64(n)
	return err
}

// scatter makes a number that looks like any other of x: splitmix64.
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
