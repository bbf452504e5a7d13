package evtx_test

import (
	"encoding/binary"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	b "github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// Of a record whose System has hundreds of odd fields a few are told.
func TestManyOddFields(t *testing.T) {
	provider := b.Element{Name: "Provider", Empty: true}
	for range 300 {
		provider.Attributes = append(provider.Attributes, b.Attr("Guid", b.Optional(0, b.TypeUInt32)))
	}
	f := b.New(b.Options{})
	f.Record(b.Record{Body: b.Document(b.Instance{
		Template: b.Definition(b.El("Event", b.El("System", provider, b.El("EventID", b.Text("1"))))),
		Values:   []b.Value{b.UInt32(7)},
	})})
	im := image(t, f)
	chunks, _ := chunksOf(im.Bytes)
	d := evtx.NewDecoder()
	d.Chunk(chunks[0])
	for r, err := range chunks[0].Records() {
		if err != nil {
			t.Fatal(err)
		}
		var ev model.Event
		if err := d.System(&r, &ev); err != nil || ev.EventID.V != 1 || len(ev.Diagnostics) == 0 || len(ev.Diagnostics) > 32 {
			t.Errorf("%v, %v, %d diagnostics", err, ev.EventID, len(ev.Diagnostics))
		}
	}
}

// Chains of definitions that were made to lead into themselves cost no old record its template.
func TestChainIntoItself(t *testing.T) {
	f := b.New(b.Options{})
	for i := range uint32(12) {
		f.Event(b.Event{Provider: "P", EventID: uint16(1 + i%3), Data: []b.Data{b.D("n", b.UInt32(i))}})
	}
	im := image(t, f)
	at := im.Chunks[0]
	old := func() (rows int) {
		s, k := evtx.NewSalvage(), &evtx.Slack{}
		chunks, _ := chunksOf(im.Bytes)
		evtx.NewDecoder().Slack(chunks[0], k)
		s.Add(k)
		for batch := range s.Remnants().Batches(&evtx.Batch{}) {
			rows += len(batch.Records)
		}
		return rows
	}
	chains := 0
	for i := range 32 {
		if pos := binary.LittleEndian.Uint32(im.Bytes[at+384+4*i:]); pos != 0 {
			binary.LittleEndian.PutUint32(im.Bytes[at+int(pos):], pos)
			chains++
		}
	}
	// Half of the records are old.
	binary.LittleEndian.PutUint32(im.Bytes[at+48:], uint32(im.Records[6].Offset-at))
	binary.LittleEndian.PutUint32(im.Bytes[im.Records[6].Offset:], 0)
	im.Seal(0)
	if got := old(); chains == 0 || got != 5 {
		t.Errorf("%d chains, %d old records, want 5", chains, got)
	}
}
