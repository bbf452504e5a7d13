package golangevtx

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/0xrawsec/golang-evtx/evtx"

	"github.com/qmparse/qmparse/internal/secondreader"
)

const (
	// fileHeaderSize is where the grid of chunks starts; the block size that the
	// file header states is not asked, since a damaged header must not move it.
	fileHeaderSize = 4096

	// MaxStack is for debug.SetMaxStack in the programs that call Dump: it ends a
	// template that instantiates itself before it has eaten the 1 GB which is Go's
	// own limit; no sample needs more than a few kilobytes.
	MaxStack = 64 << 20
)

// Dump writes what golang-evtx makes of the file at path to w, a line for each
// record and for each chunk with an error. It panics where golang-evtx does
// before there is a chunk, and it takes the standard logger for itself.
func Dump(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// New reads the file header and panics if it is short. That is let
	// through: nothing has been read yet, so nothing is lost with the process.
	// Its error is always nil, and Open's check of the header is left out,
	// because it refuses dirty files.
	file, err := evtx.New(f)
	if err != nil {
		return err
	}
	p := newPrinter(w)
	for off := int64(fileHeaderSize); off < info.Size(); off += evtx.ChunkSize {
		if err := p.chunk(&file, off); err != nil {
			return err
		}
	}
	return nil
}

// printer prints lines, each at once: a panic that cannot be recovered must not
// take with it what was read before.
type printer struct {
	out *bufio.Writer
	enc *json.Encoder
}

func newPrinter(w io.Writer) *printer {
	p := &printer{out: bufio.NewWriter(w)}
	p.enc = json.NewEncoder(p.out)
	p.enc.SetEscapeHTML(false)
	return p
}

func (p *printer) print(l *line) error {
	if err := p.enc.Encode(l.Line); err != nil {
		return err
	}
	return p.out.Flush()
}

func (p *printer) chunk(file *evtx.File, off int64) error {
	var c evtx.Chunk
	l := line{secondreader.Line{ChunkOffset: off, Offset: off}}
	l.attempt(func() (err error) {
		c, err = file.FetchChunk(off)
		return err
	})
	if l.Error == "" {
		// FetchChunk takes any 64 KiB for a chunk.
		if err := c.Header.Validate(); err != nil {
			l.Error = err.Error()
		}
	}
	if l.Error != "" || l.Log != nil {
		if err := p.print(&l); err != nil {
			return err
		}
	}

	// A chunk with an error still has the offsets found before it. The last
	// offset is where the next record would start, not a record, and a header of
	// another size puts them outside the chunk.
	for _, o := range c.EventOffsets {
		if o > c.Header.OffsetLastRec || o <= 0 || o >= evtx.ChunkSize {
			continue
		}
		l := line{secondreader.Line{ChunkOffset: off, Offset: off + int64(o)}}
		l.attempt(func() error {
			ev := c.ParseEvent(int64(o))
			if ev.IsValid() {
				l.RecordID = uint64(ev.Header.ID)
			}
			m, err := ev.GoEvtxMap(&c)
			if m != nil {
				l.Event = m
			} else if err == nil {
				err = fmt.Errorf("no event and no error")
			}
			return err
		})
		if err := p.print(&l); err != nil {
			return err
		}
	}
	return nil
}

// line is a line in the making.
type line struct{ secondreader.Line }

// attempt calls f and notes its error, its panic and what it logged.
//
// Recovering here costs nothing in honesty, the line says that it was a panic,
// and lets one bad record be compared as one bad record. It works because this
// route through golang-evtx starts no goroutines.
func (l *line) attempt(f func() error) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	log.SetFlags(0)
	defer func() {
		if v := recover(); v != nil {
			l.Error, l.Panic = fmt.Sprint(v), true
		}
		for s := range strings.Lines(logged.String()) {
			// The rest is the stack that golang-evtx adds.
			if strings.HasPrefix(s, "ERROR - ") || strings.HasPrefix(s, "PANIC - ") {
				l.Log = append(l.Log, strings.TrimSpace(s))
			}
		}
	}()
	if err := f(); err != nil {
		l.Error = err.Error()
	}
}
