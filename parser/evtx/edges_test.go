package evtx_test

import (
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// An offset that cannot be true is odd whether there are checksums or not: the
// rows are then what the last record, or the run of records, says.
func TestImpossibleFreeSpaceOffsetIsSaidWithoutChecksums(t *testing.T) {
	im := logOf(t, 3)
	im.SetHeader(evtxbuild.FileHeader{Minor: 2, Major: 3, Chunks: 1, Flags: evtxbuild.FlagNoCRC})
	im.PutUint32(fileHeader+48, 0)
	got := read(t, im.Bytes)
	wantErrors(t, got.errs, cursor.Error{Offset: fileHeader + 48, Field: "free space offset", Err: cursor.ErrMalformed})
	if len(got.rows) != 3 {
		t.Errorf("%d rows", len(got.rows))
	}
}

// What is left over at the end of an array is said once.
func TestLeftOverOfAnArrayIsSaidOnce(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	f.Event(evtxbuild.Event{Provider: "P", EventID: 1, Data: []evtxbuild.Data{
		evtxbuild.D("a", evtxbuild.RawValue(evtxbuild.TypeUInt32|evtxbuild.TypeArray, []byte{1, 0, 0, 0, 2, 0}))}})
	got := read(t, image(t, f).Bytes)
	if r := got.rows[0]; r.data != `{"a":[1,"0200"]}` || strings.Count(r.odd, "value-size") != 1 {
		t.Errorf("%s: %q", r.data, r.odd)
	}
}
