package evtx_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// logOf is a log of n small events, all in one chunk.
func logOf(t testing.TB, n int) *evtxbuild.Image {
	t.Helper()
	f := evtxbuild.New(evtxbuild.Options{})
	for i := range n {
		f.Event(evtxbuild.Event{Provider: "P", ProviderGUID: "{00112233-4455-6677-8899-aabbccddeeff}", EventID: 4624,
			Data: []evtxbuild.Data{evtxbuild.D("n", evtxbuild.UInt32(uint32(i))), evtxbuild.D("s", evtxbuild.String("text"))}})
	}
	im := f.Image()
	if im == nil {
		t.Fatal(f.Err())
	}
	return im
}

// idsOf returns the ids of the records that a log yields, and its errors.
func idsOf(t testing.TB, log []byte) (ids []uint64, errs []error) {
	t.Helper()
	r, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range r.Chunks() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for r, err := range c.Records() {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			ids = append(ids, r.ID)
		}
	}
	return ids, errs
}

// A size that reaches over the next records must not swallow them, and the
// record itself decodes as far as the next one.
func TestTornSizeKeepsNeighbours(t *testing.T) {
	for _, over := range []int{1, 2, 3} { // neighbours that the size covers
		im := logOf(t, 6)
		size := 0
		for i := range over + 1 {
			size += im.Records[1+i].Size
		}
		im.SetSize(1, uint32(size+8))
		r, err := evtx.NewReader(bytes.NewReader(im.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		d := evtx.NewDecoder()
		for c, err := range r.Chunks() {
			if err != nil {
				t.Fatal(err)
			}
			d.Chunk(c)
			for r, err := range c.Records() {
				if err != nil {
					t.Error(err)
					continue
				}
				var ev model.Event
				if err := d.System(&r, &ev); err != nil {
					t.Error(err)
					continue
				}
				data, err := d.Data(nil, &ev)
				got += fmt.Sprintf("%d %t %s %v\n", r.ID, r.Torn, data, err)
			}
		}
		want := ""
		for i := range 6 {
			want += fmt.Sprintf("%d %t {\"n\":%d,\"s\":\"text\"} <nil>\n", i+1, i == 1, i)
		}
		if got != want {
			t.Errorf("size over %d neighbours:\n%swant\n%s", over, got, want)
		}
	}
}

// A source that breaks off, as a compressed one does that was cut, is an error
// of reading wherever it breaks.
func TestUnexpectedEOFOfTheSourceIsAnError(t *testing.T) {
	log := logOf(t, 3).Bytes
	for _, cause := range []error{io.ErrUnexpectedEOF, fmt.Errorf("stream: %w", io.EOF)} {
		for _, n := range []int{4096, 4096 + 100, 4096 + 65536} {
			r, err := evtx.NewReader(io.MultiReader(bytes.NewReader(log[:n]), failing{cause}))
			if err != nil {
				t.Fatal(err)
			}
			said := false
			for _, err := range r.Chunks() {
				said = said || errors.Is(err, cause)
			}
			if !said {
				t.Errorf("%v after %d bytes: not reported", cause, n)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
