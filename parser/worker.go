package parser

import (
	"fmt"
	"iter"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
)

// Worker decodes frames, one after the other. It keeps what frames have in
// common (templates, names) and is not safe for concurrent use; what an event
// says does not depend on which worker decoded it.
type Worker struct {
	// Fields says for which events Load fills Event.Fields; nil is none.
	Fields func(*model.Event) bool

	// Want lets Events step over events that are not wanted, without decoding
	// them; nil wants all. It is set before the first frame and does not change.
	// It is leave, not duty: Events may yield any event.
	Want *Want

	// Raw makes Load keep the record's bytes.
	Raw bool

	// LoadAll says that Load will be called for every event; then Events may load events
	// before it yields them, two at once, which takes less time.
	LoadAll bool

	// NoUID makes Load leave the UID out, which is a good part of what it costs.
	NoUID bool

	uid    model.UIDHasher
	event  model.Event
	ahead  ahead
	loaded *loaded // the event that was yielded last, nil if it was not loaded before
	frame  Frame
	record []byte // of the event, in the frame's memory
	data   []byte
	evtx   *evtx.Decoder
	batch  evtx.Batch // of old records
	dump   *dumpWorker
	etl    *etlWorker
	fields []model.Field
	counts []Count

	account Account
	runs    []Run
}

// Count is how often a frame held something that is no event.
type Count struct {
	Name string // lower-case words joined by underscores
	N    int64
}

// NewWorker returns a worker.
func NewWorker() *Worker { return &Worker{} }

// RecordError is about one record whose head could be read.
type RecordError struct {
	ID     uint64 // from the record's head, 0 if it has none
	Offset int64  // of the record in the file
	Size   int64  // bytes, 0 if it is not known
	State  model.RecordState
	Err    error // an [Error]

	// AfterDamage says that the record was found behind bytes of its frame that
	// are no record.
	AfterDamage bool
}

func (e *RecordError) Error() string {
	if e.ID == 0 { // records of a trace log have none
		return fmt.Sprintf("record at offset %#x: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("record %d at offset %#x: %v", e.ID, e.Offset, e.Err)
}

// Unwrap returns the error within.
func (e *RecordError) Unwrap() error { return e.Err }

// SizeError follows an event whose record has a wrong size and decodes all the same: the
// copy of it differs, as the record was not written whole or overwritten in part, or it
// covers others, which somebody has hidden so and which come next.
type SizeError struct {
	ID     uint64 // from the record's head
	Offset int64  // of the record in the file
	Covers bool   // others
}

func (e *SizeError) Error() string {
	wrong := "is torn: the copy of its size differs"
	if e.Covers {
		wrong = "covers others with its size"
	}
	return fmt.Sprintf("record %d at offset %#x %s", e.ID, e.Offset, wrong)
}

// Unwrap returns [ErrMalformed].
func (e *SizeError) Unwrap() error { return ErrMalformed }

// Events yields the events of a frame with all but their data, which
// [Worker.Load] adds. The event is valid until the next one. An error is about
// one record or stretch of bytes; iteration goes on.
func (w *Worker) Events(f Frame) iter.Seq2[*model.Event, error] {
	w.frame, w.loaded = f, nil
	w.counts, w.runs = w.counts[:0], w.runs[:0]
	w.account = Account{}
	return f.events(w)
}

// Counts says what the frame of the last [Worker.Events] held beside its events,
// or what the events are counted by beyond their provider and id. Complete once
// all were yielded, valid until the next frame.
func (w *Worker) Counts() []Count { return w.counts }

// Account says what the bytes of the frame of the last [Worker.Events] are, if it is of
// an event log; what none of its frames has, [Accounted] tells. Complete once all events
// were yielded.
func (w *Worker) Account() Account { return w.account }

// Runs says how the ids of the frame's records follow each other, if they are those of
// an event log. Complete once all events were yielded, valid until the next frame.
func (w *Worker) Runs() []Run { return w.runs }

// Account says what the bytes of an event log are.
type Account = evtx.Account

// Accounted is a [Log] whose bytes are accounted for: by Account those that are in none
// of its frames. Complete once Frames has ended.
type Accounted interface{ Account() Account }

// Run is records whose ids follow each other.
type Run = evtx.Run

// Back counts records that were written before the record before them.
type Back = evtx.Back

// Gap is bytes of an event log that no record can be read from.
type Gap = evtx.Gap

func (w *Worker) count(name string, n int64) {
	if n > 0 {
		w.counts = append(w.counts, Count{name, n})
	}
}

// Shape appends the structure of the payload of the event that [Worker.Events]
// yielded last, without its content: see [netevent.AppendShape]. It returns nil for
// an event whose payload has a documented layout.
func (w *Worker) Shape(dst []byte) []byte {
	if f, ok := w.frame.(interface {
		shape(*Worker, []byte) []byte
	}); ok {
		return f.shape(w, dst)
	}
	return nil
}

// Want says which events are wanted.
type Want = evtx.Want

// Passed counts events of one kind that were stepped over.
type Passed = evtx.Passed

// Passed yields the events that [Worker.Events] has stepped over since Passed was
// last called, by kind. They are live records with nothing wrong about them or
// before them. What is not yet told takes memory, so Passed is to be called now
// and then.
func (w *Worker) Passed() iter.Seq[Passed] {
	if w.evtx == nil {
		return func(func(Passed) bool) {}
	}
	return w.evtx.Passed()
}

// Release gives the memory of a frame back to its log, which uses it for frames to
// come. The frame, and whatever its events share with it, as Raw, must not be used
// any more.
func Release(f Frame) {
	if r, ok := f.(interface{ release() }); ok {
		r.release()
	}
}

// Load decodes the data of the event that [Worker.Events] yielded last, into
// Data, Fields and UID. If that fails Data is nil, a diagnostic says so, and the
// error says where.
func (w *Worker) Load(ev *model.Event) error {
	if w.loaded != nil {
		return w.loaded.err
	}
	w.beforeLoad(ev)
	return w.afterLoad(ev, w.frame.load(w, ev))
}

// identify sets the UID of an event whose data are there.
func (w *Worker) identify(ev *model.Event) {
	if !w.NoUID {
		ev.UID = w.uid.EventUID(ev)
	}
}

// beforeLoad does what Load does before it decodes the data.
func (w *Worker) beforeLoad(ev *model.Event) {
	if w.Raw {
		ev.Raw = w.record
	}
	sayOutOfRange(ev, "time-out-of-range", ev.Time)
	sayOutOfRange(ev, "logged-time-out-of-range", ev.Logged)
}

// afterLoad does what Load does when the data is decoded, or failed to with err.
func (w *Worker) afterLoad(ev *model.Event, err error) error {
	if err == nil {
		return nil
	}
	ev.Fields = nil
	ev.Diagnostics = append(ev.Diagnostics, model.Diagnostic{Code: "data-undecodable", Detail: err.Error()})
	return &RecordError{ID: ev.RecordID.V, Offset: int64(ev.Offset), State: ev.State, Err: err}
}

// sayOutOfRange says what a time is that its column cannot have; of Logged no other has it.
func sayOutOfRange(ev *model.Event, code string, t model.Opt[model.FILETIME]) {
	if _, ok := t.V.UnixMicros(); t.OK && !ok {
		ev.Diagnostics = append(ev.Diagnostics, model.Diagnostic{Code: code, Detail: t.V.String()})
	}
}
