package export

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/export/internal/rowtest"
	"github.com/qmparse/qmparse/model"
)

// csvRecords splits CSV by RFC 4180 and keeps null, an empty field, apart from
// the empty string, which is in quotation marks.
func csvRecords(t *testing.T, text string) (records [][]any) {
	t.Helper()
	var record []any
	for text != "" {
		var field any
		if text[0] == '"' {
			var b strings.Builder
			for text = text[1:]; ; {
				i := strings.IndexByte(text, '"')
				if i < 0 {
					t.Fatal("quotation mark is not closed")
				}
				b.WriteString(text[:i])
				text = text[i+1:]
				if !strings.HasPrefix(text, `"`) {
					break
				}
				b.WriteByte('"')
				text = text[1:]
			}
			field = b.String()
		} else if i := strings.IndexAny(text, ",\r\""); i > 0 {
			field, text = text[:i], text[i:]
		}
		record = append(record, field)
		switch {
		case strings.HasPrefix(text, ","):
			text = text[1:]
		case strings.HasPrefix(text, "\r\n"):
			text = text[2:]
			records = append(records, record)
			record = nil
		default:
			t.Fatalf("neither comma nor line end: %.20q", text)
		}
	}
	if record != nil {
		t.Fatal("last line has no end")
	}
	return records
}

func csvWant(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case uint64, decimal:
		return fmt.Sprint(v)
	case []string:
		return strings.Join(v, "; ")
	case object:
		return string(v)
	case blob:
		return hex.EncodeToString(v)
	}
	return jsonWant(t, v)
}

func TestCSV(t *testing.T) {
	events, failures := rowtest.Odd(500)
	for _, raw := range []bool{false, true} {
		o := Options{Raw: raw}
		checkCSV(t, encode(t, events, CSV, o, 100), events, func(r *model.Event) []cell { return wantEvent(r, raw) })
		checkCSV(t, encode(t, failures, CSV, o, 100), failures, func(r *model.QMFailure) []cell { return wantFailure(r, raw) })
	}
}

func checkCSV[T Row](t *testing.T, b []byte, rows []T, want func(*T) []cell) {
	t.Helper()
	records := csvRecords(t, string(b))
	if len(records) != len(rows)+1 {
		t.Fatalf("%d records of %d rows", len(records), len(rows))
	}
	// The standard library's reader sees the same fields; it drops a CR before
	// LF within them.
	r := csv.NewReader(bytes.NewReader(b))
	std, err := r.ReadAll()
	if err != nil || len(std) != len(records) {
		t.Fatalf("encoding/csv: %d records, %v", len(std), err)
	}
	for i := range rows {
		got := records[i+1]
		for _, c := range want(&rows[i]) {
			if strings.HasSuffix(c.name, "_condition") {
				continue
			}
			n := len(records[i+1]) - len(got)
			if records[0][n] != c.name || got[0] != csvWant(t, c.value) {
				t.Fatalf("row %d, %v: got %#v, want %s %#v", i, records[0][n], got[0], c.name, csvWant(t, c.value))
			}
			text, _ := got[0].(string)
			if std[i+1][n] != strings.ReplaceAll(text, "\r\n", "\n") {
				t.Errorf("row %d, %s: encoding/csv has %q, want %q", i, c.name, std[i+1][n], text)
			}
			got = got[1:]
		}
		if len(got) > 0 {
			t.Fatalf("row %d: %d fields left", i, len(got))
		}
	}
}

func TestCSVHeader(t *testing.T) {
	for _, c := range []struct {
		got    string
		fields int
		last   string
	}{
		{string(encode(t, []model.Event{}, CSV, Options{}, 1)), 30, ",data,diagnostics\r\n"},
		{string(encode(t, []model.Event{}, CSV, Options{Raw: true}, 1)), 31, ",data,diagnostics,raw\r\n"},
		{string(encode(t, []model.QMFailure{}, CSV, Options{}, 1)), 68, ",net_event_version,diagnostics\r\n"},
	} {
		if strings.Count(c.got, ",")+1 != c.fields || !strings.HasPrefix(c.got, "event_uid,event_time,event_filetime,") || !strings.HasSuffix(c.got, c.last) {
			t.Errorf("got %q", c.got)
		}
	}
}

func TestCSVNull(t *testing.T) {
	r := model.Event{Host: model.Some(""), Channel: model.Some(`a"b`), Data: []byte(`{"k":"v"}`)}
	got := string(encode(t, []model.Event{r}, CSV, Options{}, 1))
	want := `00000000-0000-0000-0000-000000000000,,,,"",,,,0,,,,,,,"a""b",,,,,,,,,,,,,"{""k"":""v""}",""` + "\r\n"
	if _, line, _ := strings.Cut(got, "\n"); line != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
}
