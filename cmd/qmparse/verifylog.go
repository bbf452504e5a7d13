package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/qmparse/qmparse/cmd/qmparse/internal/compare"
	"github.com/qmparse/qmparse/internal/secondreader"
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/evtx"
)

// verdict is what came of comparing a log, or several.
type verdict struct {
	both, agree, limited, differ  int64 // records that both read; limited: but for known limitations they agree
	onlyOurs, onlyTheirs, neither int64 // other records

	limits  map[compare.Limit]int64 // values, and records of compare.PastFree
	damaged int64                   // places, that qmparse met

	panics, recordErrors, chunkErrors int64 // of golang-evtx, the first among the others
}

// differs says whether the readers do not agree on something.
func (v *verdict) differs() bool { return v.differ > 0 || v.onlyOurs > 0 || v.onlyTheirs > 0 }

func (v *verdict) add(o *verdict) {
	v.both += o.both
	v.agree += o.agree
	v.limited += o.limited
	v.differ += o.differ
	v.onlyOurs += o.onlyOurs
	v.onlyTheirs += o.onlyTheirs
	v.neither += o.neither
	for l, n := range o.limits {
		v.limit(l, n)
	}
}

func (v *verdict) limit(l compare.Limit, n int64) {
	if v.limits == nil {
		v.limits = map[compare.Limit]int64{}
	}
	v.limits[l] += n
}

// reading is a record as qmparse reads it, or a damaged place. It is good until
// the next.
type reading struct {
	offset int64
	ev     *model.Event // with its data; its record's id even if there is an error
	doc    *binxml.Document
	err    error
	damage bool // err is about the place, there is no record
}

// readings yields the records of a log and its damaged places in the order of the
// file. Told is called for each damaged place, those that cost no record too, and
// read for each chunk.
func readings(l *evtx.Reader, told func(), read func(bytes int)) iter.Seq[reading] {
	return func(yield func(reading) bool) {
		d := evtx.NewDecoder()
		var ev model.Event
		var data []byte
		damage := func(err error) bool {
			told()
			o := reading{err: err, damage: true}
			var at *parser.Error
			if errors.As(err, &at) {
				o.offset = at.Offset
			}
			return yield(o)
		}
		for c, err := range l.Chunks() {
			if err != nil {
				if !damage(err) {
					return
				}
				continue
			}
			read(len(c.Data))
			if c.Verify() != nil {
				told()
			}
			d.Chunk(c)
			for r, err := range c.Records() {
				if err != nil {
					if !damage(err) {
						return
					}
					continue
				}
				o := reading{offset: r.Offset, ev: &ev}
				if o.err = d.System(&r, &ev); o.err == nil {
					data, o.err = d.Data(data[:0], &ev)
				}
				if o.err == nil {
					o.doc, o.err = d.Document()
				}
				if o.err != nil || r.Torn {
					told()
				}
				if !yield(o) {
					return
				}
			}
		}
	}
}

// merge goes through what both readers say of one log, in the order of its
// offsets, one record of each at a time.
type merge struct {
	verdict
	ctx    context.Context
	report *logReport

	second *secondreader.Process
	line   *secondreader.Line // the next one, nil at the end
	failed error              // how golang-evtx ended, once it has

	ourChunk, theirChunk chunkError // the last ones
}

// chunkError is why a reader has no records, or no more, of the chunk at offset.
type chunkError struct {
	offset int64
	text   string
}

// of returns the error if it is about the chunk that holds the record at offset.
func (e *chunkError) of(offset int64) string {
	if e.text == "" || chunkOf(offset) != chunkOf(e.offset) {
		return ""
	}
	return e.text
}

// chunkOf returns the number of the chunk that offset is in.
func chunkOf(offset int64) int64 { return (offset - 4096) / evtx.ChunkSize }

// log compares the log at path, which in names. With a refusal qmparse does not
// read it.
func (v *verification) log(in *input, path string, refusal error) error {
	ours := iter.Seq[reading](func(func(reading) bool) {})
	m := &merge{ctx: v.ctx}
	if refusal == nil {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		counted := &counter{r: f}
		l, err := evtx.NewReader(counted)
		if err != nil {
			return err
		}
		read := func(n int) {
			in.read = counted.n.Load()
			if in.Member == "" {
				v.con.read(n)
			}
		}
		ours = readings(l, func() { m.damaged++ }, read)
	}
	cmd, err := second(path)
	if err != nil {
		return err
	}
	if m.second, err = secondreader.Start(v.ctx, cmd, v.timeout); err != nil {
		return fmt.Errorf("golang-evtx could not be started: %v", err)
	}
	m.report = v.begin(in)
	err = m.run(ours)
	if failed := m.second.Close(); m.failed == nil {
		m.failed = failed
	}
	switch {
	case v.ctx.Err() != nil:
		return v.ctx.Err()
	case err != nil:
		return err
	}
	return v.end(m.report, &logVerdict{in: in, verdict: m.verdict, failed: m.failed, err: refusal})
}

// end counts a log and ends its report.
func (v *verification) end(r *logReport, l *logVerdict) error {
	if l.failed != nil {
		v.crashed++
	}
	switch l.result() {
	case notCompared:
		v.notCompared++
		v.refuse(l.in, l.err)
	case differ:
		v.differing++
		fallthrough
	default:
		v.compared++
	}
	v.sum.add(&l.verdict)
	return r.end(l)
}

// run compares to the end of both. An error is that of writing.
func (m *merge) run(ours iter.Seq[reading]) error {
	next, stop := iter.Pull(ours)
	defer stop()
	o, more := next()
	m.advance()
	for (more || m.line != nil) && m.ctx.Err() == nil {
		var err error
		switch t := m.line; {
		case more && o.damage && (t == nil || o.offset <= t.Offset):
			m.ourChunk = chunkError{o.offset, o.err.Error()}
			o, more = next()
		case t == nil || more && o.offset < t.Offset:
			err = m.ours(&o)
			o, more = next()
		case !more || t.Offset < o.offset:
			err = m.theirs(t)
			m.advance()
		default:
			err = m.pair(&o, t)
			o, more = next()
			m.advance()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// advance takes golang-evtx's next line; at the end it finds out how that came.
func (m *merge) advance() {
	if m.line = m.second.Next(); m.line == nil {
		m.failed = m.second.Close()
	}
}

// ours is about a record of which golang-evtx says nothing.
func (m *merge) ours(o *reading) error {
	switch {
	case o.err != nil:
		m.neither++
		return nil
	case o.ev.State == model.StatePastFree:
		m.limit(compare.PastFree, 1)
		return nil
	}
	reason := m.theirChunk.of(o.offset)
	switch {
	case m.failed != nil && m.line == nil:
		reason = "it had ended"
	case reason == "":
		reason = "it does not see it"
	}
	return m.only(o, reason)
}

func (m *merge) only(o *reading, reason string) error {
	m.onlyOurs++
	return m.report.add(&listed{Kind: onlyQmparse, Offset: o.offset, ID: o.ev.RecordID.V, Reason: "golang-evtx: " + reason})
}

// theirs is about a line to which qmparse has no record.
func (m *merge) theirs(t *secondreader.Line) error {
	m.count(t)
	if t.Chunk() {
		m.theirChunk = chunkError{t.Offset, t.Error}
		return nil
	}
	if t.Event == nil {
		return nil // an error about nothing
	}
	reason := m.ourChunk.of(t.Offset)
	if reason == "" {
		reason = "it does not see it"
	}
	return m.onlyTheir(t, reason)
}

func (m *merge) onlyTheir(t *secondreader.Line, reason string) error {
	m.onlyTheirs++
	return m.report.add(&listed{Kind: onlyGolangEvtx, Offset: t.Offset, ID: t.RecordID, Reason: "qmparse: " + reason})
}

// unusedChunk is golang-evtx's error about space that no chunk was written to yet,
// as most logs have at their end.
const unusedChunk = `Invalid chunk magic: "\x00\x00\x00\x00\x00\x00\x00\x00"`

// count counts golang-evtx's errors.
func (m *merge) count(t *secondreader.Line) {
	switch {
	case t.Chunk() && t.Error != "" && t.Error != unusedChunk:
		m.chunkErrors++
	case !t.Chunk() && t.Event == nil:
		m.recordErrors++
	}
	if t.Panic {
		m.panics++
	}
}

// pair is about a record of which both say something.
func (m *merge) pair(o *reading, t *secondreader.Line) error {
	m.count(t)
	switch {
	case t.Event == nil && o.err != nil:
		m.neither++
		return nil
	case t.Event == nil:
		return m.only(o, said(t))
	case o.err != nil:
		return m.onlyTheir(t, o.err.Error())
	}
	found, err := compare.Record(o.ev, o.doc.Tree, t.Event)
	if err != nil {
		return m.onlyTheir(t, err.Error())
	}
	if o.ev.RecordID.V != t.RecordID {
		found = append(found, compare.RecordID(o.ev.RecordID.V, t.RecordID))
	}
	m.both++
	differ := false
	for i := range found {
		d := &found[i]
		if d.Limit != "" {
			m.limit(d.Limit, 1)
			continue
		}
		differ = true
		if err := m.report.add(&listed{Kind: values, Offset: o.offset, ID: o.ev.RecordID.V, difference: d, Reason: told(t)}); err != nil {
			return err
		}
	}
	switch {
	case differ:
		m.differ++
	case len(found) > 0:
		m.limited++
	default:
		m.agree++
	}
	return nil
}

// said is golang-evtx's error about a record.
func said(t *secondreader.Line) string {
	if t.Panic {
		return "panic: " + t.Error
	}
	return t.Error
}

// told is what golang-evtx has to say about a record that it gives all the same.
func told(t *secondreader.Line) string {
	switch {
	case t.Error != "":
		return "golang-evtx: " + t.Error
	case len(t.Log) > 0:
		return "golang-evtx: " + t.Log[0]
	}
	return ""
}
