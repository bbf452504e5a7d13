package evtx_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// ways to damage one record: which of its bytes, and how.
var ways = []struct {
	name   string
	damage func(b []byte, r evtxbuild.RecordAt) span
}{
	{"signature gone", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset, 4, 0) }},
	{"head gone", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset, recordHead, 0) }},
	{"head of ones", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset, recordHead, 0xff) }},
	{"size 0", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, 0) }},
	{"size 1", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, 1) }},
	{"size 27", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, 27) }},
	{"size 28", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, 28) }},
	{"size less 8", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, r.Size-8) }},
	{"size less 1", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, r.Size-1) }},
	{"size and 1", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, r.Size+1) }},
	{"size and 8", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, r.Size+8) }},
	{"size twice", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, 2*r.Size) }},
	{"size to the end of the chunk", func(b []byte, r evtxbuild.RecordAt) span {
		return put32(b, r.Offset+4, fileHeader+(r.Chunk+1)*chunkSize-r.Offset)
	}},
	{"size past the chunk", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, chunkSize) }},
	{"size of all ones", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+4, -1) }},
	{"copy 0", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+r.Size-4, 0) }},
	{"copy and 8", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+r.Size-4, r.Size+8) }},
	{"size and copy less 8", func(b []byte, r evtxbuild.RecordAt) span {
		put32(b, r.Offset+r.Size-12, r.Size-8)
		put32(b, r.Offset+4, r.Size-8)
		return span{r.Offset, r.Offset + r.Size}
	}},
	{"id and time", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset+8, 16, 0xee) }},
	{"fragment header", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset+recordHead, 4, 0xee) }},
	{"first token", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset+recordHead+4, 1, 0xee) }},
	{"template offset far", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+recordHead+10, 0x7fffffff) }},
	{"template offset 0", func(b []byte, r evtxbuild.RecordAt) span { return put32(b, r.Offset+recordHead+10, 0) }},
	{"template is the record", func(b []byte, r evtxbuild.RecordAt) span {
		return put32(b, r.Offset+recordHead+10, (r.Offset-fileHeader)%chunkSize)
	}},
	{"second half of zeros", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset+r.Size/2, r.Size-r.Size/2, 0) }},
	{"second half of ones", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset+r.Size/2, r.Size-r.Size/2, 0xff) }},
	{"last 100 bytes but the copy", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset+r.Size-104, 100, 0xcc) }},
	{"all but size and copy", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset+8, r.Size-12, 0x2a) }},
	{"all gone", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset, r.Size, 0) }},
	{"all of ones", func(b []byte, r evtxbuild.RecordAt) span { return fill(b, r.Offset, r.Size, 0xff) }},
}

func fill(b []byte, at, n int, v byte) span {
	copy(b[at:at+n], bytes.Repeat([]byte{v}, n))
	return span{at, at + n}
}

func put32(b []byte, at, v int) span {
	b[at], b[at+1], b[at+2], b[at+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	return span{at, at + 4}
}

// unseen says whether damage cannot be seen in the record: its size is too large
// and what stands at its end, of another record, happens to be the same number.
// Only the checksum of the chunk tells, and what is behind.
func unseen(b []byte, r evtxbuild.RecordAt) bool {
	size := int64(binary.LittleEndian.Uint32(b[r.Offset+4:]))
	end := int64(r.Offset) + size
	return size > int64(r.Size) && end <= int64(len(b)) && int64(binary.LittleEndian.Uint32(b[end-4:])) == size
}

// Whatever happens to one record, all others come as they were: those that use
// nothing of what was damaged (see touches). The damaged one comes, or an error
// says at its place that it does not.
func TestNeighboursOfDamage(t *testing.T) {
	for _, name := range []string{"security-neighbours.evtx", "security-4654-tunnel.evtx", "forwarded-4654.evtx", "wfp-1007-v1.evtx",
		"oddities-xml.evtx", "oddities-values.evtx", "security-multi-chunk.evtx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			im := fixture(t, name).Image
			want := read(t, im.Bytes)
			w := touchesOf(t, im)
			d := evtx.NewDecoder()
			step := 1
			if len(im.Records) > 60 {
				step = 7
			}
			if testing.Short() {
				step *= 5
			}
			seen, alone, coincidences := 0, 0, 0
			for i := 0; i < len(im.Records); i += step {
				r := im.Records[i]
				for _, way := range ways {
					b := bytes.Clone(im.Bytes)
					hit := way.damage(b, r)
					if unseen(b, r) {
						coincidences++
						continue
					}
					touched := w.records(hit)
					seen++
					if len(touched) == 1 {
						alone++
					}
					got := readWith(d, bytes.NewReader(b))
					if err := got.check(len(b)); err != nil {
						t.Fatalf("record %d, %s: %v", i, way.name, err)
					}
					if bad := w.others(&got, want.rows, touched, bareRow); bad != "" {
						t.Errorf("record %d at %#x, %s, touches %d: %s\n%s", i, r.Offset, way.name, touched, bad, joined(got.errs))
						return
					}
				}
			}
			// Most damage must be of one record, or this proves little.
			if 3*alone < 2*seen || 50*coincidences > seen {
				t.Errorf("%d of %d damages touch one record only, %d cannot be seen", alone, seen, coincidences)
			}
		})
	}
}

// The same with two records damaged that stand beside each other, and with the
// checksums right, as if the writer had meant it.
func TestNeighboursOfTwoDamagedRecords(t *testing.T) {
	im := fixture(t, "security-4654-tunnel.evtx").Image
	want := read(t, im.Bytes)
	w := touchesOf(t, im)
	for i := 3; i+1 < len(im.Records); i += 5 {
		for n, first := range ways {
			for m, second := range ways {
				if (n+m+i)%3 != 0 {
					continue
				}
				damaged := *im
				damaged.Bytes = bytes.Clone(im.Bytes)
				hit := []span{first.damage(damaged.Bytes, im.Records[i]), second.damage(damaged.Bytes, im.Records[i+1])}
				if unseen(damaged.Bytes, im.Records[i]) || unseen(damaged.Bytes, im.Records[i+1]) {
					continue
				}
				sealed(&damaged)
				got := read(t, damaged.Bytes)
				if err := got.check(len(damaged.Bytes)); err != nil {
					t.Fatal(err)
				}
				if bad := lostOutside(w, &got, want.rows, w.records(hit...)); bad != "" {
					t.Fatalf("record %d, %s, then %s: %s\n%s", i, first.name, second.name, bad, joined(got.errs))
				}
			}
		}
		if testing.Short() {
			break
		}
	}
}

// A definition that is damaged costs the records that use it and no other.
func TestDamagedDefinition(t *testing.T) {
	im := fixture(t, "security-neighbours.evtx").Image
	want := read(t, im.Bytes)
	w := touchesOf(t, im)
	d := evtx.NewDecoder()
	for i, def := range im.Definitions {
		for at := range 40 { // next, GUID, size, fragment header and first element
			for _, mask := range []byte{0x01, 0x80, 0xff} {
				b := bytes.Clone(im.Bytes)
				p := def.Offset + at
				b[p] ^= mask
				got := readWith(d, bytes.NewReader(b))
				if bad := w.others(&got, want.rows, w.at[p], bareRow); bad != "" {
					t.Fatalf("definition %d, byte %d ^ %#02x: %s\n%s", i, at, mask, bad, joined(got.errs))
				}
				if at < 4 {
					// The chain of definitions is not needed to decode.
					if diff := diff(got.rows, want.rows, bareRow); diff != "" {
						t.Fatalf("definition %d, byte %d of the chain: %s", i, at, diff)
					}
				}
				if at >= 4 && at < 8 {
					// The id that instances repeat: said on each that uses it.
					for _, r := range w.at[p] {
						if g := got.rows[r]; g.err == "" && !g.said("template-id") && g.data == want.rows[r].data && g.system != want.rows[r].system {
							t.Fatalf("definition %d has another id, record %d does not say so: %+v", i, r, g)
						}
					}
				}
			}
		}
	}
	if len(im.Definitions) < 8 {
		t.Error(fmt.Sprint(len(im.Definitions), " definitions"))
	}
}
