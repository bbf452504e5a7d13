package payload_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/etl/payload"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// row is a line of templates.tsv.
type row struct{ field, typ, length, count string }

// shape is one payload that the table describes, put together here of the table's
// text: nothing of the package takes part.
type shape struct {
	id, version, build uint64
	rows               []row
}

func shapes(t testing.TB) []shape {
	b, err := os.ReadFile("templates.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all []shape
	last := ""
	for _, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")[1:] {
		cols := strings.Split(line, "\t")
		if key := strings.Join(cols[:4], " "); key != last {
			last = key
			s := shape{}
			for i, to := range []*uint64{&s.id, &s.version, &s.build} {
				if *to, err = strconv.ParseUint(cols[i], 10, 32); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, s)
		}
		if cols[4] != "" {
			s := &all[len(all)-1]
			s.rows = append(s.rows, row{cols[4], cols[5], cols[6], cols[7]})
		}
	}
	if len(all) < 50 {
		t.Fatalf("%d templates", len(all))
	}
	return all
}

// bytes returns a payload of the shape and the JSON it must become. Lengths and
// counts are those of what follows.
func (s shape) bytes() (b []byte, data string) {
	var members []string
	for i, r := range s.rows {
		var v []byte
		text := ""
		n := uint32(i) + 1
		switch r.typ {
		case "UInt8":
			v, text = []byte{200 + byte(i)}, fmt.Sprint(200+i)
		case "UInt16":
			v, text = u16(60000+uint16(i)), fmt.Sprint(60000+i)
		case "UInt32":
			v, text = u32(4000000000+n), fmt.Sprint(4000000000+uint64(n))
			for _, next := range s.rows[i+1 : min(i+3, len(s.rows))] {
				switch {
				case next.length == r.field:
					v, text = u32(4), "4"
				case next.count == r.field && strings.HasSuffix(r.field, "Length"):
					v, text = u32(22), "22" // characters, with two NULs
				case next.count != "" && strings.HasSuffix(r.field, "Count"):
					v, text = u32(2), "2"
				}
			}
		case "UInt64":
			v, text = u64(1<<63+uint64(n)), fmt.Sprintf(`"%d"`, 1<<63+uint64(n))
		case "Boolean":
			v, text = u32(1), "true"
		case "FILETIME":
			v, text = u64(132388752066871033), `"2020-07-10T17:20:06.6871033Z"`
		case "GUID":
			v = []byte{4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16}
			text = `"01020304-0506-0708-090a-0b0c0d0e0f10"`
		case "SID":
			v, text = []byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0}, `"S-1-5-32-544"`
		case "AnsiString":
			v, text = fmt.Appendf(nil, "a\"%d\x00", i), fmt.Sprintf(`"a\"%d"`, i)
		case "Binary":
			v, text = []byte{10, 0, byte(i), 0xff}, fmt.Sprintf(`"0A00%02XFF"`, i)
			if size, err := strconv.Atoi(r.length); err == nil {
				v = append(v, make([]byte, size-4)...)
				text = text[:len(text)-1] + strings.Repeat("00", size-4) + `"`
			}
		case "UnicodeString":
			v, text = wide(fmt.Sprintf("ä\\%d😀", i)), fmt.Sprintf(`"ä\\%d😀"`, i)
			if r.count != "" {
				v, text = cat(wide("S-1-5-11"), wide("S-1-5-32-544")), `["S-1-5-11","S-1-5-32-544"]`
			}
		default:
			panic(r.typ)
		}
		b = append(b, v...)
		members = append(members, fmt.Sprintf("%q:%s", r.field, text))
	}
	return b, "{" + strings.Join(members, ",") + "}"
}

func (s shape) event() payload.Event {
	b, _ := s.bytes()
	return payload.Event{
		Provider: wfp, ID: uint16(s.id), Version: uint8(s.version), Build: uint32(s.build),
		PointerSize: 8, Payload: b, Offset: base, SchemaOffset: schemaBase,
	}
}

// Every template of the table decodes, to the byte.
func TestTemplates(t *testing.T) {
	for _, s := range shapes(t) {
		what := fmt.Sprintf("event %d version %d of build %d", s.id, s.version, s.build)
		e := s.event()
		_, want := s.bytes()
		got, diags, _, err := decode(t, &e)
		if err != nil || got != want || len(diags) > 0 || !payload.Known(&e) {
			t.Errorf("%s: %v, %q\n%s\nwant\n%s", what, err, diags, got, want)
			continue
		}
		prefixes(t, what, e)
	}
}

func TestUnknownEvents(t *testing.T) {
	for _, e := range []payload.Event{
		{Provider: wfp, ID: 1000},
		{Provider: wfp, ID: 1007, Version: 2},
		{Provider: wfp, ID: 65535, Version: 255},
		{ID: 1007},
	} {
		e.Offset, e.SchemaOffset = base, schemaBase
		if payload.Known(&e) {
			t.Errorf("event %d version %d is known", e.ID, e.Version)
		}
		_, _, _, err := decode(t, &e)
		wantError(t, fmt.Sprint(e.ID), err, cursor.ErrUnsupported, fmt.Sprintf("no template of event %d version %d", e.ID, e.Version))
	}
}

func TestProviderName(t *testing.T) {
	if name, ok := payload.ProviderName(wfp); !ok || name != "Microsoft-Windows-WFP" {
		t.Error(name, ok)
	}
	if name, ok := payload.ProviderName([16]byte{}); ok || name != "" {
		t.Error(name, ok)
	}
}
