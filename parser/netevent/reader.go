package netevent

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/internal/window"
)

// What the segments of one dump are at most, all together: they stay in memory
// as long as ROOTS may follow.
const (
	maxSegments     = 1 << 14
	maxSegmentBytes = 512 << 20
)

// Reader reads dumps, one or several joined end to end, from their start.
type Reader struct {
	w        blockWindow
	dump     *Dump
	odd      []error // about the header of dump
	summary  Summary
	segments *Segments
	segBytes int
	shared   bool // segments belong to a frame too

	expected uint64 // the next block's sequence
	blocks   uint64 // of dump
	events   uint64 // of dump

	yield   func(*Frame, error) bool
	stopped bool
	frame   *Frame // being filled
	framed  int64  // file offset up to which frames stand for bytes
}

// NewReader reads the file header. It fails if that is not one whose dump can be
// read, and with r's own error.
func NewReader(r io.Reader) (*Reader, error) {
	d := &Reader{w: blockWindow{Window: window.New(r)}}
	head := d.w.Ahead(HeaderSize)
	if err := d.w.Failure(); err != nil && len(head) < HeaderSize {
		return nil, err
	}
	head = head[:min(len(head), HeaderSize)]
	h, odd, err := parseHeader(head, 0)
	if err != nil {
		return nil, err
	}
	d.begin(h, odd)
	return d, nil
}

// Summary returns what was counted. It is complete once Frames has ended.
func (d *Reader) Summary() *Summary { return &d.summary }

// Frames yields the frames in the order of the file, each with memory of its
// own; the last may have no events. An error is damage, or something odd about a dump as a whole, and
// iteration goes on; one that wraps none of the parser's sentinels is that of
// reading, which ends it. The file is read once: there is nothing to yield to a
// second iteration.
func (d *Reader) Frames() iter.Seq2[*Frame, error] {
	return func(yield func(*Frame, error) bool) {
		if d.yield != nil {
			return
		}
		d.yield = yield
		d.frames()
		if d.frame == nil && d.framed < d.w.Offset() && d.w.Failure() == nil {
			d.frame = &Frame{Dump: d.dump} // stands for the bytes behind the last event
		}
		d.flush()
	}
}

func (d *Reader) frames() {
	d.sayOdd()
	for !d.stopped {
		b := d.w.Ahead(BlockHeaderSize)
		if len(b) == 0 && d.w.Failure() == nil {
			d.noEnd()
			return
		}
		k, err := parseBlock(b, d.w.Offset())
		if err == nil {
			b = d.w.Ahead(k.size())
			err = d.w.whole(b, 0, &k)
		}
		if err == nil {
			payload := b[BlockHeaderSize:k.size()]
			if k.typ == blockEnd {
				d.end(&k, payload)
				d.passBlock(&k)
				if !d.next() {
					return
				}
				continue
			}
			d.block(&k, payload)
			d.passBlock(&k)
			continue
		}
		if failure := d.w.Failure(); failure != nil && errors.Is(err, cursor.ErrTruncated) {
			d.say(failure)
			return
		}
		if d.joined(d.w.Ahead(HeaderSize), 0) {
			continue
		}
		d.say(err)
		d.resync()
	}
}

// passBlock moves on behind a block and its padding, as far as that is there: it may have
// been cut, and another dump begin there.
func (d *Reader) passBlock(k *block) {
	n := padded(k.size())
	b := d.w.Ahead(n + len(Signature))
	n = min(n, len(b))
	if at := index(b, k.size(), n); at >= 0 {
		n = at
	}
	d.w.pass(n)
}

// say yields an error behind the frames before it.
func (d *Reader) say(err error) {
	d.flush()
	if !d.stopped && !d.yield(nil, err) {
		d.stopped = true
	}
}

// oddity says that something about the dump is not as it should be.
func (d *Reader) oddity(offset int64, field string, err error, format string, args ...any) {
	d.say(&cursor.Error{Offset: offset, Field: field, Detail: fmt.Sprintf(format, args...), Err: err})
}

// begin makes the header that is ahead the current dump's.
func (d *Reader) begin(h Header, odd []error) {
	l, err := LayoutFor(int(h.NetEventVersion), int(h.PointerSize))
	if err != nil {
		return // parseHeader refuses such
	}
	d.dump = &Dump{Offset: d.w.Offset(), Header: h, layout: l}
	d.odd = odd
	d.segments, d.segBytes, d.shared = &Segments{}, 0, false
	d.expected, d.blocks, d.events = 0, 0, 0
	d.summary.begin(d.dump)
	d.w.hash = sha256.New()
	d.w.pass(HeaderSize)
}

func (d *Reader) sayOdd() {
	for _, err := range d.odd {
		d.say(err)
	}
	d.odd = nil
}

// next begins the dump behind END, if there is one.
func (d *Reader) next() bool {
	b := d.w.Ahead(HeaderSize)
	if len(b) < HeaderSize {
		if err := d.w.Failure(); err != nil {
			d.say(err)
			return false
		}
	}
	if len(b) == 0 || d.stopped {
		return false
	}
	if !bytes.HasPrefix(b, []byte(Signature)) {
		d.oddity(d.w.Offset(), "bytes behind END", cursor.ErrMalformed, "no further dump begins here; they are not read")
		return false
	}
	h, odd, err := parseHeader(b[:min(len(b), HeaderSize)], d.w.Offset())
	if err != nil {
		d.say(err)
		return false
	}
	d.flush()
	d.begin(h, odd)
	d.sayOdd()
	return !d.stopped
}

func (d *Reader) noEnd() {
	d.oddity(d.w.Offset(), "END", cursor.ErrTruncated, "the dump that begins %#x bytes before has none", d.w.Offset()-d.dump.Offset)
}

// scanSize is how much is looked at at once to find the next block.
const scanSize = 64 << 10

// resync moves on to the next block that is whole, or to the header of another
// dump, or to the end of the file. Blocks stand at multiples of 8; a dump behind
// one that was cut can begin anywhere.
func (d *Reader) resync() {
	if d.w.sums == nil {
		d.w.sums = newPrefixSums(d.w.Offset())
	}
	for first := 1; ; first = 0 { // 0 is the block that was lost
		b := d.w.Ahead(scanSize)
		last := len(b) < scanSize // of the file
		end := scanSize - HeaderSize
		if last {
			end = len(b)
		}
		// A candidate may ask for far more than is scanned before the window
		// moves on, and so b may be long.
		header := index(b, 0, end)
		align := int((d.dump.Offset - d.w.Offset()) % blockAlign)
		for k := first + mod(align-first, blockAlign); k < end; k += blockAlign {
			for header >= 0 && header <= k {
				if d.joined(b, header) {
					return
				}
				header = index(b, header+1, end)
			}
			if len(b)-k < BlockHeaderSize || string(b[k:k+len(BlockSync)]) != BlockSync {
				continue
			}
			blk, err := parseBlock(b[k:], d.w.Offset()+int64(k))
			if err != nil {
				continue
			}
			b = d.w.Ahead(k + blk.size())
			if d.w.whole(b, k, &blk) == nil {
				d.w.pass(k)
				return
			}
		}
		for ; header >= 0; header = index(b, header+1, end) {
			if d.joined(b, header) {
				return
			}
		}
		d.w.pass(end)
		if last {
			return
		}
	}
}

// mod returns a modulo n, from 0 to n-1.
func mod(a, n int) int { return (a%n + n) % n }

// index returns where in b, from at on and before end, a signature begins; -1 if
// nowhere.
func index(b []byte, at, end int) int {
	i := bytes.Index(b[at:min(end+len(Signature)-1, len(b))], []byte(Signature))
	if i < 0 {
		return -1
	}
	return at + i
}

// joined begins the dump whose header is at that place of the bytes ahead, if its
// checksum holds.
func (d *Reader) joined(b []byte, at int) bool {
	if len(b)-at < HeaderSize {
		return false
	}
	offset := d.w.Offset() + int64(at)
	h, odd, err := parseHeader(b[at:at+HeaderSize], offset)
	if err != nil || crc32.Checksum(b[at:at+HeaderSize-4], castagnoli) != binary.LittleEndian.Uint32(b[at+HeaderSize-4:]) {
		return false
	}
	d.w.pass(at)
	d.noEnd()
	d.begin(h, odd)
	d.sayOdd()
	return true
}

// block takes a block that is whole.
func (d *Reader) block(k *block, payload []byte) {
	d.order(k)
	c := cursor.New(payload, k.offset+BlockHeaderSize)
	switch k.typ {
	case blockMeta:
		d.meta(k, payload)
	case blockEvent:
		d.event(k, payload)
	case blockSegment:
		d.segment(k, c)
	case blockRoots:
		d.roots(k, c)
	case blockLost:
		if n := c.U64("LOST"); d.fixed(k, &c) {
			d.summary.lost(n)
		}
	default:
		d.oddity(k.offset, "block type", cursor.ErrUnsupported, "%d is unknown, its %d bytes are passed over", uint16(k.typ), k.length)
	}
}

// order checks what every block has.
func (d *Reader) order(k *block) {
	if k.sequence != d.expected {
		d.oddity(k.offset, "block sequence", cursor.ErrMalformed, "%d stands where %d is due", k.sequence, d.expected)
	}
	d.expected = k.sequence + 1
	if k.flags != 0 && d.dump.Header.Minor <= minor {
		d.oddity(k.offset, "block flags", cursor.ErrMalformed, "%#x, not 0", k.flags)
	}
	if k.typ != blockEnd {
		d.blocks++ // END counts those before it
	}
	d.summary.block(k.typ)
}

// fixed checks that a payload of fixed size was read whole and had no more; a
// later minor version may have appended to it.
func (d *Reader) fixed(k *block, c *cursor.Cursor) bool {
	if err := c.Err(); err != nil {
		d.say(err)
		return false
	}
	if c.Len() > 0 && d.dump.Header.Minor <= minor {
		d.oddity(c.Offset(), k.typ.String(), cursor.ErrMalformed, "%d bytes too many", c.Len())
	}
	return true
}

func (d *Reader) meta(k *block, payload []byte) {
	m, odd, err := parseMeta(payload)
	if err != nil {
		d.oddity(k.offset+BlockHeaderSize, "META", cursor.ErrMalformed, "%v", err)
		return
	}
	for _, text := range odd {
		d.oddity(k.offset+BlockHeaderSize, "META", cursor.ErrMalformed, "%s", text)
	}
	d.flush()
	dump := *d.dump
	dump.Meta = m
	d.dump = &dump
	d.summary.meta(&dump)
}

func (d *Reader) event(k *block, payload []byte) {
	d.events++
	if at := eventAt + d.dump.layout.typ; len(payload) >= at+4 {
		d.summary.event(model.NetEventType(image(payload).u32(at)))
	}
	f := d.frame
	if f == nil || f.roots != nil || len(payload) > cap(f.data)-len(f.data) {
		d.flush()
		f = &Frame{Dump: d.dump, data: make([]byte, 0, max(len(payload), frameBytes))}
		d.frame = f
	}
	start := len(f.data)
	f.data = append(f.data, payload...)
	f.events = append(f.events, eventRef{k.offset, k.sequence, int32(start), int32(len(f.data))})
}

func (d *Reader) segment(k *block, c cursor.Cursor) {
	base := c.U64("SEGMENT base address")
	offset := c.Offset()
	data := c.Bytes(c.Len(), "SEGMENT")
	if err := c.Err(); err != nil {
		d.say(err)
		return
	}
	n := uint64(len(data))
	limit := uint64(math.MaxUint64)
	if d.dump.Header.PointerSize == 4 {
		limit = math.MaxUint32
	}
	if base > limit || n > 0 && n-1 > limit-base {
		d.oddity(k.offset, "SEGMENT", cursor.ErrMalformed, "%d bytes at address %#x leave the address space", n, base)
		return
	}
	if len(d.segments.runs) >= maxSegments || len(data) > maxSegmentBytes-d.segBytes {
		d.oddity(k.offset, "SEGMENT", cursor.ErrUnsupported, "a dump may have %d segments of %d MiB in all", maxSegments, maxSegmentBytes>>20)
		return
	}
	d.segBytes += len(data)
	if d.shared {
		d.segments, d.shared = d.segments.clone(), false
	}
	if d.segments.add(run{base, bytes.Clone(data), offset}) {
		d.oddity(k.offset, "SEGMENT", cursor.ErrMalformed, "%d bytes at address %#x overlap another one; these are taken", n, base)
	}
}

func (d *Reader) roots(k *block, c cursor.Cursor) {
	count := c.U64("ROOTS count")
	if err := c.Err(); err != nil {
		d.say(err)
		return
	}
	there := uint64(c.Len() / 8)
	if count > there || c.Len()%8 != 0 || count < there && d.dump.Header.Minor <= minor {
		d.oddity(k.offset+BlockHeaderSize, "ROOTS count", cursor.ErrMalformed, "%d, there are %d bytes of entries", count, c.Len())
	}
	size := d.dump.layout.Size()
	for range min(count, there) {
		d.events++
		at := c.Offset()
		address := c.U64("root")
		event, ok := d.segments.Read(address, size)
		if !ok {
			d.oddity(at, "root", cursor.ErrMalformed, "FWPM_NET_EVENT%d at address %#x does not lie in one segment", d.dump.layout.version, address)
			if d.stopped {
				return
			}
			continue
		}
		d.summary.event(model.NetEventType(image(event).u32(d.dump.layout.typ)))
		f := d.frame
		if f == nil || f.segments != d.segments || len(f.roots) == frameRoots {
			d.flush()
			f = &Frame{Dump: d.dump, segments: d.segments}
			d.frame, d.shared = f, true
		}
		f.roots = append(f.roots, rootRef{address, k.sequence})
	}
}

// end compares END with what was read.
func (d *Reader) end(k *block, payload []byte) {
	d.order(k)
	c := cursor.New(payload, k.offset+BlockHeaderSize)
	events, blocks := c.U64("END events"), c.U64("END blocks")
	hash := c.Bytes(sha256.Size, "END SHA-256")
	if !d.fixed(k, &c) {
		return
	}
	if events != d.events || blocks != d.blocks {
		d.oddity(k.offset, "END", cursor.ErrMalformed, "counts %d events in %d blocks, read were %d in %d", events, blocks, d.events, d.blocks)
	}
	if sum := d.w.hash.Sum(nil); !bytes.Equal(hash, sum) {
		d.oddity(k.offset, "END SHA-256", cursor.ErrMalformed, "%x, the bytes give %x", hash, sum)
	}
}

// flush yields the frame that was being filled.
func (d *Reader) flush() {
	f := d.frame
	if f == nil {
		return
	}
	d.frame = nil
	f.size = int(min(d.w.Offset()-d.framed, math.MaxInt32))
	d.framed = d.w.Offset()
	if !d.stopped && !d.yield(f, nil) {
		d.stopped = true
	}
}
