package evtx_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	b "github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// longNames is an element with n children, whose name of 500 characters they share.
func longNames(text string, n int) b.Element {
	root := b.El("EventData")
	for range n {
		root.Content = append(root.Content, b.El(strings.Repeat("n", 500), b.Text(text)))
	}
	return root
}

// oldLog is a log of which all records are old but the first of each chunk, which is gone.
func oldLog(t *testing.T, f *b.File) []byte {
	t.Helper()
	im := f.Image()
	if im == nil {
		t.Fatal(f.Err())
	}
	for i, at := range im.Chunks {
		binary.LittleEndian.PutUint32(im.Bytes[at+48:], 512) // free space
		binary.LittleEndian.PutUint32(im.Bytes[at+512:], 0)
		im.Seal(i)
	}
	return im.Bytes
}

// Chunks are read by many decoders, each of which has its own copy of a definition: what is in
// a batch, and with that what decodes, must not depend on how many there are.
func TestBatchesDependOnNoDecoder(t *testing.T) {
	f := b.New(b.Options{})
	event := func(id uint16, user bool, body b.Instance) {
		f.Event(b.Event{Provider: "P", EventID: id, UserData: user, Body: b.BinXML(b.Document(body)...)})
	}
	small := func() {
		event(1, false, b.Instance{Template: b.Definition(b.El("EventData", b.El("Data", b.Text("x"))))})
	}
	large := b.Definition(longNames("T", 58)) // some 60 KiB, of which four are too much for a chunk
	for range 12 {
		small()
		event(2, false, b.Instance{Template: large})
		small()
		f.NewChunk()
	}
	small()
	value := func(text string) b.Value {
		return b.BinXML(b.Document(b.Instance{Template: b.Definition(longNames(text, 58))})...)
	}
	event(3, true, b.Instance{Template: b.Definition(b.El("Outer", b.Optional(0, b.TypeBinXML), b.Optional(1, b.TypeBinXML), b.Optional(2, b.TypeBinXML))),
		Values: []b.Value{value("a"), value("b"), value("c")}})
	small()
	log := oldLog(t, f)

	read := func(decoder func() *evtx.Decoder) (all []string) {
		s := evtx.NewSalvage()
		chunks, _ := chunksOf(log)
		for _, c := range chunks {
			var k evtx.Slack
			decoder().Slack(c, &k)
			s.Add(&k)
		}
		d := evtx.NewDecoder()
		for batch := range s.Remnants().Batches(&evtx.Batch{}) {
			d.Chunk(batch.Chunk)
			for i := range batch.Records {
				var ev model.Event
				err := d.System(&batch.Records[i].Record, &ev)
				if err == nil {
					ev.Data, err = d.Data(nil, &ev)
				}
				all = append(all, fmt.Sprint(len(batch.Chunk.Data), batch.Records[i].ID, ev.EventID, len(ev.Data), err))
			}
		}
		return all
	}
	one := evtx.NewDecoder()
	want, got := read(func() *evtx.Decoder { return one }), read(evtx.NewDecoder)
	if len(want) != 12*2+2 || !slices.Equal(got, want) {
		t.Errorf("by one decoder %d records: %q\nby one for each chunk: %q", len(want), want, got)
	}
}

// Names that records share take memory for each when they are old. A few such records take
// what there is for those of their chunk, and leave room for those that grow as real ones do.
func TestOldRecordsThatGrow(t *testing.T) {
	f := b.New(b.Options{})
	f.Event(b.Event{Provider: "P", EventID: 1, Style: b.Literal, UserData: true, Body: b.BinXML(longNames("t", 60))})
	const n = 16
	for i := range uint16(n) {
		f.Event(b.Event{Provider: "P", EventID: 100 + i, Style: b.Literal, UserData: true, Body: b.BinXML(longNames("t", 60))})
		f.Event(b.Event{Provider: "P", EventID: 200 + i, Style: b.Literal, Data: []b.Data{b.D("name", b.String("value"))}})
	}
	chunks, _ := chunksOf(oldLog(t, f))
	s, d := evtx.NewSalvage(), evtx.NewDecoder()
	for _, c := range chunks {
		var k evtx.Slack
		d.Slack(c, &k)
		s.Add(&k)
	}
	old := s.Remnants()
	large, small := 0, 0
	for batch := range old.Batches(&evtx.Batch{}) {
		d.Chunk(batch.Chunk)
		for i := range batch.Records {
			var ev model.Event
			if err := d.System(&batch.Records[i].Record, &ev); err != nil {
				t.Error(err)
			}
			if ev.EventID.V < 200 {
				large++
			} else {
				small++
			}
		}
	}
	refused := map[evtx.Refusal]int64{}
	for why, count := range old.Refused {
		refused[why] = count
	}
	if len(chunks) != 1 || large == 0 || small != n || refused[evtx.TooMuch] != int64(n-large) || len(refused) != 1 {
		t.Errorf("%d chunks, %d large and %d small records, refused %v", len(chunks), large, small, refused)
	}
}
