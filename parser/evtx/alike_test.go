package evtx_test

import (
	"encoding/binary"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// What makes two records look alike to who glances at them, and is not the same.

// aliasTemplate is of a System element of literals and two values, the id and the time.
func aliasTemplate(guid [16]byte, data byte) *evtxbuild.Template {
	el, value := evtxbuild.El, evtxbuild.Optional
	return &evtxbuild.Template{GUID: guid, Body: evtxbuild.Document(el("Event",
		el("System", el("EventID", evtxbuild.Text("7")), el("Channel", evtxbuild.Text("Security")),
			evtxbuild.Element{Name: "TimeCreated", Empty: true, Attributes: []evtxbuild.Attribute{evtxbuild.Attr("SystemTime", value(1, 0x11))}},
			el("EventRecordID", value(0, 0x0a))),
		el("EventData", el("Data", value(2, data)))))}
}

// Two records name a definition that stands in the third, and the head of that definition
// has the bytes of their number of values and descriptors: only where it stands tells that
// it is no values.
func TestDefinitionThatLooksLikeDescriptors(t *testing.T) {
	const time = 133540992000000000
	spec := func(typ byte, size uint16) uint32 { return uint32(typ)<<16 | uint32(size) }
	var guid [16]byte
	for i, s := range []uint32{spec(0x0a, 8), spec(0x11, 8), spec(0x01, 24), spec(0x01, 0)} {
		binary.LittleEndian.PutUint32(guid[4*i:], s)
	}
	const values = 5
	text := "h\x00e\x00l\x00l\x00o\x00 \x00w\x00o\x00r\x00l\x00d\x00!\x00"
	// Record header, fragment header and template instance, number of values, five
	// descriptors, the values, the copy of the size; in multiples of 8.
	const size = (24 + 14 + 4 + 4*values + 8 + 8 + 24 + 4 + 7) / 8 * 8
	const definition = 512 + 2*size + 24 + 14
	body := []byte{0x0f, 1, 1, 0, 0x0c, 1}
	body = append(body, guid[:4]...)
	body = binary.LittleEndian.AppendUint32(body, definition)
	body = binary.LittleEndian.AppendUint32(body, values)
	body = append(body, guid[:]...) // as descriptors
	body = binary.LittleEndian.AppendUint32(body, spec(0, 0))
	body = binary.LittleEndian.AppendUint64(body, 1)
	body = binary.LittleEndian.AppendUint64(body, time)
	body = append(body, text...)

	f := evtxbuild.New(evtxbuild.Options{})
	for range 2 {
		f.Record(evtxbuild.Record{Body: []evtxbuild.Node{evtxbuild.Raw(body)}})
	}
	f.Record(evtxbuild.Record{Body: evtxbuild.Document(evtxbuild.Instance{Template: aliasTemplate(guid, 0x01), Values: []evtxbuild.Value{
		evtxbuild.UInt64(3), evtxbuild.FileTime(time + 77_777_777), evtxbuild.String(""), evtxbuild.String(""), evtxbuild.Null()}})})
	im := image(t, f)
	if im.Records[2].Offset != im.Chunks[0]+512+2*size {
		t.Fatalf("the third record stands at %#x", im.Records[2].Offset)
	}
	im.PutUint32(im.Chunks[0]+definition, values) // where the next definition of the hash bucket is
	im.Seal(0)

	w := readWholly(im.Bytes)
	if len(w.chunks) != 1 || len(w.chunks[0].seen) != 3 {
		t.Fatalf("%+v", w)
	}
	if last := w.chunks[0].seen[2]; last.err != nil || last.event.EventRecordID.V != 3 || last.event.Time.V != time+77_777_777 {
		t.Errorf("the third record: %s", &last)
	}
	allTiers(t, tierDecoders(), im.Bytes)
}

// Where the values of a record end can be known whatever the minor version of its fragment
// header: bytes of a record in one of them are no record that it hides.
func TestMinorVersionsHideNothing(t *testing.T) {
	within := make([]byte, 64)
	copy(within, "\x2a\x2a\x00\x00\x40")
	binary.LittleEndian.PutUint64(within[8:], 99)
	binary.LittleEndian.PutUint64(within[16:], 133540992000000000)
	copy(within[24:], "\x0f\x01\x01\x00")
	within[60] = 64
	template := aliasTemplate([16]byte{1, 2, 3}, 0x0e)
	f := evtxbuild.New(evtxbuild.Options{})
	for i := range 4 {
		f.Record(evtxbuild.Record{Body: evtxbuild.Document(evtxbuild.Instance{Template: template, Values: []evtxbuild.Value{
			evtxbuild.UInt64(uint64(i)), evtxbuild.FileTime(133540992000000000), evtxbuild.Binary(within)}})})
	}
	im := image(t, f)
	for i, minor := range []byte{1, 2, 0, 255} {
		im.Put(im.Records[i].Offset+24+2, minor, minor/2)
	}
	im.Seal(0)
	w := readWholly(im.Bytes)
	if len(w.chunks) != 1 || len(w.chunks[0].seen) != 4 {
		t.Fatalf("%+v", w)
	}
	for _, s := range w.chunks[0].seen {
		if s.err != nil || s.record.Covers || s.record.Covered {
			t.Error(&s)
		}
	}
	allTiers(t, tierDecoders(), im.Bytes)
}
