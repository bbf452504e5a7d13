package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// failing gives an error and no bytes.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A log is known by its bytes.
func TestOpenByBytes(t *testing.T) {
	log := evtxLog(t, 3)
	noise := make([]byte, 100_000)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	wiped := bytes.Clone(log)
	clear(wiped[:4096])
	garbled := bytes.Clone(log)
	copy(garbled, noise[:4096])
	bothGone := bytes.Clone(wiped)
	clear(bothGone[4096 : 4096+8])
	version4 := bytes.Clone(log)
	version4[38] = 4
	for _, c := range []struct {
		name  string
		bytes []byte
		err   error // nil: it is an event log
	}{
		{"a log", log, nil},
		{"with a wiped header", wiped, nil},
		{"with noise for a header", garbled, nil},
		{"a header without chunks", log[:4096], nil},
		{"a wiped header and a signature of a chunk", wiped[:4096+8], nil},
		{"empty", nil, parser.ErrEmpty},
		{"one byte", []byte{0}, parser.ErrUnknownFormat},
		{"the first byte", log[:1], parser.ErrUnknownFormat},
		{"seven bytes", log[:7], parser.ErrUnknownFormat},
		{"the signature alone", log[:8], parser.ErrTruncated},
		{"half a header", log[:2048], parser.ErrTruncated},
		{"a wiped header and seven bytes of a chunk", wiped[:4096+7], parser.ErrUnknownFormat},
		{"a wiped header alone", wiped[:4096], parser.ErrUnknownFormat},
		{"neither signature", bothGone, parser.ErrUnknownFormat},
		{"a chunk alone", log[4096:], parser.ErrUnknownFormat},
		{"zeros", make([]byte, 100_000), parser.ErrUnknownFormat},
		{"noise", noise, parser.ErrUnknownFormat},
		{"text", []byte("ElfFile is not a log\n"), parser.ErrUnknownFormat},
		{"a link that was copied as text", []byte("/var/log/a.evtx\n"), parser.ErrUnknownFormat},
		{"another version", version4, parser.ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			for form, r := range map[string]io.Reader{
				"whole": bytes.NewReader(c.bytes), "one byte": iotest.OneByteReader(bytes.NewReader(c.bytes)),
				"the end with the data": iotest.DataErrReader(bytes.NewReader(c.bytes)),
			} {
				l, err := parser.Open(r)
				if !errors.Is(err, c.err) || (l != nil) != (c.err == nil) {
					t.Errorf("%s: %v, want %v", form, err, c.err)
				}
				if l != nil && l.Format() != model.FormatEVTX {
					t.Errorf("%s: format %s", form, l.Format())
				}
			}
		})
	}
	if !errors.Is(parser.ErrEmpty, parser.ErrUnknownFormat) {
		t.Error("an empty file is a log of a known format")
	}
}

// Every prefix of a log opens, or says why not; none is unknown once its
// signature is whole.
func TestOpenPrefixes(t *testing.T) {
	log := evtxLog(t, 1)
	for n := range 4096 + 600 {
		_, err := parser.Open(bytes.NewReader(log[:n]))
		var want error
		switch {
		case n == 0:
			want = parser.ErrEmpty
		case n < 8:
			want = parser.ErrUnknownFormat
		case n < 4096:
			want = parser.ErrTruncated
		}
		if !errors.Is(err, want) {
			t.Fatalf("%d bytes: %v, want %v", n, err, want)
		}
	}
}

// An error of reading is that error, before the format is known as after it.
func TestOpenErrorOfReading(t *testing.T) {
	disk := errors.New("the disk is gone")
	log := evtxLog(t, 3)
	for _, cause := range []error{disk, io.ErrUnexpectedEOF} {
		for _, n := range []int{0, 1, 7, 8, 4095, 4096, 4103, 4104, 5000, len(log) - 1, len(log)} {
			l, err := parser.Open(io.MultiReader(bytes.NewReader(log[:n]), failing{cause}))
			if err == nil {
				w := parser.NewWorker()
				for f, e := range l.Frames() {
					if e != nil {
						err = e
						continue
					}
					for _, e := range w.Events(f) {
						if e != nil {
							err = e
						}
					}
				}
			}
			if !errors.Is(err, cause) || errors.Is(err, parser.ErrUnknownFormat) {
				t.Errorf("%v after %d bytes: %v", cause, n, err)
			}
		}
	}
}

// What a log tells of itself, and what was counted.
func TestProperties(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{Minor: 2, Flags: evtxbuild.FlagDirty | evtxbuild.FlagNoCRC, Chunks: 4, FirstRecordID: 7})
	for range 2 {
		f.NewChunk()
		f.Event(numbered(1))
	}
	l, err := parser.Open(bytes.NewReader(f.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	w, sizes, zero := parser.NewWorker(), 0, int64(0)
	for frame, err := range l.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		sizes += frame.Bytes()
		for _, err := range w.Events(frame) {
			if err != nil {
				t.Error(err)
			}
		}
		zero += w.Account().Zero
	}
	if sizes != 4*65536 || zero != 2*65536 {
		t.Errorf("frames of %d bytes, %d of them zero", sizes, zero)
	}
	got := strings.TrimSpace(fmt.Sprintln(l.Properties()))
	if want := "[{version 3.2} {dirty true} {full false} {checksums false} {header_chunks 2} {header_next_record_id 9} {chunks 2} {chunks_empty 2}]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
