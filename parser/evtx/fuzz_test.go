package evtx_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// fuzzed says what is wrong with what a log of any bytes gives: see
// reading.check. Beside that data is JSON, is there or an error says why not,
// every rendering ends, and a decoder that has read the log before, or steps over
// what is not wanted, reads it the same.
func fuzzed(log []byte) error {
	d := evtx.NewDecoder()
	got := readWith(d, bytes.NewReader(log))
	if err := got.check(len(log)); err != nil {
		return err
	}
	for _, r := range got.rows {
		if r.data != "" && (!json.Valid([]byte(r.data)) || r.data[0] != '{' || r.err != "" || r.dataErr != "") {
			return fmt.Errorf("record at %#x: %s %q: %s", r.offset, r.err, r.dataErr, r.data)
		}
		if r.state == model.StatePastFree && r.torn {
			return fmt.Errorf("torn record at %#x past the free-space offset", r.offset)
		}
	}
	again := readWith(d, bytes.NewReader(log))
	if bad := diff(again.rows, got.rows, sameRow); bad != "" || joined(again.errs) != joined(got.errs) {
		return fmt.Errorf("read again: %s\n%s\nfirst\n%s", bad, joined(again.errs), joined(got.errs))
	}
	decoders := tierDecoders()[:3]
	for range 2 { // the second time its kinds are known
		if _, err := trySameTiers(decoders, log); err != nil {
			return err
		}
	}
	f, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		return nil
	}
	for c := range f.Chunks() {
		if c == nil {
			continue
		}
		d.Chunk(c)
		for rec, err := range c.Records() {
			var ev model.Event
			if err == nil && d.System(&rec, &ev) == nil {
				_ = d.Fields(&ev)
				doc, err := d.Document()
				if err != nil {
					return fmt.Errorf("System succeeds, Document does not: %w", err)
				}
				_, _ = doc.AppendXML(nil)
			}
		}
	}
	return nil
}

// chunkSeeds are chunks with one event each, all those of the oddities and two of
// every other fixture; the beginnings of the fixtures' chunks; and some that only
// a fuzzer would write. They are short: the fuzzer tries to make each input that
// it finds interesting smaller, which of a whole chunk takes a minute.
func chunkSeeds(tb testing.TB) (seeds [][]byte) {
	tb.Helper()
	const short = 5 << 10
	for _, f := range fixtures.All() {
		l, err := f.Build()
		if err != nil {
			tb.Fatal(err)
		}
		for i, ev := range l.Events {
			if i >= 2 && !strings.HasPrefix(f.Name, "oddities") {
				break
			}
			one := evtxbuild.New(evtxbuild.Options{})
			one.Event(ev)
			im := image(tb, one)
			seeds = append(seeds, im.Bytes[fileHeader:im.Records[0].Offset+im.Records[0].Size+8])
		}
		for _, at := range l.Image.Chunks {
			if at < len(l.Bytes) {
				seeds = append(seeds, l.Bytes[at:min(at+short, len(l.Bytes))])
			}
		}
	}
	h := records(28, 28, 64)
	h.copyOf(2, 0)
	seeds = append(seeds, bytes.Clone(h.chunk()[:1024]))
	h.free(0)
	return append(seeds, bytes.Clone(h.chunk()[:1024]))
}

// FuzzChunk changes one of many chunks at any place and reads it as the only one
// of a log. The input is the change and not the chunk: the fuzzer tries to make
// each input that it finds interesting smaller, which of thousands of bytes takes
// it a minute.
func FuzzChunk(f *testing.F) {
	chunks := chunkSeeds(f)
	for i := range chunks {
		f.Add(uint8(i), []byte{})
		f.Add(uint8(i), change(chunkHeader+recordHead+14+i, 0xff, byte(i)))
	}
	f.Fuzz(func(t *testing.T, base uint8, changes []byte) {
		if len(changes) > 4096 {
			return
		}
		if err := fuzzed(logOfChunk(applied(chunks[int(base)%len(chunks)], changes))); err != nil {
			t.Error(err)
		}
	})
}

// logOfChunk puts a file header before a chunk.
func logOfChunk(chunk []byte) []byte {
	log := append(make([]byte, fileHeader), chunk...)
	copy(log, records().b[:128])
	return log
}

// fuzzBase is the log that FuzzFile changes: two chunks, with the ways that
// events are written in.
func fuzzBase(tb testing.TB) *evtxbuild.Image {
	tb.Helper()
	f := evtxbuild.New(evtxbuild.Options{})
	for range 2 {
		f.NewChunk()
		for i := range 3 {
			f.Event(numbered(i))
		}
		ev := numbered(3)
		ev.Style = evtxbuild.Literal
		f.Event(ev)
		f.Event(evtxbuild.Event{Style: evtxbuild.Classic, Provider: "P", EventID: 1, Strings: []string{"a", "b"}, Binary: []byte{1}})
		ev = numbered(4)
		ev.Body = evtxbuild.BinXML(evtxbuild.El("R", evtxbuild.El("E", evtxbuild.Text("x"))), evtxbuild.EOF{})
		ev.UserData = true
		f.Event(ev)
	}
	return image(tb, f)
}

// A change overwrites bytes: offset, how many, the bytes.
//
//	0  4  offset
//	4  1  number of bytes, 0 is one that is inverted
//	5  …  the bytes
func change(at int, b ...byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(at)), append([]byte{byte(len(b))}, b...)...)
}

// applied returns log with the changes made, as many as are whole.
func applied(log, changes []byte) []byte {
	log = bytes.Clone(log)
	for len(changes) >= 5 {
		at, n := int(binary.LittleEndian.Uint32(changes)%uint32(len(log))), int(changes[4])
		changes = changes[5:]
		if n == 0 {
			log[at] ^= 0xff
			continue
		}
		n = min(n, len(changes))
		copy(log[at:], changes[:n])
		changes = changes[n:]
	}
	return log
}

// changeSeeds are changes of fuzzBase that lead somewhere.
func changeSeeds(im *evtxbuild.Image) (seeds [][]byte) {
	le := binary.LittleEndian
	u32 := func(v int) []byte { return le.AppendUint32(nil, uint32(v)) }
	seeds = append(seeds,
		nil,
		change(0, 0), change(36, 1, 0, 4, 0), // signature, version
		change(im.Chunks[0]+48, u32(0)...), slices.Concat(change(im.Chunks[0]+48, u32(520)...), change(120, 4)),
		change(im.Chunks[0]+48, u32(chunkSize)...), change(im.Chunks[1], 0),
	)
	for _, r := range im.Records[:6] {
		pos := r.Offset - im.Chunks[r.Chunk]
		seeds = append(seeds,
			change(r.Offset), change(r.Offset+4, u32(0)...), change(r.Offset+4, u32(r.Size+8)...), change(r.Offset+4, u32(28)...),
			change(r.Offset+r.Size-4), change(r.Offset+recordHead+4), change(r.Offset+recordHead+10, u32(pos)...),
			change(r.Offset+recordHead+10, u32(pos+recordHead+14)...), change(r.Offset+recordHead+10, u32(chunkSize-1)...),
			slices.Concat(change(r.Offset), change(r.Offset+8)),
		)
	}
	for _, d := range im.Definitions {
		seeds = append(seeds, change(d.Offset+20, u32(chunkSize)...), change(d.Offset+20, u32(0)...), change(d.Offset+24+4), change(d.Offset+4))
	}
	return seeds
}

// FuzzFile changes a small log at any place.
func FuzzFile(f *testing.F) {
	im := fuzzBase(f)
	for _, s := range changeSeeds(im) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, changes []byte) {
		if len(changes) > 4096 {
			return
		}
		if err := fuzzed(applied(im.Bytes, changes)); err != nil {
			t.Error(err)
		}
	})
}

// The seeds are there, decode as far as they should, and are all different.
func TestFuzzSeeds(t *testing.T) {
	chunks := chunkSeeds(t)
	rows := 0
	for i, c := range chunks {
		if len(c) < chunkHeader || len(c) > 8<<10 {
			t.Errorf("chunk seed %d has %d bytes", i, len(c))
		}
		got := read(t, logOfChunk(c))
		rows += len(got.rows)
	}
	if len(chunks) < 80 || len(chunks) > 256 || rows < 100 {
		t.Errorf("%d chunks with %d records", len(chunks), rows)
	}

	im := fuzzBase(t)
	base := read(t, im.Bytes)
	if len(base.rows) != 12 || len(base.errs) != 0 {
		t.Fatalf("base: %d rows, %s", len(base.rows), joined(base.errs))
	}
	seeds := changeSeeds(im)
	results := map[string]bool{}
	for i, s := range seeds {
		log := applied(im.Bytes, s)
		got := read(t, log)
		if !bytes.Equal(log, im.Bytes) && len(got.errs) == 0 && diff(got.rows, base.rows, sameRow) == "" {
			t.Errorf("seed %d changes nothing", i)
		}
		results[fmt.Sprint(len(got.rows), joined(got.errs))] = true
	}
	if len(seeds) < 60 || len(results) < len(seeds)/2 {
		t.Errorf("%d seeds with %d different results", len(seeds), len(results))
	}
}
