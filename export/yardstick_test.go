package export

import (
	"bytes"
	"io"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/qmparse/qmparse/export/internal/rowtest"
	"github.com/qmparse/qmparse/model"
)

// eventStruct is a row of events as a program would give it to the library's
// GenericWriter: the yardstick of the benchmarks. Where the library takes no
// pointer, 0 is null. Its optional JSON columns lose values, so data is mere text.
type eventStruct struct {
	UID               [16]byte `parquet:"event_uid,uuid"`
	Time              int64    `parquet:"event_time,optional,timestamp(microsecond:utc),delta"`
	Filetime          uint64   `parquet:"event_filetime,optional,delta"`
	Logged            int64    `parquet:"logged_time,optional,timestamp(microsecond:utc),delta"`
	Host              *string  `parquet:"host,optional,dict"`
	Format            *string  `parquet:"source_format,optional,dict"`
	Path              *string  `parquet:"source_path,optional,dict"`
	Member            *string  `parquet:"source_member,optional,dict"`
	Offset            uint64   `parquet:"source_offset,delta"`
	State             *string  `parquet:"record_state,optional,dict"`
	TemplateSource    *string  `parquet:"template_source,optional,dict"`
	RecordID          uint64   `parquet:"record_id,optional,delta"`
	EventRecordID     uint64   `parquet:"event_record_id,optional,delta"`
	Provider          *string  `parquet:"provider,optional,dict"`
	ProviderGUID      [16]byte `parquet:"provider_guid,optional,uuid,dict"`
	Channel           *string  `parquet:"channel,optional,dict"`
	EventID           *uint32  `parquet:"event_id,optional,dict"`
	Qualifiers        *uint16  `parquet:"event_qualifiers,optional,dict"`
	Version           *uint8   `parquet:"event_version,optional,dict"`
	Level             *uint8   `parquet:"level,optional,dict"`
	Task              *uint16  `parquet:"task,optional,dict"`
	Opcode            *uint8   `parquet:"opcode,optional,dict"`
	Keywords          *uint64  `parquet:"keywords,optional,dict"`
	ProcessID         *uint32  `parquet:"process_id,optional,dict"`
	ThreadID          *uint32  `parquet:"thread_id,optional,dict"`
	ActivityID        [16]byte `parquet:"activity_id,optional,uuid,dict"`
	RelatedActivityID [16]byte `parquet:"related_activity_id,optional,uuid,dict"`
	UserSID           *string  `parquet:"user_sid,optional,dict"`
	Data              string   `parquet:"data,optional"`
	Diagnostics       []string `parquet:"diagnostics,list" parquet-element:",dict"`
}

func structOf(r *model.Event) eventStruct {
	s := eventStruct{
		UID: r.UID, Filetime: uint64(r.Time.V), Time: microsOf(r.Time), Logged: microsOf(r.Logged),
		Host: known(r.Host), Format: wordOf(r.Format), Path: wordOf(r.Path), Member: wordOf(r.Member), Offset: r.Offset,
		State: wordOf(r.State), TemplateSource: wordOf(r.TemplateSource),
		RecordID: r.RecordID.V, EventRecordID: r.EventRecordID.V,
		Provider: known(r.Provider), ProviderGUID: r.ProviderGUID.V, Channel: known(r.Channel),
		EventID: known(r.EventID), Qualifiers: known(r.Qualifiers), Version: known(r.Version), Level: known(r.Level),
		Task: known(r.Task), Opcode: known(r.Opcode), Keywords: known(r.Keywords), ProcessID: known(r.ProcessID), ThreadID: known(r.ThreadID),
		ActivityID: r.ActivityID.V, RelatedActivityID: r.RelatedActivityID.V,
		UserSID: known(r.UserSID), Data: string(r.Data),
	}
	for _, d := range r.Diagnostics {
		s.Diagnostics = append(s.Diagnostics, d.String())
	}
	return s
}

func known[V any](v model.Opt[V]) *V {
	if !v.OK {
		return nil
	}
	return &v.V
}

func wordOf[S ~string](v S) *string {
	if v == "" {
		return nil
	}
	s := string(v)
	return &s
}

func microsOf(v model.Opt[model.FILETIME]) int64 {
	us, ok := unixMicros(v)
	if !ok {
		return 0
	}
	return us
}

// newYardstick returns the library's writer with the settings of the sink.
func newYardstick(w io.Writer) *parquet.GenericWriter[eventStruct] {
	return parquet.NewGenericWriter[eventStruct](w,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.BloomFilters(parquet.SplitBlockFilter(10, "event_uid")),
		parquet.MaxRowsPerRowGroup(groupRows),
		parquet.PageBufferSize(defaultLimits.pageBytes),
		parquet.DataPageStatistics(false),
	)
}

// TestYardstick checks that the yardstick of the benchmarks writes the same
// values in columns of the same types.
func TestYardstick(t *testing.T) {
	rows := rowtest.Events(2000)
	var out bytes.Buffer
	w := newYardstick(&out)
	for i := range rows {
		if _, err := w.Write([]eventStruct{structOf(&rows[i])}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	checkRows(t, out.Bytes(), rows, func(r *model.Event) []cell { return wantEvent(r, false) })
	ours := openParquet(t, encode(t, rows, Parquet, Options{}, 100)).Metadata()
	theirs := openParquet(t, out.Bytes()).Metadata()
	for i, c := range theirs.RowGroups[0].Columns {
		o := ours.RowGroups[0].Columns[i].MetaData
		if c.MetaData.Type != o.Type || c.MetaData.Codec != o.Codec || len(c.MetaData.Encoding) != len(o.Encoding) {
			t.Errorf("%v: %v %v %v, the sink has %v %v %v", c.MetaData.PathInSchema, c.MetaData.Type, c.MetaData.Codec, c.MetaData.Encoding, o.Type, o.Codec, o.Encoding)
		}
		for j, e := range c.MetaData.Encoding {
			if e != o.Encoding[j] {
				t.Errorf("%v: encoded as %v, by the sink as %v", c.MetaData.PathInSchema, c.MetaData.Encoding, o.Encoding)
			}
		}
	}
}
