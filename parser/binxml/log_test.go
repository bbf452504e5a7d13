package binxml_test

import (
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

const (
	chunkAt    = 4096
	chunkSize  = 64 << 10
	recordHead = 24
	sizeCopy   = 4
)

// body is a place in a chunk where the BinXML of a record stands.
type body struct{ chunk, pos, end int }

// bodies returns the places of the records of a log, chunk by chunk.
func bodies(im *evtxbuild.Image) []body {
	var places []body
	for _, r := range im.Records {
		pos := r.Offset - im.Chunks[r.Chunk]
		places = append(places, body{r.Chunk, pos + recordHead, pos + r.Size - sizeCopy})
	}
	return places
}

// image finishes a log.
func image(t testing.TB, f *evtxbuild.File) *evtxbuild.Image {
	t.Helper()
	im := f.Image()
	if im == nil {
		t.Fatal(f.Err())
	}
	return im
}

// chunkOf returns the bytes of a chunk and its file offset.
func chunkOf(im *evtxbuild.Image, i int) ([]byte, int64) {
	at := im.Chunks[i]
	return im.Bytes[at : at+chunkSize], int64(at)
}

// decode returns the only record of a log that holds these nodes.
func decode(t testing.TB, nodes ...evtxbuild.Node) binxml.Document {
	t.Helper()
	doc, _, err := tryDecode(t, nodes...)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func tryDecode(t testing.TB, nodes ...evtxbuild.Node) (binxml.Document, *binxml.Decoder, error) {
	t.Helper()
	f := evtxbuild.New(evtxbuild.Options{})
	f.Record(evtxbuild.Record{Body: nodes})
	im := image(t, f)
	d := binxml.NewDecoder()
	d.Chunk(chunkOf(im, 0))
	b := bodies(im)[0]
	doc, err := d.Document(b.pos, b.end)
	return doc, d, err
}

// instance is a record that is an instance of a template of one root element.
func instance(root evtxbuild.Node, values ...evtxbuild.Value) []evtxbuild.Node {
	return evtxbuild.Document(evtxbuild.Instance{Template: evtxbuild.Definition(root), Values: values})
}

// jsonOf returns the data of a document as JSON.
func jsonOf(t testing.TB, doc *binxml.Document) string {
	t.Helper()
	b, err := doc.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func xmlOf(t testing.TB, doc *binxml.Document) string {
	t.Helper()
	b, err := doc.AppendXML(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// data is a Data element with a literal name.
func data(name string, content ...evtxbuild.Node) evtxbuild.Element {
	return evtxbuild.Element{Name: "Data", Attributes: []evtxbuild.Attribute{evtxbuild.Attr("Name", evtxbuild.Text(name))}, Content: content}
}

// event is an Event of these parts.
func event(parts ...evtxbuild.Node) evtxbuild.Element { return evtxbuild.El("Event", parts...) }

// eventData is an Event of which EventData has this content.
func eventData(content ...evtxbuild.Node) evtxbuild.Element {
	return event(evtxbuild.El("EventData", content...))
}
