package parser

import (
	"bufio"
	"errors"
	"io"
	"iter"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/etl"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/netsh"
)

// Error says what could not be decoded, and where.
type Error = cursor.Error

// What an [Error] wraps.
var (
	ErrTruncated   = cursor.ErrTruncated   // the bytes end too early
	ErrMalformed   = cursor.ErrMalformed   // the bytes contradict the format
	ErrUnsupported = cursor.ErrUnsupported // the format allows it, qmparse does not read it
)

// ErrUnknownFormat is the error of [Open] for bytes that are no log.
var ErrUnknownFormat = errors.New("not a log of a known format")

// ErrEmpty is the error of [Open] for no bytes at all. It is an
// ErrUnknownFormat, too.
var ErrEmpty = &emptyError{}

type emptyError struct{}

func (*emptyError) Error() string { return "empty file" }
func (*emptyError) Unwrap() error { return ErrUnknownFormat }

// Log is an opened log.
type Log interface {
	// Format returns the format of the log.
	Format() model.SourceFormat

	// Frames yields the frames in the order of the file, once. An error is
	// about the bytes at its offset, and iteration goes on; or it is that of
	// reading, which ends it. Of an event log most errors come with the frames:
	// what stands in them is known when they are decoded.
	Frames() iter.Seq2[Frame, error]

	// Properties says what the log tells of itself. Complete once Frames has
	// ended and its frames are decoded.
	Properties() []Property
}

// Frame is a part of a log that decodes without any other.
type Frame interface {
	events(w *Worker) iter.Seq2[*model.Event, error]
	load(w *Worker, ev *model.Event) error
	// Bytes returns the size of the frame, expanded if it is compressed: how much there is
	// to decode.
	Bytes() int
}

// Property is something that a log tells of itself or that was counted while it
// was read: "version" "3.1".
type Property struct {
	Name  string // lower-case words joined by underscores
	Value any    // string, bool, int or uint64
}

// sniffSize is how much is looked at to know a format: enough for the first
// chunk of an EVTX file whose header was wiped.
const sniffSize = 4096 + 8

// Options say how a log is read.
type Options struct {
	// Recover says which old records are recovered.
	Recover Recover

	// KeepRepeats also yields old records that are copies of others.
	KeepRepeats bool

	// Reuse, if there is one, makes reading many event logs faster.
	Reuse *Reuse
}

// Recover says what is looked for beyond the records that a log holds.
type Recover string

// What is recovered; "" is none.
const (
	RecoverNone  Recover = "none"
	RecoverSlack Recover = "slack" // old records in what the chunks of an event log call free
	RecoverCarve Recover = "carve" // these, and logs and parts of them anywhere among other bytes
)

// Open recognises the format of the log that r reads from its start.
func Open(r io.Reader) (Log, error) { return Options{}.Open(r) }

// Open recognises the format of the log that r reads from its start.
func (o Options) Open(r io.Reader) (Log, error) {
	b := bufio.NewReaderSize(r, sniffSize)
	head, err := b.Peek(sniffSize)
	if err != nil && err != io.EOF { // an error that wraps it is not the end
		return nil, err
	}
	if len(head) == 0 {
		return nil, ErrEmpty
	}
	format := formatOf(head)
	if o.Recover == RecoverCarve && format != model.FormatNetshXML {
		return openCarve(b, head, format, o), nil
	}
	switch format {
	case model.FormatEVTX:
		return openEVTX(opened{b, r}, o)
	case model.FormatDump:
		return openDump(b)
	case model.FormatETL:
		return openETL(b)
	case model.FormatNetshXML:
		return openNetsh(b)
	}
	return nil, ErrUnknownFormat
}

// formatOf returns the format of what begins with head, FormatBlob if it is no log.
func formatOf(head []byte) model.SourceFormat {
	switch {
	case isEVTX(head):
		return model.FormatEVTX
	case isDump(head):
		return model.FormatDump
	case etl.Sniff(head):
		return model.FormatETL
	case netsh.Sniff(head):
		return model.FormatNetshXML
	}
	return FormatBlob
}
