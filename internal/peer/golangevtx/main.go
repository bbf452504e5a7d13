package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/0xrawsec/golang-evtx/evtx"
)

const (
	// fileHeaderSize is where the grid of chunks starts; the block size that the
	// file header states is not asked, since a damaged header must not move it.
	fileHeaderSize = 4096

	// maxStack ends a template that instantiates itself before it has eaten the
	// 1 GB which is Go's own limit; no sample needs more than a few kilobytes.
	maxStack = 64 << 20
)

// A line is one line of output.
type line struct {
	ChunkOffset int64    `json:"chunk_offset"`
	Offset      int64    `json:"offset"` // of the record, or of the chunk if the error is the chunk's
	RecordID    uint64   `json:"record_id,omitempty"`
	Event       any      `json:"event,omitempty"`
	Error       string   `json:"error,omitempty"`
	Panic       bool     `json:"panic,omitempty"` // Error is the value of a panic
	Log         []string `json:"log,omitempty"`   // what golang-evtx logged meanwhile
}

func main() {
	debug.SetMaxStack(maxStack)
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: golangevtx FILE.evtx")
		os.Exit(2)
	}
	if err := dump(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "golangevtx:", err)
		os.Exit(1)
	}
}

// dump writes what golang-evtx makes of the file at path to w.
func dump(w io.Writer, path string) error {
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

	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for off := int64(fileHeaderSize); off < info.Size(); off += evtx.ChunkSize {
		if err := dumpChunk(enc, &file, off); err != nil {
			return err
		}
		// A panic that cannot be recovered must not take whole chunks with it.
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func dumpChunk(enc *json.Encoder, file *evtx.File, off int64) error {
	var c evtx.Chunk
	l := line{ChunkOffset: off, Offset: off}
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
		if err := enc.Encode(l); err != nil {
			return err
		}
	}

	// A chunk with an error still has the offsets found before it. The last
	// offset is where the next record would start, not a record.
	for _, o := range c.EventOffsets {
		if o > c.Header.OffsetLastRec {
			continue
		}
		l := line{ChunkOffset: off, Offset: off + int64(o)}
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
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

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
