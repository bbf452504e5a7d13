package binxml_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// seed is a chunk, cut behind its document, which begins at pos.
type seed struct {
	name  string
	chunk []byte
	pos   int
}

// seeds are documents that decode: all forms by hand, and records of the fixtures
// that have every type and what the grammar permits.
func seeds(t testing.TB) (seeds []seed) {
	t.Helper()
	add := func(name, source string) {
		chunk, end := hand(t, source)
		seeds = append(seeds, seed{name, chunk[:end:end], handAt})
	}
	for name, source := range wholes {
		add(name, source)
	}
	for _, c := range valueCases {
		add(c.Type.String(), templated(eventDataHand(dataHand("v", "0d 0000 01")+attributed("Data", "k", "0e 0000 01", "")), value{c.Type, c.hex}))
	}
	add("names elsewhere", namesElsewhere("Data", "Name"))
	add("System", cacheable("one", "1"))
	add("itself", templated(userDataHand(element("R", `02 0c 01 1a2b3c4d =definition 00000000 04`, false))))
	add("array", templated(eventDataHand(dataHand("v", "0d 0000 88 05 01 \"x\"")), value{binxml.TypeUInt32 | binxml.TypeArray, "0100000002000000"}))
	add("three deep", withBody(eventHand(`0e 0000 21`), withBody(element("EventData", `02 0e 0000 21 04`, false), `01 00000000 'Data' 02 05 01 "x" 04 00`)))
	for _, f := range fixtures.All() {
		if f.Name != "oddities-xml.evtx" && f.Name != "oddities-values.evtx" {
			continue
		}
		log, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bodies(log.Image) {
			if chunk, _ := chunkOf(log.Image, b.chunk); b.end < 12<<10 { // larger ones slow the fuzzer
				seeds = append(seeds, seed{f.Name, chunk[:b.end:b.end], b.pos})
			}
		}
	}
	return seeds
}

// A seed that does not decode shows the fuzzer nothing.
func TestSeedsDecode(t *testing.T) {
	all := seeds(t)
	if len(all) < 80 {
		t.Errorf("%d seeds", len(all))
	}
	for _, s := range all {
		d := binxml.NewDecoder()
		d.Chunk(s.chunk, chunkAt)
		doc, err := d.Document(s.pos, len(s.chunk))
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		if s.name == "itself" {
			continue
		}
		if x := xmlOf(t, &doc); len(x) < 8 {
			t.Errorf("%s: %s", s.name, x)
		}
	}
}

func FuzzDocument(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s.chunk, uint16(s.pos), uint16(len(s.chunk)-s.pos))
	}
	before := familiar(f)
	f.Fuzz(func(t *testing.T, chunk []byte, pos, size uint16) {
		if len(chunk) > chunkSize {
			return
		}
		end := int(pos) + int(size)
		d := binxml.NewDecoder()
		d.Chunk(chunk, chunkAt)
		fresh := checked(t, d, chunk, int(pos), end)

		// The same again, by a decoder that knows the chunk, others, and one that
		// is all but the same.
		used := binxml.NewDecoder()
		for _, s := range before {
			used.Chunk(s.chunk, chunkAt)
			used.Document(s.pos, len(s.chunk))
		}
		changed := append([]byte{}, chunk...)
		if len(changed) > 0 {
			changed[(int(pos)+int(size)/2)%len(changed)] ^= 1
		}
		for _, c := range [][]byte{chunk, changed} {
			used.Chunk(c, chunkAt)
			used.Document(int(pos), end)
		}
		used.Chunk(chunk, chunkAt)
		if got := checked(t, used, chunk, int(pos), end); got != fresh {
			t.Errorf("used decoder\n%s\nfresh decoder\n%s", got, fresh)
		}
	})
}

// familiar are some documents that a used decoder has seen.
func familiar(t testing.TB) (some []seed) {
	for i, s := range seeds(t) {
		if i%10 == 0 && s.name != "itself" {
			some = append(some, s)
		}
	}
	return some
}

// checked decodes what may be anything and returns all that came of it. Errors
// are this project's and point into the input; JSON is JSON, XML is well-formed.
func checked(t *testing.T, d *binxml.Decoder, chunk []byte, pos, end int) string {
	t.Helper()
	ok := func(err error) bool {
		if err == nil {
			return true
		}
		var e *cursor.Error
		if !errors.As(err, &e) || e.Offset < chunkAt || e.Offset > chunkAt+int64(len(chunk)) {
			t.Errorf("%v is not within %d bytes at %#x", err, len(chunk), chunkAt)
		}
		if !errors.Is(err, cursor.ErrTruncated) && !errors.Is(err, cursor.ErrMalformed) && !errors.Is(err, cursor.ErrUnsupported) {
			t.Errorf("%v is none of the sentinels", err)
		}
		return false
	}
	doc, err := d.Document(pos, end)
	if !ok(err) {
		return err.Error()
	}
	j, err := doc.AppendJSON(nil)
	if !ok(err) && len(j) > 0 {
		t.Errorf("%v, and JSON %s", err, j)
	}
	if len(j) > 0 && (!json.Valid(j) || j[0] != '{' || !utf8.Valid(j)) {
		t.Errorf("no JSON object: %q", j)
	}
	if len(j) < 64<<10 {
		tokensOf(t, string(j))
	}
	x, err := doc.AppendXML(nil)
	if ok(err) {
		if !utf8.Valid(x) {
			t.Errorf("no UTF-8: %q", x)
		}
		if len(x) < 64<<10 {
			wellFormed(t, "fuzz", x)
		}
	}
	_, err = doc.Fields()
	ok(err)
	_, err = doc.Tree()
	ok(err)
	d.TakeDiagnostics()
	return outcome(d, pos, end)
}
