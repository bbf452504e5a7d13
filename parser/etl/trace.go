package etl

import (
	"fmt"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Trace is one trace in a file. A file holds one, and others behind it if files
// were joined.
type Trace struct {
	Header TraceHeader
	Offset int64 // of the buffer that describes it

	clock  clock
	logger uint16 // of the session
	size   uint32 // of the buffer that describes it
	count  traceCounts
}

const (
	systemHeaderSize = 32

	// minTraceHeader is up to BuffersLost in the smaller form.
	minTraceHeader = 0x110

	// descriptionSize is from where a buffer begins to where the description of a
	// trace can be told from other bytes.
	descriptionSize = bufferHeaderSize + systemHeaderSize + 0x118
)

// signs counts what speaks for it that b begins with the buffer that describes a
// trace, of how many things that were looked at. There is no signature; one byte
// that was damaged changes two of them at most.
func signs(b []byte) (good, all int) {
	if len(b) < bufferHeaderSize+systemHeaderSize {
		return 0, 1
	}
	count := func(ok bool) {
		all++
		if ok {
			good++
		}
	}
	c := cursor.New(b, 0)
	h := readBufferHeader(&c)
	version := c.U16("Version")
	typ, marker := RecordType(c.U8("HeaderType")), c.U8("marker")
	size, hook := c.U16("Size"), c.U16("HookId")
	count(h.BufferSize >= bufferHeaderSize+systemHeaderSize && h.BufferSize <= MaxBufferSize)
	count(h.Filled >= bufferHeaderSize+systemHeaderSize && h.Filled <= h.BufferSize)
	count(h.Type == typeHeader)
	count(h.Flags&(^knownFlags|FlagCompressed) == 0)
	count(version == 2)
	count(typ == TypeSystem32 || typ == TypeSystem64)
	count(marker == markerEvent)
	count(size >= systemHeaderSize+minTraceHeader)
	count(hook == 0)
	if len(b) >= descriptionSize {
		c := cursor.New(b[bufferHeaderSize+systemHeaderSize:descriptionSize], 0)
		t, _ := readTraceHeader(&c)
		count(t.PointerSize == 8 || t.PointerSize == 4)
		count(t.plausible())
	}
	return good, all
}

// Sniff says whether a file that begins with head, of 512 bytes or more if the
// file has them, is a trace log: whether its first buffer describes a trace. One
// byte of what is looked at may be damaged.
func Sniff(head []byte) bool {
	good, all := signs(head)
	return good >= min(all, 9)
}

// startsTrace says whether b begins with a buffer that describes a trace, beyond
// doubt.
func startsTrace(b []byte) bool {
	good, all := signs(b)
	return good == all
}

// plausible says whether a header can be that of a trace.
func (h *TraceHeader) plausible() bool {
	return h.StartTime.Plausible() && h.ClockType >= ClockQPC && h.ClockType <= ClockCPU &&
		h.BufferSize >= bufferHeaderSize && h.BufferSize <= MaxBufferSize
}

// describe reads the description of a trace from its first buffer, which b begins
// with. odd is what is wrong with one that can be used all the same; err says why
// there is none.
func describe(b []byte, offset int64) (t *Trace, odd, err error) {
	c := cursor.New(b, offset)
	h := readBufferHeader(&c)
	start := c
	if err := c.Err(); err != nil {
		return nil, nil, err
	}
	end := len(b)
	if int64(h.BufferSize) < int64(end) && h.BufferSize >= descriptionSize {
		end = int(h.BufferSize)
	}
	typ, size, bad := recordAt(b[bufferHeaderSize:end], end-bufferHeaderSize)
	whole := bad == nil && (typ == TypeSystem32 || typ == TypeSystem64) && size >= systemHeaderSize+minTraceHeader && b[bufferHeaderSize+6]|b[bufferHeaderSize+7] == 0
	switch {
	case whole:
		end = bufferHeaderSize + size
	case bad != nil:
		start.Fail(bad.sentinel, "first record", "%s", bad.detail)
	default:
		start.Fail(cursor.ErrMalformed, "first record", "%v of %d bytes does not describe a trace", typ, size)
	}
	origin := cursor.New(b[:end], offset)
	origin.Skip(bufferHeaderSize+16, "first record")
	ticks := origin.U64("SystemTime")
	origin.Skip(8, "first record")
	t = &Trace{Offset: offset, logger: h.LoggerID, size: h.BufferSize}
	t.Header, odd = readTraceHeader(&origin)
	if !whole && (origin.Err() != nil || !t.Header.plausible()) {
		return nil, nil, start.Err()
	}
	if err := origin.Err(); err != nil {
		return nil, nil, err
	}
	if !whole {
		odd = start.Err()
	}
	t.clock = newClock(&t.Header, ticks)
	return t, odd, nil
}

// missing is the error of a trace that has fewer buffers than it says. A trace
// that was closed says how many it has; one that goes round has fewer than were
// written.
func (t *Trace) missing(end int64) error {
	h := &t.Header
	if h.EndTime == 0 || h.LogFileMode&ModeCircular != 0 || uint64(h.BuffersWritten) <= uint64(t.count.buffers) {
		return nil
	}
	return &cursor.Error{Offset: end, Field: "BuffersWritten", Err: cursor.ErrTruncated,
		Detail: fmt.Sprintf("the trace has %d buffers, the file %d", h.BuffersWritten, t.count.buffers)}
}
