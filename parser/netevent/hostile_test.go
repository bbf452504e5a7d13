package netevent_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/alloctest"
	"github.com/qmparse/qmparse/parser/netevent"
)

// claims is a file whose block claims the most that its type may have.
func claims(typ uint16, length uint32) []byte {
	b := append(fileHeader(), block(typ, 0, nil)...)
	le.PutUint32(b[32+8:], length)
	return b
}

// TestClaims: what a file only says that it has is not allocated.
func TestClaims(t *testing.T) {
	for name, b := range map[string][]byte{
		"META":    claims(typeMeta, netevent.MaxMeta),
		"EVENT":   claims(typeEvent, netevent.MaxEvent),
		"SEGMENT": claims(typeSegment, netevent.MaxSegment),
		"ROOTS":   claims(typeRoots, 8+8*netevent.MaxRoots),
		"unknown": claims(99, netevent.MaxSegment),
		"more":    claims(typeSegment, 0xFFFFFFFF),
		"a count": append(fileHeader(), block(typeRoots, 0, le.AppendUint64(nil, 1<<20))...),
	} {
		var errs []string
		if n := alloctest.Bytes(func() { _, errs = readDump(t, b) }); n > 1<<20 {
			t.Errorf("%s: %d bytes allocated for a file of %d", name, n, len(b))
		}
		if len(errs) == 0 {
			t.Errorf("%s: nothing said", name)
		}
	}
}

// TestEndlessClaims: a file in which every 16 bytes begin a block that claims all
// the rest is read in about the time that its bytes take. Adding up every claim
// would take hours.
func TestEndlessClaims(t *testing.T) {
	const size = 4 << 20
	b := fileHeader()
	for len(b) < size {
		k := block(typeSegment, 0, nil)[:16]
		le.PutUint32(k[8:], uint32(min(size, netevent.MaxSegment)))
		b = append(b, k...)
	}
	event := block(typeEvent, 7, eventBytes(7))
	b = append(b, event...)
	// Claims that can be true, as far as the file goes.
	for i := 32; i < size; i += 16 {
		le.PutUint32(b[i+8:], uint32(min(len(b)-i-24, netevent.MaxSegment)))
	}
	got, errs := readDump(t, b)
	wantIDs(t, "the event behind", got, 7)
	contain(t, "errors", errs, "SEGMENT crc32c", "block sequence", "END")
}

// endless gives a block's header and then zeros without end, up to a limit.
type endless struct {
	head []byte
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if n := copy(p, e.head); n > 0 {
		e.head = e.head[n:]
		return n, nil
	}
	n := min(len(p), e.left)
	if n == 0 {
		return 0, io.EOF
	}
	e.left -= n
	clear(p[:n])
	return n, nil
}

// TestMemory: behind damage the reader holds no more than it looks at.
func TestMemory(t *testing.T) {
	r, err := netevent.NewReader(&endless{head: append(fileHeader(), "no block"...), left: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if n := alloctest.Bytes(func() {
		for range r.Frames() {
		}
	}); n > 4<<20 {
		t.Errorf("%d bytes allocated for 64 MiB of zeros", n)
	}
}

// TestManySegments: a dump's segments stay in memory and so are bounded.
func TestManySegments(t *testing.T) {
	d := newDump(t, 5, 8)
	const limit = 1 << 14
	for i := range limit + 2 {
		d.must(d.Segment(uint64(limit+2-i)*16, []byte{1}))
	}
	_, errs := readDump(t, d.finish())
	contain(t, "errors", errs, "SEGMENT at offset", "SEGMENT at offset")
}

// TestFrames: frames are of bounded size, in order, and their bytes are their own.
func TestFrames(t *testing.T) {
	d := newDump(t, 5, 8)
	var want []uint64
	for i := range uint64(2000) {
		d.must(d.Event(eventBytes(i)))
		want = append(want, i)
	}
	big := append(eventBytes(2000), make([]byte, 500_000)...)
	d.must(d.Event(big))
	d.must(d.Event(eventBytes(2001)))
	image := eventBytes(5000)[16:]
	d.must(d.Segment(0x10000, image))
	d.must(d.Roots(slices.Repeat([]uint64{0x10000}, 1200)))
	file := d.finish()
	r, err := netevent.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var frames []*netevent.Frame
	for f, err := range r.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
	if len(frames) < 2000*281/65536+1+1+1+3 {
		t.Errorf("%d frames", len(frames))
	}
	var got []uint64
	total, roots := 0, 0
	for i, f := range frames {
		total += f.Bytes()
		n := 0
		for rec, err := range f.Records() {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if rec.Address == 0x10000 {
				roots++
				continue
			}
			got = append(got, le.Uint64(rec.Bytes()[168+56:]))
		}
		if n == 0 && i < len(frames)-1 || n > 512 {
			t.Errorf("a frame of %d events", n)
		}
	}
	if !slices.Equal(got, append(want, 2000, 2001)) || roots != 1200 || total != len(file) {
		t.Errorf("%d events, %d roots, %d bytes of %d", len(got), roots, total, len(file))
	}
	for f, err := range r.Frames() {
		t.Errorf("a second pass has %v, %v", f, err)
	}
}

// TestStop: iteration ends where the caller ends it.
func TestStop(t *testing.T) {
	b, starts := small()
	b[starts[1]+30] ^= 1
	for stop := 1; ; stop++ {
		r, err := netevent.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range r.Frames() {
			if n++; n == stop {
				break
			}
		}
		if n < stop {
			if n < 4 {
				t.Errorf("only %d frames and errors", n)
			}
			return
		}
	}
}

// TestFramesKeepSegments: what a frame refers to stays, whatever the dump has
// behind it.
func TestFramesKeepSegments(t *testing.T) {
	image := eventBytes(1)[16:]
	other := eventBytes(2)[16:]
	image[140], other[140] = 1, 2
	d := newDump(t, 5, 8)
	for range 3 {
		d.must(d.Segment(0x10000, image))
		d.must(d.Roots([]uint64{0x10000}))
		d.must(d.Segment(0x10000, other))
		d.must(d.Roots([]uint64{0x10000, 0x10000}))
	}
	r, err := netevent.NewReader(bytes.NewReader(d.finish()))
	if err != nil {
		t.Fatal(err)
	}
	var frames []*netevent.Frame
	for f := range r.Frames() {
		if f != nil {
			frames = append(frames, f)
		}
	}
	var got []byte
	for _, f := range frames {
		for rec, err := range f.Records() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rec.Bytes()[140]) // padding behind the type
		}
	}
	if want := []byte{1, 2, 2, 1, 2, 2, 1, 2, 2}; len(frames) < 6 || len(frames) > 7 || !bytes.Equal(got, want) {
		t.Errorf("%d frames, %v, want %v", len(frames), got, want)
	}
}
