package carve_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/qmparse/qmparse/parser/carve"
	"github.com/qmparse/qmparse/parser/internal/build/blobbuild"
)

// hostile returns bytes that were made to be looked at in vain, each to be repeated.
func hostile(t *testing.T) map[string][]byte {
	le := binary.LittleEndian
	logs, err := blobbuild.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{
		"chunk signatures":   []byte("ElfChnk\x00"),
		"record signatures":  []byte("**\x00\x00"),
		"file signatures":    []byte("ElfFile\x00"),
		"compressed chunks":  []byte("\x00\xb0\x00ElfChnk\x00"),
		"trace marks":        []byte("\x02\x00\x01\xc0"),
		"markers":            []byte("\xc0"),
		"dump signatures":    []byte("\x89WNE\r\n\x1a\n"),
		"heads of chunks":    blobbuild.Chunk(logs.Log("security-multi-chunk.evtx"), 0)[:512],
		"heads of traces":    logs.Log("qpc.etl")[:0x300],
		"headers of dumps":   logs.Log("tunnel-x64-v5.wfpnev")[:32],
		"headers of logs":    logs.Log("slack.evtx")[:4096],
		"plausible chunks":   make([]byte, 64),
		"whole records":      make([]byte, 64),
		"dumps of 16 MiB":    make([]byte, 32+24),
		"blocks of 16 MiB":   make([]byte, 24),
		"buffers of 1 MiB":   make([]byte, 0x48+80),
		"compressed buffers": make([]byte, 0x48+80),
		"empty heads":        make([]byte, 512),
		"traces of 16 MiB":   bytes.Clone(logs.Log("qpc.etl")[:0x300]),
	}
	c := all["plausible chunks"]
	copy(c, "ElfChnk\x00")
	le.PutUint32(c[40:], 128)
	le.PutUint32(c[48:], 65536)
	r := all["whole records"] // the copy of its size is the size of another
	copy(r, "**\x00\x00")
	le.PutUint32(r[4:], 64*100+8)
	copy(r[24:], "\x0f\x01\x01\x00")
	d := all["dumps of 16 MiB"]
	copy(d, logs.Log("tunnel-x64-v5.wfpnev")[:32])
	for _, b := range [][]byte{d[32:], all["blocks of 16 MiB"]} {
		copy(b, "WNEB\x03\x00")
		le.PutUint32(b[8:], 16<<20)
	}
	for name, flags := range map[string]byte{"buffers of 1 MiB": 0, "compressed buffers": 0x40} {
		b := all[name]
		le.PutUint32(b, 1<<20)
		le.PutUint32(b[0x30:], 1<<20)
		b[0x34] = flags
		at := 0x48
		if flags != 0 {
			at += 4
		}
		copy(b[at:], "\x50\x00\x13\xc0")
	}
	le.PutUint32(all["traces of 16 MiB"], 16<<20)
	e := all["empty heads"] // with the right checksum, of a chunk that the next one ends
	copy(e, "ElfChnk\x00")
	le.PutUint32(e[40:], 128)
	le.PutUint32(e[48:], 65536)
	le.PutUint32(e[124:], crc32.Update(crc32.ChecksumIEEE(e[:120]), crc32.IEEETable, e[128:]))
	return all
}

// Whatever the bytes are, all are searched, and what is looked at beyond that is bounded by
// how many there are: 128 times as many where a chunk of 64 KiB begins every 512 bytes.
func TestWorkIsBounded(t *testing.T) {
	size := 4 << 20
	if testing.Short() {
		size >>= 2
	}
	for name, pattern := range hostile(t) {
		s := carve.NewScanner(bytes.NewReader(append([]byte("x"), bytes.Repeat(pattern, size/len(pattern))...)))
		s.Accept = func([]byte, int64) bool { return false }
		finds := 0
		for f, err := range s.Finds() {
			if err != nil {
				t.Fatal(name, err)
			}
			if f.Log != nil {
				if _, err := io.Copy(io.Discard, f.Log); err != nil {
					t.Fatal(name, err)
				}
			}
			finds++
		}
		// 64 MiB may be looked at in vain whatever the size; with the most bytes this is 150
		// times as many.
		if s.Work() > 64<<20+134*int64(size) || s.Size() < int64(size-len(pattern)) {
			t.Errorf("%s: looked at %d bytes for %d, %d finds", name, s.Work(), s.Size(), finds)
		}
		t.Logf("%s: %d finds, work %d, %+v", name, finds, s.Work(), s.Counts())
	}
}

// Behind bytes that were made to be looked at in vain a chunk is found all the same.
func TestFoundBehindHostile(t *testing.T) {
	logs, err := blobbuild.Load()
	if err != nil {
		t.Fatal(err)
	}
	chunk := blobbuild.Chunk(logs.Log("security-multi-chunk.evtx"), 0)
	for name, pattern := range hostile(t) {
		blob := slices.Concat(bytes.Repeat(pattern, 1<<18/len(pattern)), chunk)
		s := carve.NewScanner(bytes.NewReader(blob))
		found := false
		for f := range s.Finds() {
			found = found || f.Chunk != nil && f.Offset == int64(len(blob)-len(chunk)) && len(f.Chunk.Data) == len(chunk)
		}
		if !found {
			t.Errorf("%s: the chunk is not found", name)
		}
	}
}

// Every byte is of a find, zero, or passed over; gaps are told in order and are as many.
func TestBytesAreCounted(t *testing.T) {
	b := blobbuild.New(1)
	b.Noise(5000)
	b.Zero(70000)
	b.Noise(10)
	b.Zero(100)
	b.Noise(300000)
	s := carve.NewScanner(bytes.NewReader(b.Bytes))
	var told, last int64
	s.Gap = func(offset, size int64) {
		if offset < last {
			t.Errorf("gap at %d behind %d", offset, last)
		}
		told, last = told+size, offset+size
	}
	for range s.Finds() {
		t.Error("something was found")
	}
	n := s.Counts()
	if n.Zero+n.Passed != int64(len(b.Bytes)) || told != n.Passed || n.Zero < 60000 {
		t.Errorf("%+v, %d in gaps, of %d", n, told, len(b.Bytes))
	}
}

// What is found does not depend on how the stream is read.
func TestSameForAnyReads(t *testing.T) {
	for _, f := range blobbuild.All() {
		blob, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		finds := func(r io.Reader) (all []string) {
			s := carve.NewScanner(r)
			s.Accept = func([]byte, int64) bool { return true }
			for f, err := range s.Finds() {
				if err != nil {
					t.Fatal(err)
				}
				text := fmt.Sprint(f.Kind, f.Offset, f.Before, f.From, len(f.Data))
				if f.Log != nil {
					b, err := io.ReadAll(f.Log)
					text += fmt.Sprint(crc32.ChecksumIEEE(b), err)
				}
				if f.Chunk != nil {
					text += fmt.Sprint(crc32.ChecksumIEEE(f.Chunk.Data))
				}
				all = append(all, text)
			}
			return append(all, fmt.Sprint(s.Counts(), s.Work()))
		}
		want := finds(bytes.NewReader(blob))
		if len(want) < 5 {
			t.Errorf("%s: %q", f.Name, want)
		}
		for name, r := range map[string]io.Reader{
			"one byte": iotest.OneByteReader(bytes.NewReader(blob)), "half": iotest.HalfReader(bytes.NewReader(blob)),
			"with the end": iotest.DataErrReader(bytes.NewReader(blob)),
		} {
			if got := finds(r); !slices.Equal(got, want) {
				t.Errorf("%s, %s:\n%q\nwant\n%q", f.Name, name, got, want)
			}
		}
	}
}
