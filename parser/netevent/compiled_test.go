package netevent

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// compilers make structures of Windows, by the size of a pointer.
var compilers = map[int]string{8: "x86_64-w64-mingw32-gcc", 4: "i686-w64-mingw32-gcc"}

// compile runs a compiler. Without it the test skips, or fails if
// QMPARSE_REQUIRE_PEERS is set.
func compile(t *testing.T, pointerSize int, args ...string) {
	t.Helper()
	name := compilers[pointerSize]
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("QMPARSE_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skipf("%v (Debian's package gcc-mingw-w64)", err)
	}
	if out, err := exec.Command(path, append([]string{"-std=c11", "-Wall", "-Werror", "-Wno-override-init"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// TestCompiledOffsets compares every size and offset of layouts.tsv with what a
// compiler makes of testdata/netevent.h, where the structures were written down
// independently.
func TestCompiledOffsets(t *testing.T) {
	header, err := filepath.Abs(filepath.Join("testdata", "netevent.h"))
	if err != nil {
		t.Fatal(err)
	}
	var src strings.Builder
	fmt.Fprintf(&src, "#include %q\n#include <stddef.h>\n__attribute__((section(\".layout\"), used)) const unsigned layout[] = {\n", header)
	type number struct {
		what string
		want [2]int
	}
	var numbers []number
	for i := range structures {
		s := &structures[i]
		fmt.Fprintf(&src, "sizeof(%s), _Alignof(%[1]s),\n", s.name)
		numbers = append(numbers, number{"sizeof(" + s.name + ")", s.size}, number{"_Alignof(" + s.name + ")", s.align})
		for _, f := range s.fields {
			fmt.Fprintf(&src, "offsetof(%s, %s), sizeof(((%[1]s *)0)->%[2]s),\n", s.name, f.name)
			numbers = append(numbers, number{"offsetof " + s.name + "." + f.name, [2]int{f.at[0].offset, f.at[1].offset}},
				number{"sizeof " + s.name + "." + f.name, [2]int{f.at[0].size, f.at[1].size}})
		}
	}
	src.WriteString("};\n")
	for pointerSize := range compilers {
		t.Run(fmt.Sprint(pointerSize), func(t *testing.T) {
			dir := t.TempDir()
			c, o := filepath.Join(dir, "layout.c"), filepath.Join(dir, "layout.o")
			if err := os.WriteFile(c, []byte(src.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			compile(t, pointerSize, "-c", "-o", o, c)
			f, err := pe.Open(o)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			data, err := f.Section(".layout").Data()
			if err != nil {
				t.Fatal(err)
			}
			if len(data) < 4*len(numbers) {
				t.Fatalf("%d bytes for %d numbers", len(data), len(numbers))
			}
			for i, n := range numbers {
				if got := int(binary.LittleEndian.Uint32(data[4*i:])); got != n.want[abiOf(pointerSize)] {
					t.Errorf("%s is %d, layouts.tsv has %d", n.what, got, n.want[abiOf(pointerSize)])
				}
			}
		})
	}
}

// TestCompiledImages reads events that a compiler laid out, of each version and
// for both sizes of a pointer: testdata/image.c. What it says is repeated here.
func TestCompiledImages(t *testing.T) {
	for pointerSize := range compilers {
		for version := range MaxVersion + 1 {
			t.Run(fmt.Sprintf("%d/%d", pointerSize, version), func(t *testing.T) {
				compiledImage(t, version, pointerSize)
			})
		}
	}
}

func compiledImage(t *testing.T, version, pointerSize int) {
	exe := filepath.Join(t.TempDir(), "image.exe")
	entry := "start"
	if pointerSize == 4 {
		entry = "_start"
	}
	compile(t, pointerSize, "-nostdlib", fmt.Sprintf("-DN=%d", version), "-Wl,-e,"+entry, "-o", exe, filepath.Join("testdata", "image.c"))
	f, err := pe.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var base uint64
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader64:
		base = h.ImageBase
	case *pe.OptionalHeader32:
		base = uint64(h.ImageBase)
	}
	var segments, copies bytes.Buffer
	h := Header{PointerSize: uint8(pointerSize), NetEventVersion: uint8(version), Machine: map[int]Machine{8: MachineAMD64, 4: MachineI386}[pointerSize]}
	ws, err := NewWriter(&segments, h)
	if err != nil {
		t.Fatal(err)
	}
	wc, err := NewWriter(&copies, h)
	if err != nil {
		t.Fatal(err)
	}
	var roots []uint64
	mem := &Segments{}
	for _, s := range f.Sections {
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		data = data[:min(len(data), int(s.VirtualSize))]
		if err := ws.Segment(base+uint64(s.VirtualAddress), data); err != nil {
			t.Fatal(err)
		}
		if mem.add(run{base: base + uint64(s.VirtualAddress), data: data}) {
			t.Fatal("sections overlap")
		}
		if s.Name == ".roots" {
			for i := 0; i+pointerSize <= len(data); i += pointerSize {
				l, _ := LayoutFor(version, pointerSize)
				if a := image(data).pointer(l, i); a != 0 {
					roots = append(roots, a)
				}
			}
		}
	}
	if len(roots) != 4 {
		t.Fatalf("%d roots", len(roots))
	}
	if err := ws.Roots(roots); err != nil {
		t.Fatal(err)
	}
	l, err := LayoutFor(version, pointerSize)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range roots {
		p, err := Copy(mem, a, l)
		if err != nil {
			t.Fatal(err)
		}
		if err := wc.Event(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := ws.End(); err != nil {
		t.Fatal(err)
	}
	if err := wc.End(); err != nil {
		t.Fatal(err)
	}
	want := compiledEvents(version)
	for how, dump := range map[string][]byte{"segments": segments.Bytes(), "copies": copies.Bytes()} {
		r, err := NewReader(bytes.NewReader(dump))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		d := NewDecoder()
		for frame, err := range r.Frames() {
			if err != nil {
				t.Errorf("%s: %v", how, err)
				continue
			}
			for rec, err := range frame.Records() {
				if err != nil {
					t.Errorf("%s: %v", how, err)
					continue
				}
				var got model.NetEvent
				if diags := d.Decode(rec, &got, nil); len(diags) > 0 {
					t.Errorf("%s: event %d: %v", how, n, diags)
				}
				if n < len(want) && !reflect.DeepEqual(got, want[n]) {
					t.Errorf("%s: event %d:\n got %s\nwant %s", how, n, AppendJSON(nil, &got), AppendJSON(nil, &want[n]))
				}
				n++
			}
		}
		if n != len(want) {
			t.Errorf("%s: %d events, want %d", how, n, len(want))
		}
	}
}

// compiledEvents are the events of testdata/image.c.
func compiledEvents(version int) []model.NetEvent {
	key, _ := model.ParseGUID("01020304-0506-0708-090a-0b0c0d0e0f10")
	addr := func(text string) model.Opt[netip.Addr] { return model.Some(netip.MustParseAddr(text)) }
	hash := func(first, last byte) []byte { return append(append([]byte{first}, make([]byte, 18)...), last) }
	event := func(t model.NetEventType, flags uint32) model.NetEvent {
		return model.NetEvent{Version: model.Some(uint8(version)), Type: t, Header: model.NetEventHeader{
			TimeStamp: model.Some(model.FILETIME(0x01DC5B0089ABCDEF)), Flags: model.Some(flags),
			IPVersion: model.Some(model.IPVersionV4), LocalAddr: addr("192.0.2.1"), RemoteAddr: addr("198.51.100.2"),
		}}
	}

	qm := event(model.NetEventIKEExtQMFailure, 0x1FF)
	h := &qm.Header
	h.IPVersion, h.LocalAddr, h.RemoteAddr = model.Some(model.IPVersionV6), addr("fe80::1"), addr("ff02::2")
	h.IPProtocol, h.LocalPort, h.RemotePort = model.Some[uint8](50), model.Some[uint16](500), model.Some[uint16](4500)
	h.ScopeID, h.AppID, h.UserID = model.Some[uint32](7), model.Some(`c:\v.exe`), model.Some("S-1-5-32-544")
	qm.QM = &model.IKEQMFailure{
		ErrorCode: model.Some(model.Win32Error(13801)), FailurePoint: model.Some(model.FailurePointPeer),
		KeyingModule: model.Some(model.KeyModuleAuthIP), QMState: model.Some(model.QMStateFinal),
		SARole: model.Some(model.SARoleResponder), SATrafficType: model.Some(model.TrafficTypeTunnel),
		LocalSubNet:  &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 0xC0000201, Mask: 0xFFFFFF00}},
		RemoteSubNet: &model.ConditionValue{Type: model.DataTypeV6AddrMask, Value: model.V6AddrMask{Addr: [16]byte{0x20, 1, 0x0d, 0xb8}, PrefixLength: 32}},
		QMFilterID:   model.Some[uint64](0x8877665544332211),
	}

	mm := event(model.NetEventIKEExtMMFailure, 0x106)
	mm.MM = &model.IKEMMFailure{
		ErrorCode: model.Some(model.Win32Error(13868)), FailurePoint: model.Some(model.FailurePointMe), Flags: model.Some[uint32](2),
		KeyingModule: model.Some(model.KeyModuleIKEv2), MMState: model.Some(model.MMStateFinalSent), SARole: model.Some(model.SARoleResponder),
		AuthMethod: model.Some[uint32](5), EndCertHash: hash(0xAA, 0xBB), MMID: model.Some[uint64](0x1122334455667788), MMFilterID: model.Some[uint64](77),
	}

	em := event(model.NetEventIKEExtEMFailure, 0x106)
	em.EM = &model.IKEEMFailure{
		ErrorCode: model.Some(model.Win32Error(5)), FailurePoint: model.Some(model.FailurePointPeer), Flags: model.Some[uint32](1),
		EMState: model.Some(model.EMStateAuthComplete), SARole: model.Some(model.SARoleResponder), AuthMethod: model.Some[uint32](2),
		EndCertHash: hash(0xCC, 0xDD), MMID: model.Some[uint64](88), QMFilterID: model.Some[uint64](0x1000000000000001),
	}

	drop := event(model.NetEventClassifyDrop, 0x11F)
	drop.Header.IPProtocol = model.Some[uint8](50)
	drop.Header.LocalPort, drop.Header.RemotePort = model.Some[uint16](500), model.Some[uint16](4500)

	all := []*model.NetEvent{&qm, &mm, &em, &drop}
	if version >= 1 {
		mm.MM.Version, em.EM.Version = 1, 1
		mm.MM.LocalPrincipal = model.Some("h")
		mm.MM.LocalGroupSIDs, mm.MM.RemoteGroupSIDs = []string{"S-1-1", "S-1-1"}, []string{}
		em.EM.RemotePrincipal = model.Some("h")
		em.EM.LocalGroupSIDs, em.EM.RemoteGroupSIDs = []string{}, []string{"S-1-1"}
		em.EM.SATrafficType = model.Some(model.TrafficTypeTunnel)
	}
	if version >= 2 {
		h.Flags.V |= 0x400
		h.PackageSID = model.Some("S-1-15-2")
		for _, ev := range all {
			ev.Header.AddressFamily = model.Some[uint32](0)
		}
		h.AddressFamily.V = 1
	}
	if version >= 3 {
		h.Flags.V |= 0x3800
		h.EnterpriseID, h.PolicyFlags, h.EffectiveName = model.Some("firm"), model.Some[uint64](0x123456789ABCDEF0), model.Some(`c:\v.exe`)
	}
	if version >= 4 {
		qm.QM.Version, mm.MM.Version = 1, 2
		qm.QM.MMSaLUID, qm.QM.MMProviderContextKey = model.Some(model.LUID(0x99AABBCCDDEEFF00)), model.Some(key)
		mm.MM.ProviderContextKey = model.Some(key)
	}
	var out []model.NetEvent
	for _, ev := range all {
		out = append(out, *ev)
	}
	return out
}
