package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/qmparse/qmparse/cmd/qmparse/internal/compare"
)

const (
	// shownDifferences and keptDifferences are how many differences of one log are
	// listed without -v, as text and as JSON.
	shownDifferences = 20
	keptDifferences  = 1000

	// shownValue and keptValue are how many bytes of a value's JSON are.
	shownValue = 160
	keptValue  = 1000
)

func mostListed(asJSON, verbose bool) int {
	switch {
	case verbose:
		return int(^uint(0) >> 1)
	case asJSON:
		return keptDifferences
	}
	return shownDifferences
}

// Kinds of differences, as JSON names them.
const (
	values         = "value"
	onlyQmparse    = "only_qmparse"
	onlyGolangEvtx = "only_golang_evtx"
)

// listed is one difference as it is listed.
type listed struct {
	Kind   string `json:"kind"`
	Offset int64  `json:"offset"`
	ID     uint64 `json:"record_id,string"`

	Field      string          `json:"field,omitempty"`
	Qmparse    json.RawMessage `json:"qmparse,omitempty"`
	GolangEvtx json.RawMessage `json:"golang_evtx,omitempty"`
	Reason     string          `json:"reason,omitempty"`

	difference *compare.Difference // whose field and values are to be filled in
}

// logReport writes what is found about one log as it is found.
type logReport struct {
	out    *bufio.Writer
	asJSON bool
	single bool // runs are not put together
	most   int
	listed int
	more   int64 // beyond most

	run, last *listed // a run that is not printed yet, and its last record
	length    int
}

// logHead are the first members of a log's object.
type logHead struct {
	Path   string `json:"path"`
	Member string `json:"member,omitempty"`
}

// begin begins the report on a log.
func (v *verification) begin(in *input) *logReport {
	r := &logReport{out: v.out, asJSON: v.asJSON, single: v.con.verbose, most: v.most}
	if r.asJSON {
		r.out.WriteString(strings.TrimSuffix(marshal(logHead{in.Path, in.Member}), "}") + `,"differences":[`)
	} else {
		r.line("%s", in.name())
	}
	return r
}

// line prints a line of text, of which some was written by whoever wrote the log:
// what could control a terminal is escaped.
func (r *logReport) line(format string, args ...any) error {
	_, err := r.out.WriteString(printable(fmt.Sprintf(format, args...)) + "\n")
	return failed(err)
}

// add lists a difference, or counts it if there were enough.
func (r *logReport) add(d *listed) error {
	if r.extend(d) {
		return nil
	}
	if err := r.endRun(); err != nil {
		return err
	}
	if r.listed == r.most {
		r.more++
		return nil
	}
	r.listed++
	if r.asJSON {
		d.fill(keptValue)
		if r.listed > 1 {
			r.out.WriteByte(',')
		}
		_, err := r.out.WriteString(marshal(d))
		return failed(err)
	}
	if d.Kind != values {
		r.run, r.last, r.length = d, d, 1
		return nil
	}
	d.fill(shownValue)
	because := ""
	if d.Reason != "" {
		because = "; " + d.Reason
	}
	return r.line("  record %d at offset %#x: %s: qmparse %s, golang-evtx %s%s",
		d.ID, d.Offset, d.Field, orNone(d.Qmparse), orNone(d.GolangEvtx), because)
}

// extend makes d part of the run of records that only one reader read for the same
// reason, if it is: a text has one line for them.
func (r *logReport) extend(d *listed) bool {
	if r.run == nil || r.single || d.Kind != r.run.Kind || d.Reason != r.run.Reason {
		return false
	}
	r.last = d
	r.length++
	return true
}

// endRun prints the run.
func (r *logReport) endRun() error {
	if r.run == nil {
		return nil
	}
	first, last, length := r.run, r.last, r.length
	r.run = nil
	reader, them := "qmparse", "it"
	if first.Kind == onlyGolangEvtx {
		reader = "golang-evtx"
	}
	where := fmt.Sprintf("record %d at offset %#x", first.ID, first.Offset)
	if length > 1 {
		them = "them"
		where = fmt.Sprintf("%d records from %d at offset %#x to %d at offset %#x", length, first.ID, first.Offset, last.ID, last.Offset)
	}
	return r.line("  %s: only %s read %s; %s", where, reader, them, first.Reason)
}

// failed marks an error of writing the report, which ends the run. The Writer keeps
// the first, so the last one asked for is enough.
func failed(err error) error {
	if err != nil {
		return &outputFailed{err}
	}
	return nil
}

func (d *listed) fill(most int) {
	if d.difference == nil {
		return
	}
	d.Field = d.difference.Field
	d.Qmparse, d.GolangEvtx = valueJSON(d.difference.Ours, most), valueJSON(d.difference.Theirs, most)
}

// valueJSON is a value as JSON; a long one is a text, the start of its JSON and how
// long that is. nil is a value that is not there.
func valueJSON(v any, most int) json.RawMessage {
	if v == compare.Missing {
		return nil
	}
	text := marshal(v)
	if len(text) > most {
		n := most
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = marshal(fmt.Sprintf("%s… (%d bytes)", text[:n], len(text)))
	}
	return json.RawMessage(text)
}

func orNone(v json.RawMessage) string {
	if v == nil {
		return "nothing"
	}
	return string(v)
}

// marshal is JSON without escapes for HTML. What is marshalled here has no value
// that JSON has not.
func marshal(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return strconv.Quote(err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// printable escapes what is not to be seen in a line, as Go does in strings.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// logVerdict is how a log's report ends.
type logVerdict struct {
	in *input
	verdict
	failed error // how golang-evtx ended, if not well
	err    error // why qmparse did not read it
}

// Results, as JSON names them.
const (
	agree       = "agree"
	differ      = "differ"
	notCompared = "not_compared"
)

func (l *logVerdict) result() string {
	switch {
	case l.differs() || l.failed != nil:
		return differ
	case l.err != nil:
		return notCompared
	}
	return agree
}

// logTail are the other members of a log's object.
type logTail struct {
	More       int64            `json:"differences_not_listed"`
	Size       int64            `json:"size"` // bytes that qmparse read
	Records    recordCounts     `json:"records"`
	Limits     map[string]int64 `json:"known_limitations"`
	Damaged    int64            `json:"damaged_places"`
	GolangEvtx errorCounts      `json:"golang_evtx_errors"`
	Failed     string           `json:"golang_evtx_failed,omitempty"`
	Error      string           `json:"error,omitempty"`
	Result     string           `json:"result"`
}

type recordCounts struct {
	Both       int64 `json:"both"`
	Agree      int64 `json:"agree"`
	Limited    int64 `json:"limited"`
	Differ     int64 `json:"differ"`
	Qmparse    int64 `json:"only_qmparse"`
	GolangEvtx int64 `json:"only_golang_evtx"`
	Neither    int64 `json:"neither"`
}

type errorCounts struct {
	Panics  int64 `json:"panics"`
	Records int64 `json:"records"`
	Chunks  int64 `json:"chunks"`
}

// end ends the report on a log.
func (r *logReport) end(l *logVerdict) error {
	if r.asJSON {
		return r.endJSON(l)
	}
	r.endRun()
	if r.more > 0 {
		r.line("  and %d more (-v lists all)", r.more)
	}
	for _, known := range compare.Limits {
		if n := l.limits[known.Limit]; n > 0 {
			what := "value"
			if known.Limit == compare.PastFree {
				what = "record"
			}
			r.line("  known limitation: %s, %s: %s", known.Limit, plural(n, what), known.About)
		}
	}
	if l.failed != nil {
		r.line("  golang-evtx %v", l.failed)
	}
	if l.err != nil {
		r.line("  qmparse: %v", l.err)
	}
	if l.damaged > 0 {
		r.line("  qmparse met %s ('qmparse inspect' names them)", plural(l.damaged, "damaged place"))
	}
	if n := l.recordErrors + l.chunkErrors; n > 0 {
		r.line("  golang-evtx has errors about %s and %s, %s among them",
			plural(l.recordErrors, "record"), plural(l.chunkErrors, "chunk"), plural(l.panics, "panic"))
	}
	r.line("  %s: %s", strings.ReplaceAll(l.result(), "_", " "), l.text())
	return failed(r.out.Flush())
}

func (r *logReport) endJSON(l *logVerdict) error {
	t := logTail{
		More: r.more, Size: l.in.read, Damaged: l.damaged, Limits: map[string]int64{}, Result: l.result(),
		Records:    recordCounts{l.both, l.agree, l.limited, l.differ, l.onlyOurs, l.onlyTheirs, l.neither},
		GolangEvtx: errorCounts{l.panics, l.recordErrors, l.chunkErrors},
	}
	for limit, n := range l.limits {
		t.Limits[string(limit)] = n
	}
	if l.failed != nil {
		t.Failed = l.failed.Error()
	}
	if l.err != nil {
		t.Error = l.err.Error()
	}
	r.out.WriteString("]," + strings.TrimPrefix(marshal(t), "{") + "\n")
	return failed(r.out.Flush())
}

// text says how many records were compared and how.
func (v *verdict) text() string {
	text := fmt.Sprintf("%s read by both", plural(v.both, "record"))
	for _, c := range []struct {
		n    int64
		what string
	}{
		{v.agree, "agree"}, {v.limited, "agree but for known limitations"}, {v.differ, "differ"},
		{v.onlyOurs, "read by qmparse alone"}, {v.onlyTheirs, "read by golang-evtx alone"}, {v.neither, "by neither"},
	} {
		if c.n > 0 {
			text += fmt.Sprintf(", %d %s", c.n, c.what)
		}
	}
	return text
}

// sayCompared ends the run.
func (v *verification) sayCompared() {
	v.con.say("compared %s: %s", plural(v.compared, "log"), v.sum.text())
	for _, known := range compare.Limits {
		if n := v.sum.limits[known.Limit]; n > 0 {
			v.con.say("known limitation of golang-evtx: %s: %d", known.Limit, n)
		}
	}
	if v.crashed > 0 {
		v.con.say("golang-evtx crashed or was stopped on %s", plural(v.crashed, "log"))
	}
	if v.passedOver > 0 {
		v.con.say("passed over %s, no event logs (-v names them)", plural(int64(v.passedOver), "file"))
	}
	switch {
	case v.differing > 0:
		v.con.say("the readers differ on %s", plural(v.differing, "log"))
	case v.notCompared == 0 && v.compared > 0:
		v.con.say("the readers agree")
	}
}
