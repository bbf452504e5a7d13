package main

import (
	"encoding/json"
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
	Size   int64  `json:"size"`            // bytes read

	Properties map[string]any   `json:"properties,omitempty"`
	Beside     map[string]int64 `json:"beside_events,omitempty"` // see parser.Worker.Counts
	Records    map[string]int64 `json:"records,omitempty"`       // by state
	After      int64            `json:"live_after_damage"`
	Undecoded  int64            `json:"undecodable"`
	First      *string          `json:"first_time"`
	Last       *string          `json:"last_time"`
	Events     []kindReport     `json:"events,omitempty"`
	Damage     []string         `json:"damage,omitempty"`
	More       int64            `json:"damage_not_listed,omitempty"`

	// With --shape; see shapesReport.
	Shapes     []shapeReport `json:"-"`
	MoreShapes int64         `json:"-"`

	order []parser.Property
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
		Path: in.Path, Member: in.Member, Format: string(in.log.Format()), Size: in.read,
		Properties: map[string]any{}, Records: map[string]int64{}, Beside: v.file.beside,
		Shapes: v.shapes.report(), MoreShapes: v.shapes.more,
		After: v.file.afterDamage, Undecoded: v.file.undecodable,
		First: timeText(v.file.span.first), Last: timeText(v.file.span.last),
		Damage: v.damages, More: v.more, order: in.log.Properties(),
	}
	for _, p := range r.order {
		r.Properties[p.Name] = p.Value
	}
	for _, s := range states {
		r.Records[string(s)] = v.file.records[s]
	}
	for _, key := range v.file.sorted() {
		k := v.file.kinds[key]
		kind := kindReport{Channel: key.channel, Provider: key.provider, Records: k.n, First: timeText(k.span.first), Last: timeText(k.span.last)}
		if key.guid != (model.GUID{}) {
			kind.GUID = key.guid.String()
		}
		if key.id.OK {
			kind.EventID = &key.id.V
		}
		r.Events = append(r.Events, kind)
	}
	return r
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
	fmt.Fprintf(&b, "  %s, %s\n  ", r.Format, bytesText(r.Size))
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
	b.WriteByte('\n')
	return b.String()
}

// seconds cuts a time to what a person compares.
func seconds(text *string) string {
	if text == nil {
		return ""
	}
	before, _, _ := strings.Cut(*text, ".")
	return before + "Z"
}
