package evtx_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// defaults are what the definitions of the fixtures leave to their log, where it
// is not what most have.
var defaults = map[string]struct{ channel, computer string }{
	"security-4654-tunnel.evtx": {"Security", "qm-lab-gw.example.net"},
	"wfp-1007-v0.evtx":          {"Microsoft-Windows-IKE/Operational", "qm-lab-07.example.net"},
	"wfp-1007-v1.evtx":          {"Microsoft-Windows-IKE/Operational", "qm-lab-11.example.net"},
	"oddities-xml.evtx":         {"Example-QMParse/Oddities", "qm-lab-01.example.net"},
	"oddities-values.evtx":      {"Example-QMParse/Oddities", "qm-lab-01.example.net"},
}

// Every event of every undamaged fixture, as it was written, is what the package
// decodes: System, data as JSON, data as fields with their types. What is
// expected is worked out here from what was written.
func TestFixturesReadBack(t *testing.T) {
	events := 0
	for _, f := range fixtures.All() {
		if f.Damaged {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			l, err := f.Build()
			if err != nil {
				t.Fatal(err)
			}
			golden := goldenOf(t, f.Name)
			if len(golden) != len(l.Events) {
				t.Errorf("%d lines in the golden, %d events were written", len(golden), len(l.Events))
			}
			def := defaults[f.Name]
			r, err := evtx.NewReader(bytes.NewReader(l.Bytes))
			if err != nil {
				t.Fatal(err)
			}
			d := evtx.NewDecoder()
			n := 0
			for c, err := range r.Chunks() {
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Verify(); err != nil {
					t.Error(err)
				}
				d.Chunk(c)
				for rec, err := range c.Records() {
					if err != nil {
						t.Fatal(err)
					}
					if n >= len(l.Events) {
						t.Fatalf("record %d at %#x was not written", rec.ID, rec.Offset)
					}
					want := written{Event: l.Events[n], at: l.Image.Records[n], name: f.Name,
						channel: cmp.Or(def.channel, "Security"), computer: cmp.Or(def.computer, "qm-lab-01.example.net"),
						clock: 133_540_992_000_000_000 + uint64(n)*15_000_000} // 2024-03-05T08:00:00Z, 1.5 s
					state := model.StateLive
					if n >= len(l.Events)-l.PastFree {
						state = model.StatePastFree
					}
					want.compare(t, d, &rec, state)
					if n < len(golden) {
						want.golden(t, golden[n])
					}
					n++
				}
			}
			if n != len(l.Events) {
				t.Errorf("%d events, %d were written", n, len(l.Events))
			}
			events += n
		})
	}
	if events < 450 {
		t.Errorf("only %d events compared", events)
	}
}

// written is an event as a fixture defines it, with what its log adds.
type written struct {
	evtxbuild.Event
	at                      evtxbuild.RecordAt
	name, channel, computer string
	clock                   uint64
}

func (w *written) compare(t *testing.T, d *evtx.Decoder, rec *evtx.Record, state model.RecordState) {
	t.Helper()
	var ev model.Event
	if err := d.System(rec, &ev); err != nil {
		t.Error(err)
		return
	}
	if _, err := d.Data(nil, &ev); err != nil {
		t.Error(err)
		return
	}
	if err := d.Fields(&ev); err != nil {
		t.Error(err)
		return
	}
	where := fmt.Sprintf("%s: record %d", w.name, w.at.ID)
	system := w.system(t)
	system.State = state
	if got := systemOf(&ev); got != system {
		t.Errorf("%s: System\n got %+v\nwant %+v", where, got, system)
	}
	data, odd := w.data(t)
	if got, want := tokens(t, string(ev.Data)), tokens(t, data); got != want {
		t.Errorf("%s: data\n got %s\nwant %s", where, ev.Data, data)
	}
	codes := ""
	for _, o := range ev.Diagnostics {
		codes += o.Code + " "
	}
	if strings.TrimSpace(codes) != odd {
		t.Errorf("%s: diagnostics %v, want %q", where, ev.Diagnostics, odd)
	}
	if w.Body.XML == nil && w.Style != evtxbuild.Classic {
		var fields []model.Field
		for _, v := range w.Data {
			fields = append(fields, w.field(t, v))
		}
		if !sameFields(ev.Fields, fields) {
			t.Errorf("%s: fields\n got %+v\nwant %+v", where, ev.Fields, fields)
		}
	}
	if rec.Torn || rec.AfterDamage || rec.Offset != int64(w.at.Offset) || len(rec.Data) != w.at.Size {
		t.Errorf("%s: %+v", where, rec)
	}
}

// goldenLine is what of a line of NAME.events.ndjson is compared here: what the
// test of the command cannot know to be right.
type goldenLine struct {
	Offset   uint64          `json:"source_offset"`
	RecordID uint64          `json:"record_id"`
	Provider string          `json:"provider"`
	EventID  uint16          `json:"event_id"`
	Host     string          `json:"host"`
	Ticks    string          `json:"event_filetime"`
	Data     json.RawMessage `json:"data"`
}

// goldenOf reads the golden of a fixture.
func goldenOf(t *testing.T, name string) (golden []goldenLine) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "evtx", strings.TrimSuffix(name, ".evtx")+".events.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(bytes.NewReader(b)); dec.More(); {
		var l goldenLine
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		golden = append(golden, l)
	}
	return golden
}

func (w *written) golden(t *testing.T, g goldenLine) {
	t.Helper()
	want := goldenLine{Offset: uint64(w.at.Offset), RecordID: w.at.ID, Provider: w.Provider, EventID: w.EventID,
		Host: cmp.Or(w.Computer, w.computer), Ticks: strconv.FormatUint(cmp.Or(w.Time, w.clock), 10)}
	data, _ := w.data(t)
	if got := tokens(t, string(g.Data)); got != tokens(t, data) {
		t.Errorf("%s: golden of record %d: data\n got %s\nwant %s", w.name, w.at.ID, g.Data, data)
	}
	if g.Data = nil; !reflect.DeepEqual(g, want) {
		t.Errorf("%s: golden\n got %+v\nwant %+v", w.name, g, want)
	}
}

// system returns the System fields. What is 0 in the definition was written as 0;
// what is "" was not written.
func (w *written) system(t *testing.T) system {
	id := cmp.Or(w.RecordID, w.at.ID)
	s := system{
		Provenance:    model.Provenance{Format: model.FormatEVTX, Offset: uint64(w.at.Offset), LayoutBasis: model.LayoutDocumented, TemplateSource: model.TemplateChunk},
		Time:          model.Some(model.FILETIME(cmp.Or(w.Time, w.clock))),
		Logged:        model.Some(model.FILETIME(cmp.Or(w.Written, w.Time, w.clock))),
		Host:          model.Some(cmp.Or(w.Computer, w.computer)),
		Channel:       model.Some(cmp.Or(w.Channel, w.channel)),
		Provider:      model.Some(w.Provider),
		ProviderGUID:  guid(t, w.ProviderGUID),
		RecordID:      model.Some(id),
		EventRecordID: model.Some(cmp.Or(w.EventRecordID, id)),
		EventID:       model.Some(uint32(w.EventID)),
		Level:         model.Some(w.Level),
		Task:          model.Some(w.Task),
		Keywords:      model.Some(w.Keywords),
		ActivityID:    guid(t, w.ActivityID),
		RelatedID:     guid(t, w.RelatedActivityID),
	}
	if w.Qualifiers != nil {
		s.Qualifiers = model.Some(*w.Qualifiers)
	}
	if w.UserID != "" {
		s.UserSID = model.Some(w.UserID)
	}
	if w.Style != evtxbuild.Classic || w.ProviderGUID != "" { // else the template has no such elements
		s.Version, s.Opcode = model.Some(w.Version), model.Some(w.Opcode)
		s.ProcessID, s.ThreadID = model.Some(w.ProcessID), model.Some(w.ThreadID)
	}
	if w.Style == evtxbuild.Literal {
		s.TemplateSource = ""
	}
	return s
}

// guid reads a GUID's text.
func guid(t *testing.T, text string) (g model.Opt[model.GUID]) {
	t.Helper()
	if text == "" {
		return g
	}
	b, err := hex.DecodeString(strings.NewReplacer("{", "", "}", "", "-", "").Replace(text))
	if err != nil || len(b) != 16 {
		t.Fatalf("GUID %q", text)
	}
	return model.Some(model.GUID(b))
}

// data returns the JSON that an event's data should be, and the codes of the
// diagnostics it should have.
func (w *written) data(t *testing.T) (text, odd string) {
	switch w.name {
	case "oddities-xml.evtx":
		return oddXML[w.EventID], ""
	case "oddities-values.evtx":
		return oddValues[w.EventID].data, oddValues[w.EventID].odd
	}
	var parts []string
	for _, d := range w.Data {
		parts = append(parts, quoted(d.Name)+":"+w.value(t, d.Value))
	}
	if w.After != nil {
		parts = append(parts, `"RenderingInfo":{"Culture":"en-US","Message":"An IPsec quick mode negotiation failed.","Level":"Information",
			"Task":"IPsec Quick Mode","Opcode":"Info","Channel":"Security","Provider":"Microsoft Windows security auditing.",
			"Keywords":{"Keyword":"Audit Failure"}}`)
	}
	return "{" + strings.Join(parts, ",") + "}", ""
}

// value returns the JSON of a value, by the rules of the column data.
func (w *written) value(t *testing.T, v evtxbuild.Value) string {
	t.Helper()
	if w.Style == evtxbuild.Literal {
		text, err := v.Text()
		if err != nil {
			t.Fatal(err)
		}
		return quoted(text)
	}
	switch n := littleEndian(v.Data); v.Type {
	case evtxbuild.TypeNull:
		return "null"
	case evtxbuild.TypeString:
		return quoted(utf16Text(v.Data))
	case evtxbuild.TypeUInt8, evtxbuild.TypeUInt16, evtxbuild.TypeUInt32:
		return strconv.FormatUint(n, 10)
	case evtxbuild.TypeUInt64:
		return quoted(strconv.FormatUint(n, 10))
	case evtxbuild.TypeHexInt32, evtxbuild.TypeHexInt64:
		return quoted("0x" + strconv.FormatUint(n, 16))
	case evtxbuild.TypeBinary:
		return quoted(strings.ToUpper(hex.EncodeToString(v.Data)))
	case evtxbuild.TypeGUID, evtxbuild.TypeSID:
		text, err := v.Text()
		if err != nil {
			t.Fatal(err)
		}
		if v.Type == evtxbuild.TypeGUID {
			text = strings.ToLower(strings.Trim(text, "{}"))
		}
		return quoted(text)
	case evtxbuild.TypeFileTime:
		return quoted(iso(n))
	}
	t.Fatalf("value of type %#x", v.Type)
	return ""
}

// field returns a value with its type.
func (w *written) field(t *testing.T, d evtxbuild.Data) model.Field {
	t.Helper()
	f := model.Field{Name: d.Name}
	v := d.Value
	if w.Style == evtxbuild.Literal {
		text, err := v.Text()
		if err != nil {
			t.Fatal(err)
		}
		f.Kind, f.Text = model.KindText, text
		return f
	}
	return typed(t, f, v)
}

// typed adds kind and value to a field.
func typed(t *testing.T, f model.Field, v evtxbuild.Value) model.Field {
	t.Helper()
	n := littleEndian(v.Data)
	binary := func() model.Field {
		f.Kind, f.Bytes = model.KindBinary, v.Data
		return f
	}
	size := map[byte]int{evtxbuild.TypeGUID: 16, evtxbuild.TypeFileTime: 8}[v.Type]
	if size > 0 && len(v.Data) != size {
		return binary()
	}
	switch v.Type {
	case evtxbuild.TypeNull:
		f.Kind = model.KindNull
	case evtxbuild.TypeString:
		f.Kind, f.Text = model.KindText, utf16Text(v.Data)
	case evtxbuild.TypeAnsiString:
		f.Kind, f.Text = model.KindText, strings.ReplaceAll(strings.TrimRight(string(v.Data), "\x00"), "\xe9", "é")
	case evtxbuild.TypeInt8, evtxbuild.TypeInt16, evtxbuild.TypeInt32, evtxbuild.TypeInt64:
		shift := 64 - 8*len(v.Data)
		f.Kind, f.Int = model.KindInt, int64(n<<shift)>>shift
	case evtxbuild.TypeUInt8, evtxbuild.TypeUInt16, evtxbuild.TypeUInt32, evtxbuild.TypeUInt64, evtxbuild.TypeHexInt32, evtxbuild.TypeHexInt64, evtxbuild.TypeSizeT:
		if len(v.Data) == 0 {
			return binary()
		}
		f.Kind, f.Uint = model.KindUint, n
	case evtxbuild.TypeBool:
		f.Kind, f.Uint = model.KindBool, min(n, 1)
	case evtxbuild.TypeReal32:
		f.Kind, f.Float = model.KindFloat, float64(math.Float32frombits(uint32(n)))
	case evtxbuild.TypeReal64:
		f.Kind, f.Float = model.KindFloat, math.Float64frombits(n)
	case evtxbuild.TypeBinary:
		return binary()
	case evtxbuild.TypeFileTime:
		f.Kind, f.Uint = model.KindTime, n
	case evtxbuild.TypeSysTime:
		y, m, d := int(uint16(n)), int(uint16(n>>16)), int(uint16(n>>48))
		at := littleEndian(v.Data[8:])
		when := time.Date(y, time.Month(m), d, int(uint16(at)), int(uint16(at>>16)), int(uint16(at>>32)), int(at>>48)*1e6, time.UTC)
		if when.Month() != time.Month(m) || when.Day() != d {
			return binary() // no calendar has it
		}
		f.Kind, f.Uint = model.KindTime, evtxbuild.Ticks(when)
	case evtxbuild.TypeGUID:
		text, err := v.Text()
		if err != nil {
			t.Fatal(err)
		}
		f.Kind, f.GUID = model.KindGUID, guid(t, text).V
	case evtxbuild.TypeSID:
		text, err := v.Text()
		if err != nil {
			return binary()
		}
		// An authority of more than 32 bits is hexadecimal.
		f.Kind, f.Text = model.KindSID, strings.Replace(text, "-281474976710655-", "-0xffffffffffff-", 1)
	default:
		if v.Type&evtxbuild.TypeArray == 0 {
			t.Fatalf("value of type %#x", v.Type)
		}
		f.Kind, f.Items = model.KindArray, nil // the items are in oddValues
	}
	return f
}

// sameFields compares fields; of arrays only that they are some.
func sameFields(got, want []model.Field) bool {
	if len(got) != len(want) {
		return false
	}
	for i, g := range got {
		w := want[i]
		if g.Kind == model.KindArray {
			g.Items = nil
		}
		if g.Kind == model.KindFloat && math.Float64bits(g.Float) == math.Float64bits(w.Float) {
			g.Float, w.Float = 0, 0 // NaN
		}
		if len(g.Bytes) == 0 && len(w.Bytes) == 0 {
			g.Bytes, w.Bytes = nil, nil
		}
		if !reflect.DeepEqual(g, w) {
			return false
		}
	}
	return true
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func littleEndian(b []byte) uint64 {
	var n [8]byte
	copy(n[:], b)
	return binary.LittleEndian.Uint64(n[:])
}

// utf16Text is the text of UTF-16 without its terminating NULs, half a unit at
// its end left out.
func utf16Text(b []byte) string {
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	return strings.TrimRight(decodeUTF16(units), "\x00")
}

// iso is a FILETIME as the column data has it.
func iso(ticks uint64) string {
	t := time.Unix(int64(ticks/10_000_000)-11_644_473_600, int64(ticks%10_000_000)*100).UTC()
	text := t.Format("2006-01-02T15:04:05.0000000Z")
	if t.Year() > 9999 {
		text = "+" + text
	}
	return text
}

// tokens is JSON without the freedom that writing it has: numbers as written,
// keys in order, no white space.
func tokens(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return "(none)"
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var out []string
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return strings.Join(out, " ")
		}
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		out = append(out, fmt.Sprintf("%T:%q", tok, fmt.Sprint(tok)))
	}
}
