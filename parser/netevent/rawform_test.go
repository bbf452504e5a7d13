package netevent

import (
	"reflect"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// TestRawForms has the sizes of images and bodies by hand, from the description of
// the payloads, and where in them type and pointers stand.
func TestRawForms(t *testing.T) {
	for abi, want := range []struct {
		bases, types []int
		flags        []uint32
		bodies       [][]int
	}{
		{
			[]int{240, 160, 152, 120, 104}, []int{136, 144, 136, 104, 88}, []uint32{0x3FFF, 0x3FF, 0x3FFF, 0x7FF, 0x3FF},
			[][]int{{120, 112, 64}, {88, 64}, {120, 64}, {56, 32, 16}, {32}, {44}, {32}, {24}, {24}, {104}, {4}},
		},
		{
			[]int{136, 112, 88, 80}, []int{128, 104, 80, 72}, []uint32{0x3FF, 0x3FFF, 0x7FF, 0x3FF},
			[][]int{{96, 88, 64}, {72, 48}, {96, 64}, {48, 32, 16}, {32}, {44}, {32}, {24}, {24}, {96}, {4}},
		},
	} {
		f := &rawForms()[abi]
		var bases, types []int
		var flags []uint32
		for _, b := range f.bases {
			bases, types, flags = append(bases, b.size), append(types, b.layout.typ), append(flags, b.flags)
			h := &b.layout.header
			if h.timeStamp != 0 || h.flags != 8 || h.ipVersion != 12 || h.appID != f.bases[0].layout.header.appID {
				t.Errorf("base %d: timeStamp, flags, ipVersion, appId at %d, %d, %d, %d", b.size, h.timeStamp, h.flags, h.ipVersion, h.appID)
			}
			if b.private != (b.size == 240) {
				t.Errorf("base %d: private %t", b.size, b.private)
			}
		}
		if !reflect.DeepEqual(bases, want.bases) || !reflect.DeepEqual(types, want.types) || !reflect.DeepEqual(flags, want.flags) {
			t.Errorf("bases %v with types at %v, flags %#x", bases, types, flags)
		}
		if f.least != bases[len(bases)-1] {
			t.Errorf("least %d", f.least)
		}
		for typ, sizes := range want.bodies {
			var got []int
			for _, b := range f.bodies[typ] {
				got = append(got, b.size)
				if b.v4 != 8 || b.v6 != 24 {
					t.Errorf("subnets of %d and %d bytes", b.v4, b.v6)
				}
			}
			if !reflect.DeepEqual(got, sizes) {
				t.Errorf("type %d: bodies %v, want %v", typ, got, sizes)
			}
		}
		for typ, pointers := range map[model.NetEventType][2][]int{
			model.NetEventIKEExtMMFailure:  {{64, 72, 88, 104, 112}, {64, 68, 76, 84, 88}},
			model.NetEventIKEExtQMFailure:  {},
			model.NetEventIKEExtEMFailure:  {{64, 72, 88, 104}, {64, 68, 76, 84}},
			model.NetEventClassifyDrop:     {{40}, {36}},
			model.NetEventIPsecKernelDrop:  {},
			model.NetEventClassifyDropMAC:  {{88}, {84}},
			model.NetEventLPMPacketArrival: {},
		} {
			if got := f.bodies[typ][0].pointers; !reflect.DeepEqual(got, pointers[abi]) {
				t.Errorf("%v: pointers at %v, want %v", typ, got, pointers[abi])
			}
		}
	}
}
