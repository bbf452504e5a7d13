package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/qmparse/qmparse/export/internal/rowtest"
	"github.com/qmparse/qmparse/model"
)

func openParquet(t *testing.T, b []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestParquetValues reads odd rows back.
func TestParquetValues(t *testing.T) {
	events, failures := rowtest.Odd(3000)
	for _, raw := range []bool{false, true} {
		o := Options{Raw: raw}
		checkRows(t, encode(t, events, Parquet, o, 700), events, func(r *model.Event) []cell { return wantEvent(r, raw) })
		checkRows(t, encode(t, failures, Parquet, o, 700), failures, func(r *model.QMFailure) []cell { return wantFailure(r, raw) })
	}
}

func checkRows[T Row](t *testing.T, b []byte, rows []T, want func(*T) []cell) {
	t.Helper()
	f := openParquet(t, b)
	if f.NumRows() != int64(len(rows)) {
		t.Fatalf("%d rows, want %d", f.NumRows(), len(rows))
	}
	var names, wantNames []string
	for _, field := range f.Root().Columns() {
		names = append(names, field.Name())
	}
	for _, c := range want(&rows[0]) {
		wantNames = append(wantNames, c.name)
	}
	if !slices.Equal(names, wantNames) {
		t.Fatalf("columns: got %v\nwant %v", names, wantNames)
	}
	n := 0
	for _, g := range f.RowGroups() {
		r := g.Rows()
		defer r.Close()
		buf := make([]parquet.Row, 100)
		for {
			k, err := r.ReadRows(buf)
			for _, row := range buf[:k] {
				if row = checkCells(t, row, 0, want(&rows[n])); len(row) > 0 {
					t.Fatalf("row %d: %d values left", n, len(row))
				}
				n++
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != len(rows) {
		t.Fatalf("read %d rows, want %d", n, len(rows))
	}
}

// checkCells takes the values of cells from the front of the row. A structure
// around them has the definition level def.
func checkCells(t *testing.T, row parquet.Row, def int, cells []cell) parquet.Row {
	t.Helper()
	for _, c := range cells {
		if s, ok := c.value.([]cell); ok {
			row = checkCells(t, row, def+1, s)
			continue
		}
		if c.value == nil && strings.HasSuffix(c.name, "_condition") {
			for _, v := range row[:8] {
				if !v.IsNull() || v.DefinitionLevel() != 0 {
					t.Errorf("%s: %v, want null", c.name, v)
				}
			}
			row = row[8:]
			continue
		}
		if list, ok := c.value.([]string); ok {
			for n := 0; n == 0 || len(row) > 0 && row[0].RepetitionLevel() > 0; n++ {
				v := row[0]
				switch {
				case len(list) == 0:
					if !v.IsNull() || v.DefinitionLevel() != 0 {
						t.Errorf("%s: %v, want no item", c.name, v)
					}
				case n >= len(list) || v.DefinitionLevel() != 1 || string(v.ByteArray()) != list[n]:
					t.Errorf("%s: item %d is %q of %q", c.name, n, v.ByteArray(), list)
				}
				row = row[1:]
				if n+1 >= len(list) && (len(row) == 0 || row[0].RepetitionLevel() == 0) {
					break
				}
			}
			continue
		}
		v := row[0]
		row = row[1:]
		var got any
		switch want := c.value.(type) {
		case nil:
			if !v.IsNull() || v.DefinitionLevel() != def {
				t.Errorf("%s: %v at level %d, want null", c.name, v, v.DefinitionLevel())
			}
			continue
		case string:
			got = string(v.ByteArray())
		case uint64:
			if got = v.Uint64(); v.Kind() == parquet.Int32 {
				got = uint64(v.Uint32())
			}
		case decimal:
			got = decimal(v.Uint64())
		case micros:
			got = micros(v.Int64())
		case guid:
			got = guid(v.ByteArray())
		case bytes16:
			got = bytes16(v.ByteArray())
		case blob:
			got = blob(append([]byte{}, v.ByteArray()...))
		case object:
			got = object(append([]byte{}, v.ByteArray()...))
		default:
			t.Fatalf("%s: %T", c.name, want)
		}
		if v.IsNull() || !reflect.DeepEqual(got, c.value) {
			t.Errorf("%s: got %#v (%v), want %#v", c.name, got, v, c.value)
		}
	}
	return row
}

// TestParquetSchema checks every column's physical and logical type.
func TestParquetSchema(t *testing.T) {
	want := map[string]string{
		"UUID": "FIXED_LEN_BYTE_ARRAY UUID", "TIMESTAMPTZ": "INT64 TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)",
		"UBIGINT": "INT64 INT(64,false)", "UINTEGER": "INT32 INT(32,false)", "USMALLINT": "INT32 INT(16,false)",
		"UTINYINT": "INT32 INT(8,false)", "VARCHAR": "BYTE_ARRAY STRING", "JSON": "BYTE_ARRAY JSON", "BLOB": "BYTE_ARRAY ",
	}
	for _, table := range []struct {
		name Table
		file []byte
	}{
		{Events, encode(t, []model.Event{}, Parquet, Options{Raw: true}, 1)},
		{QMFailures, encode(t, []model.QMFailure{}, Parquet, Options{Raw: true}, 1)},
	} {
		f := openParquet(t, table.file)
		if f.Root().Name() != string(table.name) {
			t.Errorf("schema is named %q", f.Root().Name())
		}
		var check func(*parquet.Column, Column)
		check = func(c *parquet.Column, column Column) {
			switch {
			case column.fields != nil:
				if !c.Optional() || len(c.Columns()) != len(column.fields) {
					t.Errorf("%s: %v", column.Name, c)
				}
				for i, f := range column.fields {
					check(c.Columns()[i], f)
				}
				return
			case column.Type == "VARCHAR[]":
				column.Type = "VARCHAR"
				if !c.Required() || c.Type().LogicalType() == nil {
					t.Errorf("%s: %v", column.Name, c)
				}
				c = c.Columns()[0].Columns()[0]
			case strings.HasPrefix(column.Name, "local_subnet_"), strings.HasPrefix(column.Name, "remote_subnet_"):
				if c.Type().Kind() != parquet.FixedLenByteArray || c.Type().Length() != 16 || c.Type().LogicalType() != nil {
					t.Errorf("%s: %v", column.Name, c.Type())
				}
				return
			case column.Name == "event_uid", column.Name == "source_offset":
				if !c.Required() {
					t.Errorf("%s is not required", column.Name)
				}
			default:
				if !c.Optional() {
					t.Errorf("%s is not optional", column.Name)
				}
			}
			got := c.Type().Kind().String() + " "
			if l := c.Type().LogicalType(); l != nil {
				got += l.String()
			}
			if column.Type == "UUID" {
				got = strings.Replace(got, "(16)", "", 1)
			}
			if got != want[column.Type] {
				t.Errorf("%s: got %q, want %q", column.Name, got, want[column.Type])
			}
		}
		columns := Columns(table.name)
		if len(f.Root().Columns()) != len(columns) {
			t.Fatalf("%s: %d columns, want %d", table.name, len(f.Root().Columns()), len(columns))
		}
		for i, c := range columns {
			if f.Root().Columns()[i].Name() != c.Name {
				t.Errorf("%s: column %d is %s, want %s", table.name, i, f.Root().Columns()[i].Name(), c.Name)
			}
			check(f.Root().Columns()[i], c)
		}
	}
}

// TestParquetFile checks what is not rows: row groups, page index, Bloom
// filters, compression, metadata.
func TestParquetFile(t *testing.T) {
	rows := rowtest.Failures(groupRows + 1)
	f := openParquet(t, encode(t, rows, Parquet, Options{Version: "1.2.3"}, 5000))
	m := f.Metadata()
	if m.CreatedBy != "qmparse version 1.2.3" {
		t.Errorf("created by %q", m.CreatedBy)
	}
	for k, want := range map[string]string{"qmparse.version": "1.2.3", "qmparse.schema_version": "1"} {
		if got, ok := f.Lookup(k); !ok || got != want {
			t.Errorf("%s: %q, %v", k, got, ok)
		}
	}
	if len(m.RowGroups) != 2 || m.RowGroups[0].NumRows != 122880 || m.RowGroups[1].NumRows != 1 {
		t.Fatalf("%d row groups, the first of %d rows", len(m.RowGroups), m.RowGroups[0].NumRows)
	}
	columnIndexes, offsetIndexes, err := f.ReadPageIndex()
	if err != nil || len(columnIndexes) != len(offsetIndexes) {
		t.Fatalf("page index: %v", err)
	}
	filters := []string{"event_uid", "remote_addr", "qm_filter_id"}
	for g, group := range m.RowGroups {
		if len(group.SortingColumns) != 0 {
			t.Errorf("row group %d says that it is sorted", g)
		}
		for i, c := range group.Columns {
			name := strings.Join(c.MetaData.PathInSchema, ".")
			if c.MetaData.Codec != format.Zstd {
				t.Errorf("%s: %v", name, c.MetaData.Codec)
			}
			if got, want := c.MetaData.BloomFilterOffset != 0, slices.Contains(filters, name); got != want {
				t.Errorf("%s: Bloom filter: %v", name, got)
			}
			pages := offsetIndexes[g*len(group.Columns)+i].PageLocations
			if g == 0 && len(pages) < 6 {
				t.Errorf("%s: %d pages", name, len(pages))
			}
		}
	}
	for g, group := range f.RowGroups() {
		first := g * groupRows
		for i := first; i < first+int(group.NumRows()); i += 37 {
			r := rows[i]
			for name, v := range map[string]parquet.Value{
				"event_uid": parquet.FixedLenByteArrayValue(r.UID[:]), "remote_addr": parquet.ByteArrayValue([]byte(r.RemoteAddr.V)),
				"qm_filter_id": parquet.Int64Value(int64(r.QMFilterID.V)),
			} {
				leaf, ok := f.Schema().Lookup(name)
				if !ok {
					t.Fatal(name)
				}
				if ok, err := group.ColumnChunks()[leaf.ColumnIndex].BloomFilter().Check(v); err != nil || !ok {
					t.Fatalf("%s %v is not in its Bloom filter: %v", name, v, err)
				}
			}
		}
	}
	leaf, _ := f.Schema().Lookup("event_uid")
	filter, wrong := f.RowGroups()[0].ColumnChunks()[leaf.ColumnIndex].BloomFilter(), 0
	for i := range uint64(1000) {
		other := model.GUID(binary.BigEndian.AppendUint64(make([]byte, 8), i))
		if ok, err := filter.Check(parquet.FixedLenByteArrayValue(other[:])); err != nil {
			t.Fatal(err)
		} else if ok {
			wrong++
		}
	}
	if wrong > 50 {
		t.Errorf("%d of 1000 other ids are in the Bloom filter of event_uid", wrong)
	}
}

// TestParquetStatistics compares the bounds of row groups and pages with the
// values: a reader passes over a row group whose bounds exclude a value.
func TestParquetStatistics(t *testing.T) {
	_, failures := rowtest.Odd(4000)
	for i := range failures {
		failures[i].Raw = append(bytes.Repeat([]byte{0xff}, i%40), byte(i)) // no short upper bound
	}
	s, out := smallSink[model.QMFailure](t, limits{1500, 1 << 30, 1 << 30, 1 << 20, 400, 1 << 30}, Options{Raw: true})
	writeAll(t, s, failures, 333)
	f := openParquet(t, out.Bytes())
	if n := len(f.RowGroups()); n != 3 {
		t.Fatalf("%d row groups", n)
	}
	for g, group := range f.RowGroups() {
		for i, chunk := range group.ColumnChunks() {
			meta := f.Metadata().RowGroups[g].Columns[i].MetaData
			typ, name := chunk.Type(), strings.Join(meta.PathInSchema, ".")
			index, err := chunk.ColumnIndex()
			if err != nil {
				t.Fatal(err)
			}
			below := func(a, b parquet.Value) bool { return typ.Compare(a, b) < 0 }
			var nulls int64
			pages := chunk.Pages()
			for n := 0; ; n++ {
				page, err := pages.ReadPage()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if page.NumRows() > 400 {
					t.Errorf("%s: page of %d rows", name, page.NumRows())
				}
				values := make([]parquet.Value, page.NumValues())
				if k, err := page.Values().ReadValues(values); k != len(values) || err != nil && err != io.EOF {
					t.Fatal(k, err)
				}
				all := true
				for _, v := range values {
					if v.IsNull() {
						nulls++
						continue
					}
					all = false
					if below(v, index.MinValue(n)) || below(index.MaxValue(n), v) {
						t.Fatalf("%s: %v is outside of page bounds %v, %v", name, v, index.MinValue(n), index.MaxValue(n))
					}
					min, max := typ.Kind().Value(meta.Statistics.MinValue), typ.Kind().Value(meta.Statistics.MaxValue)
					if below(v, min) || below(max, v) {
						t.Fatalf("%s: %v is outside of row group bounds %v, %v", name, v, min, max)
					}
				}
				if all != index.NullPage(n) {
					t.Errorf("%s: page %d: null page is %v", name, n, index.NullPage(n))
				}
				parquet.Release(page)
			}
			pages.Close()
			if nulls != meta.Statistics.NullCount {
				t.Errorf("%s: %d nulls, statistics say %d", name, nulls, meta.Statistics.NullCount)
			}
		}
	}
}

// TestParquetStatisticsOfLong: the footer does not grow with the data.
func TestParquetStatisticsOfLong(t *testing.T) {
	for n, want := range map[int]int{mostStatistics: mostStatistics, mostStatistics + 1: 0, 100_000: 0} {
		data := []byte(`{"a":"` + strings.Repeat("x", n-8) + `"}`)
		s, out := smallSink[model.Event](t, limits{1500, 1 << 30, 1 << 30, 1 << 20, 400, 1 << 30}, Options{})
		writeAll(t, s, []model.Event{{Data: data}, {Data: data}}, 1)
		for _, c := range openParquet(t, out.Bytes()).Metadata().RowGroups[0].Columns {
			m := c.MetaData
			if m.PathInSchema[0] == "data" && (len(m.Statistics.MinValue) != want || len(m.Statistics.MaxValue) != want || m.NumValues != 2) {
				t.Errorf("data of %d bytes: bounds of %d and %d, want %d", n, len(m.Statistics.MinValue), len(m.Statistics.MaxValue), want)
			}
		}
	}
}

// TestShortBounds compares short bounds with what they are short for.
func TestShortBounds(t *testing.T) {
	ff := bytes.Repeat([]byte{0xff}, 20)
	long := bytes.Repeat([]byte{5}, 17)
	for _, c := range []struct{ min, max, wantMin, wantMax []byte }{
		{nil, nil, nil, nil},
		{[]byte{1}, ff[:16], []byte{1}, ff[:16]},
		{long, long, long[:16], append(bytes.Repeat([]byte{5}, 15), 6)},
		{ff, ff, ff[:16], ff},
		{long, append([]byte{7}, ff...), long[:16], []byte{8}},
		{long, append(append([]byte{7}, ff[:14]...), 9, 9), long[:16], append(append([]byte{7}, ff[:14]...), 10)},
	} {
		min, max := shortBounds(parquet.ByteArrayValue(c.min), parquet.ByteArrayValue(c.max))
		if !bytes.Equal(min.ByteArray(), c.wantMin) || !bytes.Equal(max.ByteArray(), c.wantMax) {
			t.Errorf("%x, %x: got %x, %x", c.min, c.max, min.ByteArray(), max.ByteArray())
		}
		if bytes.Compare(min.ByteArray(), c.min) > 0 || bytes.Compare(max.ByteArray(), c.max) < 0 {
			t.Errorf("%x, %x are outside of %x, %x", c.min, c.max, min.ByteArray(), max.ByteArray())
		}
	}
}

// smallSink returns a sink with limits that a few rows reach.
func smallSink[T Row](t *testing.T, l limits, o Options) (Sink[T], *bytes.Buffer) {
	t.Helper()
	out := new(bytes.Buffer)
	s, err := NewSink[T](out, Parquet, o)
	if err != nil {
		t.Fatal(err)
	}
	s.(*parquetSink[T]).limits = l
	return s, out
}

// TestBatchesLeaveNoTrace writes the same rows in batches of several sizes.
func TestBatchesLeaveNoTrace(t *testing.T) {
	events, failures := rowtest.Odd(600)
	for i := range events {
		if i%10 == 0 { // some pages end by bytes, some by rows
			events[i].Data = fmt.Appendf(nil, `{"a":%q}`, strings.Repeat("x", 3*i))
		}
		if i%200 == 0 {
			events[i].Diagnostics = slices.Repeat([]model.Diagnostic{{Code: "c"}}, 3000)
		}
	}
	for _, f := range []Format{NDJSON, CSV} {
		if a, b := encode(t, events, f, Options{}, 1), encode(t, events, f, Options{}, len(events)); !bytes.Equal(a, b) {
			t.Errorf("%s differs", f)
		}
	}
	for _, l := range []limits{
		{400, 1 << 20, 1 << 20, 1 << 20, 128, 20 << 10},
		{150, 1 << 20, 1 << 20, 1 << 20, 50, 1},
		{400, 40 << 10, 1 << 20, 1 << 20, 400, 20 << 10},
		{400, 1 << 20, 10 << 10, 3 << 10, 400, 1 << 10}, // ended by what is encoded
		defaultLimits,
	} {
		differ(t, l, events)
		differ(t, l, failures)
	}
}

func differ[T Row](t *testing.T, l limits, rows []T) {
	t.Helper()
	var want [32]byte
	for i, size := range []int{1, 127, 128, len(rows)} {
		s, out := smallSink[T](t, l, Options{Raw: true, Encoders: i})
		writeAll(t, s, rows, size)
		got := sha256.Sum256(out.Bytes())
		if i == 0 {
			want = got
			continue
		}
		if got != want {
			t.Errorf("%v: batches of %d rows of %T give other bytes", l, size, rows[0])
		}
	}
}

// TestRowGroupBytes checks that large values end row groups early.
func TestRowGroupBytes(t *testing.T) {
	rows := make([]model.Event, 50)
	for i := range rows {
		rows[i].Data = bytes.Repeat([]byte{'1'}, 1000)
	}
	s, out := smallSink[model.Event](t, limits{1000, 10_000, 1 << 20, 1 << 20, 1000, 2500}, Options{})
	writeAll(t, s, rows, 17)
	f := openParquet(t, out.Bytes())
	// A row has 1016 bytes, with its uid.
	if n := len(f.RowGroups()); n != 5 || f.RowGroups()[0].NumRows() != 10 {
		t.Fatalf("%d row groups, the first of %d rows", n, f.RowGroups()[0].NumRows())
	}
	wantPages(t, f, "data", 0, 3, 6, 9)
}

// wantPages checks at which rows the pages of a column begin in the first row group.
func wantPages(t *testing.T, f *parquet.File, column string, want ...int64) {
	t.Helper()
	leaf, ok := f.Schema().Lookup(strings.Split(column, ".")...)
	if !ok {
		t.Fatal(column)
	}
	index, err := f.RowGroups()[0].ColumnChunks()[leaf.ColumnIndex].OffsetIndex()
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for i := range index.NumPages() {
		got = append(got, index.FirstRowIndex(i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages of %s begin at rows %v, want %v", column, got, want)
	}
}

// TestPagesOfItems checks that items of lists end pages, each as 16 bytes.
func TestPagesOfItems(t *testing.T) {
	rows := make([]model.Event, 10)
	for i := range rows {
		rows[i].Diagnostics = slices.Repeat([]model.Diagnostic{{Code: "c"}}, i)
	}
	for _, size := range []int{1, 3, 10} {
		s, out := smallSink[model.Event](t, limits{1000, 1 << 20, 1 << 20, 1 << 20, 1000, 10 * itemBytes}, Options{})
		writeAll(t, s, rows, size)
		// An empty list is one item, too.
		wantPages(t, openParquet(t, out.Bytes()), "diagnostics.list.element", 0, 5, 7, 9)
	}
}

// TestRowGroupPacked checks that values which do not compress end row groups
// early, and those which do do not.
func TestRowGroupPacked(t *testing.T) {
	l := limits{1000, 1 << 20, 20_000, 5000, 1000, 1000}
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name string
		text func() byte
		want int
	}{
		{"alike", func() byte { return 'a' }, 1},
		{"random", func() byte { return byte('0' + rnd.IntN(64)) }, 4},
	} {
		rows := make([]model.Event, 100)
		for i := range rows {
			rows[i].Data = make([]byte, 1000)
			for j := range rows[i].Data {
				rows[i].Data[j] = c.text()
			}
		}
		s, out := smallSink[model.Event](t, l, Options{Encoders: 2})
		writeAll(t, s, rows, 17)
		if n := len(openParquet(t, out.Bytes()).RowGroups()); n != c.want {
			t.Errorf("%s: %d row groups, want %d", c.name, n, c.want)
		}
	}
}

func TestParquetEmpty(t *testing.T) {
	b := encode(t, []model.QMFailure{}, Parquet, Options{}, 1)
	f := openParquet(t, b)
	if f.NumRows() != 0 || len(f.RowGroups()) != 0 || len(f.Root().Columns()) != len(Columns(QMFailures))-1 {
		t.Errorf("%d rows, %d row groups, %d columns", f.NumRows(), len(f.RowGroups()), len(f.Root().Columns()))
	}
	if n := binary.LittleEndian.Uint32(b[len(b)-8:]); int(n) != len(b)-12 {
		t.Errorf("footer of %d bytes in a file of %d", n, len(b))
	}
}

// TestParquetText checks that bytes which are not UTF-8 do not make a file that
// readers refuse, and are the same in every format.
func TestParquetText(t *testing.T) {
	rows := []model.Event{{Provenance: model.Provenance{Path: "a\xff\xfeb"}, Diagnostics: []model.Diagnostic{{Code: "x", Detail: "\xc3"}}}}
	want := wantEvent(&rows[0], false)
	for i := range want {
		switch want[i].name {
		case "source_path":
			want[i].value = "a\ufffd\ufffdb"
		case "diagnostics":
			want[i].value = []string{"x: \ufffd"}
		}
	}
	checkRows(t, encode(t, rows, Parquet, Options{}, 1), rows, func(*model.Event) []cell { return want })
	checkLine(t, encode(t, rows, NDJSON, Options{}, 1), want)
	if got := encode(t, rows, CSV, Options{}, 1); !bytes.Contains(got, []byte("a\ufffd\ufffdb")) || !bytes.Contains(got, []byte("x: \ufffd")) {
		t.Errorf("CSV: %q", got)
	}
}

// TestConcurrentBatches fills batches by several goroutines while one writes,
// for the race detector, and expects the bytes of one goroutine alone.
func TestConcurrentBatches(t *testing.T) {
	events, _ := rowtest.Odd(4000)
	for _, f := range []Format{Parquet, NDJSON} {
		want := encode(t, events, f, Options{}, len(events))
		var out bytes.Buffer
		s, err := NewSink[model.Event](&out, f, Options{Encoders: 3})
		if err != nil {
			t.Fatal(err)
		}
		const size = 250
		filled := make([]chan Batch[model.Event], len(events)/size)
		for i := range filled {
			filled[i] = make(chan Batch[model.Event], 1)
		}
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := w; i < len(filled); i += 4 {
					b := s.NewBatch()
					for j := range size {
						b.Append(&events[i*size+j])
					}
					filled[i] <- b
				}
			})
		}
		for _, c := range filled {
			if err := s.Write(<-c); err != nil {
				t.Fatal(err)
			}
		}
		wg.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), want) {
			t.Errorf("%s: other bytes", f)
		}
	}
}
