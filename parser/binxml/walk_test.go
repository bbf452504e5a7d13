package binxml

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/alloctest"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Items come as Items has them, whatever is asked for and in whatever order, also of several
// arrays in turn; in order they cost as much as there are.
func TestItem(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	array := func(typ Type, size int) Value {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(rnd.IntN(3)) // with NULs
		}
		return Value{Type: typ | TypeArray, Data: b, Pos: int32(rnd.IntN(100))}
	}
	d := NewDecoder()
	for range 300 {
		d.bound(1 << 20)
		d.endWalks()
		arrays := []Value{
			array(TypeString, rnd.IntN(40)), array(TypeAnsiString, rnd.IntN(20)), array(TypeUInt16, rnd.IntN(20)),
			array(TypeUInt8, rnd.IntN(8)), array(TypeSID, rnd.IntN(60)), array(TypeString, 0),
		}
		arrays = append(arrays, arrays[0], arrays[2]) // the same again
		for range 200 {
			v := arrays[rnd.IntN(len(arrays))]
			all := v.Items()
			at := rnd.IntN(len(all) + 3)
			want := null
			if at < len(all) {
				want = all[at]
			}
			got, err := d.item(v, at)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("item %d of %d: %+v, %v, want %+v", at, len(all), got, err, want)
			}
		}
	}

	const n = 20_000
	long := []Value{{Type: TypeString | TypeArray, Data: make([]byte, 2*n)}}
	for range maxWalks - 1 {
		long = append(long, Value{Type: TypeUInt8 | TypeArray, Data: make([]byte, n)})
	}
	d.bound(1)
	d.endWalks()
	for at := range n {
		for _, v := range long {
			if _, err := d.item(v, at); err != nil && d.spent <= freeNodes {
				t.Fatal(err)
			}
		}
	}
	if d.spent < maxWalks*n || d.spent > 5*maxWalks*n/2 {
		t.Errorf("%d items of %d arrays cost %d", n, maxWalks, d.spent)
	}
}

// An array that stands in an attribute, too, is asked for its first item in between.
func TestItemBetweenFirstOnes(t *testing.T) {
	const n = 5000
	v := Value{Type: TypeUInt16 | TypeArray, Data: make([]byte, 2*n)}
	d := NewDecoder()
	d.bound(1 << 20)
	for at := range n {
		for _, at := range []int{0, at} {
			if _, err := d.item(v, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if d.spent > 4*n {
		t.Errorf("%d items cost %d", n, d.spent)
	}
}

// What a record may expand to follows its size.
func TestBound(t *testing.T) {
	d := NewDecoder()
	d.Chunk(make([]byte, 64), 0)
	for _, c := range []struct{ size, nodes, text int }{
		{0, 64 << 10, 512 << 10}, {1000, 64<<10 + 32_000, 512<<10 + 512_000}, {64 << 10, MaxNodes, MaxText}, {1 << 30, MaxNodes, MaxText},
	} {
		d.bound(c.size)
		if err := d.step(c.nodes); err != nil {
			t.Errorf("%d bytes: %v", c.size, err)
		}
		if err := d.wrote(c.text); err != nil {
			t.Errorf("%d bytes: %v", c.size, err)
		}
		for _, err := range []error{d.step(1), d.wrote(1)} {
			if e, ok := err.(*cursor.Error); !ok || e.Err != cursor.ErrUnsupported {
				t.Errorf("%d bytes: error %v", c.size, err)
			}
		}
	}
}

// The text of a value is asked for often: it costs itself.
func TestTextAllocatesItself(t *testing.T) {
	for _, v := range []Value{
		{Type: TypeUInt32, Data: []byte{57, 48, 0, 0}},
		{Type: TypeUInt16 | TypeArray, Data: []byte{57, 48, 0, 0}},
		{Type: TypeUInt16 | TypeArray},
	} {
		text := v.Text()
		if want := map[bool]string{true: "12345"}[len(v.Data) > 0]; text != want {
			t.Errorf("%q, want %q", text, want)
		}
		const times = 1000
		n := alloctest.Bytes(func() {
			for range times {
				text = v.Text()
			}
		})
		if n > 200*times {
			t.Errorf("%d bytes for %d times %q", n, times, text)
		}
	}
}
