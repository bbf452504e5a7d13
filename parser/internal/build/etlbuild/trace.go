package etlbuild

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/qmparse/qmparse/model"
)

// Options of a trace. The zero Options give a whole trace of 64-bit Windows,
// with the performance counter as clock.
type Options struct {
	BufferSize      uint32 // default 4096
	FirstBufferSize uint32 // of the header buffer; default BufferSize
	Compressed      bool   // of buffers that Trace.Buffer did not begin
	PointerSize     int    // 4 or 8 (default); also the bits of records

	Build      uint32 // default 22631
	Processors uint32 // default 2
	Logger     uint16 // the session's number; default 24

	Clock      Clock  // default QPC
	PerfFreq   uint64 // default 10,000,000
	MHz        uint32 // default 2400
	StartTicks uint64 // clock value of the first record; default any, of SystemTime Start

	Start model.FILETIME // default 2024-11-05T08:00:00Z
	Step  model.FILETIME // from record to record; default 1.5 s
	End   model.FILETIME // default: time of the last record
	Live  bool           // no End

	BuffersWritten          *uint32 // default: the number of buffers
	EventsLost, BuffersLost uint32
	Mode                    uint32

	Session string // default "qm-lab"
	File    string // default C:\traces\qm-lab.etl

	Process, Thread uint32 // of the header's records; default 1348, 5120

	Padding byte // between records; Windows leaves what was there before

	// First are the records behind the first one in the header buffer; nil is a
	// System record with hook 0x50 and 48 zeros, as most traces have it.
	First []Record

	EditHeader func(*LogfileHeader) // last word on the first record
	EditBuffer func(*BufferHeader)  // and on the header buffer
}

// Date is the FILETIME of a time in UTC.
func Date(year int, month time.Month, day, hour, minute, sec int) model.FILETIME {
	const unixEpoch = 11_644_473_600 // seconds from 1601 to 1970
	return model.FILETIME(time.Date(year, month, day, hour, minute, sec, 0, time.UTC).Unix()+unixEpoch) * 10_000_000
}

func (o Options) withDefaults() Options {
	or(&o.BufferSize, 4096)
	or(&o.FirstBufferSize, o.BufferSize)
	or(&o.PointerSize, 8)
	or(&o.Build, 22631)
	or(&o.Processors, 2)
	or(&o.Logger, 24)
	or(&o.Clock, QPC)
	or(&o.PerfFreq, 10_000_000)
	or(&o.MHz, 2400)
	or(&o.Start, Date(2024, 11, 5, 8, 0, 0))
	or(&o.Step, 15_000_000)
	if o.Clock == SystemTime {
		or(&o.StartTicks, uint64(o.Start))
	}
	or(&o.StartTicks, 987_654_321_000)
	or(&o.Session, "qm-lab")
	or(&o.File, `C:\traces\qm-lab.etl`)
	or(&o.Process, 1348)
	or(&o.Thread, 5120)
	if o.First == nil {
		o.First = []Record{System{Stamp: Stamp{Process: o.Process, Thread: o.Thread, Ticks: o.StartTicks}, Hook: 0x50, Payload: make([]byte, 48)}}
	}
	return o
}

// or gives v a default.
func or[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// Buffer is what a buffer has that follows neither from the trace nor from the
// records. A buffer that is full is followed by one of the same kind.
type Buffer struct {
	Processor  uint16
	Flags      uint16 // besides FlagProcessorIndex and FlagCompressed
	Compressed bool
	Size       uint32              // default Options.BufferSize
	Sequence   *int64              // default: the next
	Edit       func(*BufferHeader) // last word
}

// buffer is a buffer in the making: header space and records.
type buffer struct {
	Buffer
	sequence int64
	b        []byte
	records  []RecordAt
}

// Trace is a trace being written.
type Trace struct {
	opt     Options
	buffers []*buffer
	next    int64 // sequence number
	now     model.FILETIME
	err     error
}

// New starts a trace.
func New(opt Options) *Trace {
	opt = opt.withDefaults()
	return &Trace{opt: opt, next: 1, now: opt.Start + opt.Step}
}

// Err is the first thing that could not be written.
func (t *Trace) Err() error { return t.err }

// Buffer ends the current buffer: the next record begins another.
func (t *Trace) Buffer(b Buffer) {
	or(&b.Size, t.opt.BufferSize)
	if b.Sequence != nil {
		t.next = *b.Sequence
	}
	b.Sequence = nil
	t.buffers = append(t.buffers, &buffer{Buffer: b, sequence: t.next, b: make([]byte, bufferHeaderSize)})
	t.next++
}

// Event adds an event of a provider.
func (t *Trace) Event(ev Event) { t.Record(ev) }

// Record adds a record, in a new buffer if it does not fit in this one.
func (t *Trace) Record(r Record) {
	if t.err != nil {
		return
	}
	s := t.resolve(r)
	raw := r.encode(s)
	if len(t.buffers) == 0 {
		t.Buffer(Buffer{Compressed: t.opt.Compressed})
	}
	if !t.buffers[len(t.buffers)-1].add(t, r, s, raw) {
		t.Buffer(t.buffers[len(t.buffers)-1].Buffer)
		if !t.buffers[len(t.buffers)-1].add(t, r, s, raw) {
			t.err = fmt.Errorf("etlbuild: a record of %d bytes does not fit in a buffer", len(raw))
		}
	}
}

// resolve is the stamp of a record without zeros that mean a default.
func (t *Trace) resolve(r Record) *Stamp {
	if r.stamp() == nil {
		return nil
	}
	s := *r.stamp()
	or(&s.Bits, 8*t.opt.PointerSize)
	if s.Ticks == 0 && s.Time == 0 {
		s.Time = t.now
		t.now += t.opt.Step
	}
	if s.Ticks == 0 {
		s.Ticks = t.opt.ticks(s.Time)
	}
	s.Time = t.opt.time(s.Ticks)
	return &s
}

// add appends a record with its padding, false if it does not fit.
func (b *buffer) add(t *Trace, r Record, s *Stamp, raw []byte) bool {
	padding := -len(raw) & 7
	if len(b.b)+len(raw)+padding > int(b.Size) || len(raw) > 0xFFFF {
		return false
	}
	at := RecordAt{Inner: len(b.b), Size: len(raw), Record: r}
	if s != nil {
		at.Time, at.Ticks = s.Time, s.Ticks
	}
	b.records = append(b.records, at)
	b.b = append(append(b.b, raw...), bytes.Repeat([]byte{t.opt.Padding}, padding)...)
	return true
}

// header makes the buffer with the trace's first record.
func (t *Trace) header(end model.FILETIME) *buffer {
	o := &t.opt
	h := LogfileHeader{
		BufferSize: o.BufferSize, Version: 0x0501000A, Build: o.Build, Processors: o.Processors, EndTime: end,
		TimerResolution: 156250, Mode: o.Mode, BuffersWritten: uint32(len(t.buffers) + 1), StartBuffers: 1,
		PointerSize: uint32(o.PointerSize), EventsLost: o.EventsLost, MHz: o.MHz, LoggerName: 10, LogFileName: 7,
		TimeZone: TimeZone(-60, "@tzres.dll,-322", [8]uint16{0, 10, 0, 5, 3}, "@tzres.dll,-321", [8]uint16{0, 3, 0, 5, 2}, -60),
		BootTime: o.Start - 86_400*10_000_000, PerfFreq: o.PerfFreq, StartTime: o.Start, Clock: o.Clock, BuffersLost: o.BuffersLost,
		Session: o.Session, File: o.File,
	}
	if o.Live {
		h.EndTime = 0
	}
	if o.BuffersWritten != nil {
		h.BuffersWritten = *o.BuffersWritten
	}
	if o.EditHeader != nil {
		o.EditHeader(&h)
	}
	b := &buffer{Buffer: Buffer{Size: o.FirstBufferSize, Flags: FlagFlushMarker}, b: make([]byte, bufferHeaderSize)}
	first := System{Stamp: Stamp{Process: o.Process, Thread: o.Thread, Ticks: o.StartTicks}, Payload: h.encode(o.PointerSize)}
	now := t.now
	for _, r := range append([]Record{first}, o.First...) {
		s := t.resolve(r)
		if !b.add(t, r, s, r.encode(s)) {
			t.err = fmt.Errorf("etlbuild: the header does not fit in %d bytes", b.Size)
		}
	}
	t.now = now // the header is made anew for each image
	b.Edit = func(h *BufferHeader) {
		h.Type, h.TimeStamp, h.CurrentOffset = TypeHeader, 0, h.SavedOffset
		if o.EditBuffer != nil {
			o.EditBuffer(h)
		}
	}
	return b
}

// encode is the finished buffer.
func (b *buffer) encode(o *Options) ([]byte, BufferHeader) {
	h := BufferHeader{
		BufferSize: b.Size, SavedOffset: uint32(len(b.b)), CurrentOffset: b.Size + uint32(len(b.b)), SequenceNumber: b.sequence,
		Processor: b.Processor, Logger: o.Logger, State: 3, Filled: uint32(len(b.b)), Flags: b.Flags | FlagProcessorIndex,
	}
	if n := len(b.records); n > 0 {
		h.TimeStamp = int64(b.records[n-1].Ticks)
	}
	body := b.b[bufferHeaderSize:]
	if b.Compressed {
		body = Compress(body)
		h.BufferSize = uint32(bufferHeaderSize + len(body))
		h.Flags |= FlagCompressed
	} else {
		body = append(slices.Clone(body), bytes.Repeat([]byte{0xFF}, int(b.Size)-len(b.b))...)
	}
	if b.Edit != nil {
		b.Edit(&h)
	}
	return append(h.encode(), body...), h
}

// Bytes is the finished trace, nil if there was an error.
func (t *Trace) Bytes() []byte {
	if im := t.Image(); im != nil {
		return im.Bytes
	}
	return nil
}

// Image is the finished trace and the places of its parts, nil if there was an
// error. The trace can go on growing: earlier images do not change.
func (t *Trace) Image() *Image {
	end := t.opt.End
	if end == 0 {
		end = t.opt.Start
		for _, b := range t.buffers {
			for _, r := range b.records {
				end = max(end, r.Time)
			}
		}
	}
	im := &Image{}
	for i, b := range append([]*buffer{t.header(end)}, t.buffers...) {
		raw, h := b.encode(&t.opt)
		at := len(im.Bytes)
		im.Buffers = append(im.Buffers, BufferAt{Offset: at, Header: h})
		im.Bytes = append(im.Bytes, raw...)
		for _, r := range b.records {
			r.Buffer, r.Offset = i, at+r.Inner
			if b.Compressed {
				r.Offset = -1
			}
			im.Records = append(im.Records, r)
		}
	}
	if t.err != nil {
		return nil
	}
	return im
}
