package main

import (
	"encoding/json"
	"io"

	"github.com/qmparse/qmparse/parser"
)

// summaryVersion counts the forms that a summary has had.
const summaryVersion = 1

// runReport is what export and events say at their end, for programs: --summary-json. It is
// written if the run came to its end, also if some input was damaged.
type runReport struct {
	Summary  int        `json:"qmparse_summary"` // see summaryBegin
	Run      runOptions `json:"run"`
	ExitCode int        `json:"exit_code"`

	Inputs struct {
		Logs       int64 `json:"logs"`
		Searched   int64 `json:"searched"`    // other files, with --recover carve
		Skipped    int64 `json:"skipped"`     // that an earlier run has done
		NotRead    int64 `json:"not_read"`    // named, and no log or not to be read
		PassedOver int64 `json:"passed_over"` // met, and no log
		Unreadable int64 `json:"unreadable"`  // met, and not to be read
		Changing   int64 `json:"changing"`    // that changed while they were read
	} `json:"inputs"`

	Bytes       int64            `json:"bytes"`
	Records     map[string]int64 `json:"records"` // by state
	AfterDamage int64            `json:"live_after_damage"`
	Undecodable int64            `json:"undecodable"`
	Beside      map[string]int64 `json:"beside_events"` // what logs hold that is no event: see inspect
	First       *string          `json:"first_time"`
	Last        *string          `json:"last_time"`
	Events      []kindReport     `json:"events"` // records by kind
	OtherEvents int64            `json:"events_not_listed,omitempty"`

	Rows       int64    `json:"rows"`
	Filtered   int64    `json:"records_left_out_by_filters"`
	Duplicates int64    `json:"rows_left_out_by_dedupe"`
	WhyNone    []string `json:"why_no_rows,omitempty"`

	// Completeness of the event logs.
	Account parser.Account `json:"bytes_of_event_logs"`
	Missing struct {
		IDs  uint64 `json:"ids"`
		Logs int    `json:"logs"`

		Incomplete bool `json:"incomplete,omitempty"` // there may be more
	} `json:"missing_record_ids"`
	Back    *backReport    `json:"time_goes_back"`
	Cleared *clearedReport `json:"cleared"`

	Damage struct {
		Places int64         `json:"places"`
		Logs   int           `json:"logs"`
		Listed []damageEntry `json:"listed"`                 // the first ones
		Before int64         `json:"damaged_inputs_skipped"` // of an earlier run, also if it could not read them
	} `json:"damage"`
}

// damageEntry is one damaged place.
type damageEntry struct {
	Path   string  `json:"path"`
	Member string  `json:"member,omitempty"`
	Text   string  `json:"text"`
	Offset *int64  `json:"offset,omitempty"` // of the bytes that are lost, if it is known which
	Size   *int64  `json:"size,omitempty"`
	ID     *uint64 `json:"record_id,omitempty"`
}

// listDamage keeps a damaged place for the report, and returns its size there, nil if it has
// none.
func (l *ledger) listDamage(in *input, err error) *int64 {
	if len(l.listed) >= maxKept {
		return nil
	}
	e := damageEntry{Path: in.Path, Member: in.Member, Text: err.Error()}
	if of, ok := lost(err); ok {
		e.Offset, e.Size, e.ID = &of.Offset, &of.Size, of.ID
	}
	l.listed = append(l.listed, e)
	return e.Size
}

// report makes the report of a run.
func (c *convert[T]) report(run runOptions, code int) *runReport {
	r := &runReport{
		Summary: summaryVersion, Run: run, ExitCode: code,
		Bytes: c.tally.bytes, Records: map[string]int64{}, AfterDamage: c.tally.afterDamage, Undecodable: c.tally.undecodable,
		Beside: c.tally.beside, First: timeText(c.tally.span.first), Last: timeText(c.tally.span.last), Events: kindReports(c.tally),
		Rows: c.rows, Filtered: c.filtered.left,
		Account: c.tally.account, Back: backOf(c.back), Cleared: clearedOf(c.tally.cleared()),
	}
	r.OtherEvents = c.tally.other.n
	r.Inputs.Logs, r.Inputs.Searched, r.Inputs.Skipped = int64(c.logs), int64(c.searched), c.skipped
	r.Inputs.NotRead, r.Inputs.PassedOver, r.Inputs.Unreadable = int64(c.refusedHere), int64(c.passedOver), int64(c.unreadable)
	r.Inputs.Changing, r.Damage.Before = int64(c.changing), c.before
	for _, s := range states {
		r.Records[string(s)] = *c.tally.records.of(s)
	}
	if c.dedupe != nil {
		r.Duplicates = c.dedupe.dropped
	}
	if c.rows == 0 && c.want != nil && c.filtered.rows == 0 && c.skipped == 0 {
		r.WhyNone = c.whyNone()
	}
	r.Missing.IDs, r.Missing.Logs, r.Missing.Incomplete = c.missing, c.missingLogs, c.missingMore
	if r.Back != nil {
		r.Back.ID = 0 // of which log, nothing says
	}
	r.Damage.Places, r.Damage.Logs, r.Damage.Listed = c.damages, c.damagedLogs, append([]damageEntry{}, c.listed...)
	return r
}

// summaryBegin is what every report begins with.
const summaryBegin = "{\n  \"qmparse_summary\":"

// writeSummary writes the report to a file, whole or not at all, or to standard output.
func writeSummary(name string, r *runReport, stdout io.Writer) error {
	out, err := createOut(name, stdout, true)
	if err != nil {
		return err
	}
	defer out.discard()
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	return out.commit()
}
