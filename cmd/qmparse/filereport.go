package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// fileReport is what inspect says of one file.
type fileReport struct {
	Path   string `json:"path"`
	Member string `json:"member,omitempty"`
	Format string `json:"format,omitempty"`
	Error  string `json:"error,omitempty"` // why it was not read
	Size   *int64 `json:"size"`            // bytes read; nil if it was not

	Properties map[string]any   `json:"properties,omitempty"`
	Beside     map[string]int64 `json:"beside_events,omitempty"` // see parser.Worker.Counts
	Records    map[string]int64 `json:"records,omitempty"`       // by state
	After      int64            `json:"live_after_damage"`
	Undecoded  int64            `json:"undecodable"`
	First      *string          `json:"first_time"`
	Last       *string          `json:"last_time"`
	Events     []kindReport     `json:"events,omitempty"`
	MoreEvents int64            `json:"events_not_listed,omitempty"` // records of kinds that are not in events
	Damage     []string         `json:"damage,omitempty"`
	More       int64            `json:"damage_not_listed,omitempty"`

	// Of event logs: what the bytes are, each counted once; which bytes and records
	// are lost to damage; ids that are missing, those of the records and those that
	// the events of a channel have; whether the clock or the log was tampered with.
	Bytes    *parser.Account       `json:"bytes,omitempty"`
	Lost     []lostReport          `json:"lost,omitempty"`
	IDs      *idsReport            `json:"record_ids,omitempty"`
	Channels map[string]*idsReport `json:"event_record_ids,omitempty"`
	MoreIDs  bool                  `json:"event_record_ids_not_listed,omitempty"` // there are of further channels
	Back     *backReport           `json:"time_goes_back,omitempty"`
	Cleared  *clearedReport        `json:"cleared,omitempty"`

	// With --shape; see shapesReport.
	Shapes     []shapeReport `json:"-"`
	MoreShapes int64         `json:"-"`

	order []parser.Property
}

// lostReport is bytes that are lost to damage: those of a record, or a stretch between
// records.
type lostReport struct {
	Offset int64   `json:"offset"`
	Size   int64   `json:"size"`
	ID     *uint64 `json:"record_id,omitempty"`
}

// lost returns the bytes that err says are lost, false if it says none.
func lost(err error) (lostReport, bool) {
	var gap *parser.Gap
	var r *parser.RecordError
	switch {
	case errors.As(err, &gap):
		return lostReport{Offset: gap.Offset, Size: gap.Size}, true
	case errors.As(err, &r) && r.Size > 0:
		return lostReport{Offset: r.Offset, Size: r.Size, ID: &r.ID}, true
	}
	return lostReport{}, false
}

// backReport says how often a record was written before the one before it.
type backReport struct {
	Records int64  `json:"records"`
	Seconds string `json:"most_seconds"`        // of the longest step, to 100 ns
	ID      uint64 `json:"record_id,omitempty"` // behind that step; not of several logs
}

func backOf(b parser.Back) *backReport {
	if b.N == 0 {
		return nil
	}
	const second = 10_000_000
	return &backReport{Records: b.N, Seconds: fmt.Sprintf("%d.%07d", b.Most/second, b.Most%second), ID: b.ID}
}

// clearedReport says how often a log was cleared, as its records tell.
type clearedReport struct {
	Records int64   `json:"records"`
	First   *string `json:"first_time"`
	Last    *string `json:"last_time"`
}

func clearedOf(k kindTally) *clearedReport {
	if k.n == 0 {
		return nil
	}
	return &clearedReport{Records: k.n, First: timeText(k.span.first), Last: timeText(k.span.last)}
}

// kindReport is the count of one kind of event.
type kindReport struct {
	Channel  string  `json:"channel"`
	Provider string  `json:"provider"`
	GUID     string  `json:"provider_guid,omitempty"` // if the name is unknown
	EventID  *uint32 `json:"event_id"`
	Records  int64   `json:"records"`
	First    *string `json:"first_time"`
	Last     *string `json:"last_time"`
}

// name is how a person is told the provider.
func (k *kindReport) name() string {
	if k.Provider == "" {
		return k.GUID
	}
	return k.Provider
}

func (v *inspection) report(in *input) *fileReport {
	r := &fileReport{
		Path: in.Path, Member: in.Member, Format: string(in.log.Format()), Size: &in.read,
		Properties: map[string]any{}, Records: map[string]int64{}, Beside: v.file.beside,
		Shapes: v.shapes.report(), MoreShapes: v.shapes.more,
		After: v.file.afterDamage, Undecoded: v.file.undecodable,
		First: timeText(v.file.span.first), Last: timeText(v.file.span.last),
		Damage: v.damages, More: v.more, order: in.log.Properties(),
	}
	for _, p := range r.order {
		r.Properties[p.Name] = p.Value
	}
	r.Cleared = clearedOf(v.file.cleared())
	if in.log.Format() == model.FormatEVTX {
		if _, ok := in.log.(parser.Accounted); ok {
			r.Bytes = &v.file.account
		}
		r.Lost = v.lost
		r.IDs, r.Back = v.ids.report(), backOf(v.ids.back())
		r.Channels = map[string]*idsReport{}
		for channel, s := range v.channel {
			r.Channels[channel] = s.report()
		}
		r.MoreIDs = v.others
	}
	for _, s := range states {
		r.Records[string(s)] = *v.file.records.of(s)
	}
	r.Events = kindReports(v.file)
	r.MoreEvents = v.file.other.n
	return r
}

// kindReports reports what a tally has counted, by kind.
func kindReports(t *tally) (all []kindReport) {
	for _, key := range t.sorted() {
		k := t.kinds[key]
		kind := kindReport{Channel: key.channel, Provider: key.provider, Records: k.n, First: timeText(k.span.first), Last: timeText(k.span.last)}
		if key.guid != (model.GUID{}) {
			kind.GUID = key.guid.String()
		}
		if key.id.OK {
			kind.EventID = &key.id.V
		}
		all = append(all, kind)
	}
	return all
}

func timeText(t model.Opt[model.FILETIME]) *string {
	if !t.OK {
		return nil
	}
	text := t.V.String()
	return &text
}

// json writes the report as one line.
func (r *fileReport) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// name is how a person is told the file.
func (r *fileReport) name() string {
	in := input{Source: source.Source{Path: r.Path, Member: r.Member}}
	return in.name()
}

// text is the report for a person.
func (r *fileReport) text() string {
	var b strings.Builder
	fmt.Fprintln(&b, r.name())
	if r.Error != "" {
		fmt.Fprintf(&b, "  not read: %s\n\n", r.Error)
		return b.String()
	}
	fmt.Fprintf(&b, "  %s, %s\n  ", r.Format, bytesText(*r.Size))
	for i, p := range r.order {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %v", strings.ReplaceAll(p.Name, "_", " "), p.Value)
	}
	b.WriteString("\n  records:")
	comma := ""
	for _, s := range states {
		if n := r.Records[string(s)]; n > 0 || s == model.StateLive {
			fmt.Fprintf(&b, "%s %d %s", comma, n, s)
			comma = ","
		}
	}
	if r.After > 0 {
		fmt.Fprintf(&b, "; %d of the live ones were found behind damage", r.After)
	}
	if r.Undecoded > 0 {
		fmt.Fprintf(&b, "; %d were not decoded", r.Undecoded)
	}
	b.WriteByte('\n')
	for _, name := range slices.Sorted(maps.Keys(r.Beside)) {
		fmt.Fprintf(&b, "  %s: %d\n", strings.ReplaceAll(name, "_", " "), r.Beside[name])
	}
	if r.First != nil {
		fmt.Fprintf(&b, "  from %s to %s\n", *r.First, *r.Last)
	}
	if r.Bytes != nil {
		b.WriteString(r.completeness())
	}
	for _, d := range r.Damage {
		fmt.Fprintf(&b, "  damaged: %s\n", d)
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "  damaged: %d more places\n", r.More)
	}
	if len(r.Events) > 0 {
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.AppendHeader(table.Row{"channel", "provider", "event id", "records", "first", "last"})
		for _, k := range r.Events {
			id := ""
			if k.EventID != nil {
				id = strconv.FormatUint(uint64(*k.EventID), 10)
			}
			t.AppendRow(table.Row{k.Channel, k.name(), id, k.Records, seconds(k.First), seconds(k.Last)})
		}
		b.WriteString(t.Render())
		b.WriteByte('\n')
	}
	if r.MoreEvents > 0 {
		fmt.Fprintf(&b, "  %s of kinds that are not listed\n", plural(r.MoreEvents, "record"))
	}
	b.WriteByte('\n')
	return b.String()
}

// completeness is what a person is told of what an event log holds and lacks.
func (r *fileReport) completeness() string {
	var b strings.Builder
	b.WriteString("  bytes:")
	a, comma := r.Bytes, ""
	for _, part := range []struct {
		n    int64
		what string
	}{
		{a.Headers, "headers"}, {a.Live, "live"}, {a.PastFree, "past free"}, {a.Slack, "slack decoded"}, {a.Repeats, "slack repeats"},
		{a.Undecodable, "slack undecodable"}, {a.Unread, "slack not read"}, {a.Zero, "zero"}, {a.Damaged, "damaged"},
	} {
		if part.n != 0 {
			fmt.Fprintf(&b, "%s %d %s", comma, part.n, part.what)
			comma = ","
		}
	}
	b.WriteByte('\n')
	if r.IDs != nil {
		fmt.Fprintf(&b, "  record ids %s\n", r.IDs.text())
	}
	for _, channel := range slices.Sorted(maps.Keys(r.Channels)) {
		if ids := r.Channels[channel]; ids.Missing > 0 || ids.Incomplete {
			fmt.Fprintf(&b, "  EventRecordIDs of %s %s\n", printable(channel), ids.text())
		}
	}
	if r.MoreIDs {
		b.WriteString("  EventRecordIDs of further channels: not looked at\n")
	}
	if r.Back != nil {
		fmt.Fprintf(&b, "  time goes back %s, at most %s s, before record %d\n", plural(int64(r.Back.Records), "time"), r.Back.Seconds, r.Back.ID)
	}
	if r.Cleared != nil {
		fmt.Fprintf(&b, "  cleared: %s say so (1102, 104)\n", plural(r.Cleared.Records, "record"))
	}
	return b.String()
}

// text says which ids there are, and the first of those that are missing.
func (r *idsReport) text() string {
	text := fmt.Sprintf("%d to %d", r.First, r.Last)
	switch {
	case r.Missing == 0 && r.Incomplete:
		return text + ", too many gaps or too little order to say which are missing"
	case r.Missing == 0:
		return text
	}
	const most = 5
	if r.Incomplete {
		text += fmt.Sprintf(", at least %d missing:", r.Missing)
	} else {
		text += fmt.Sprintf(", %d missing:", r.Missing)
	}
	for i, g := range r.Gaps {
		if i == most {
			return text + " …"
		}
		text += fmt.Sprintf(" %d", g[0])
		if g[1] != g[0] {
			text += fmt.Sprintf("-%d", g[1])
		}
	}
	return text
}

// seconds cuts a time to what a person compares.
func seconds(text *string) string {
	if text == nil {
		return ""
	}
	before, _, _ := strings.Cut(*text, ".")
	return before + "Z"
}
