package netevent_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// TestSamples reads two images that a compiler laid out, one of each pointer
// size. What they hold is in initialisers.c beside them; it is repeated here by
// hand.
func TestSamples(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "samples", "memory-images")
	data, err := os.ReadFile(filepath.Join(dir, "vectors.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no memory images beside the repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	var vectors map[string]struct {
		File            string
		BaseVA, RootsVA uint64
		Count           int
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for abi, pointerSize := range map[string]int{"llp64-x64": 8, "ilp32-x86": 4} {
		t.Run(abi, func(t *testing.T) {
			v, ok := vectors[abi]
			if !ok {
				t.Fatal("not in vectors.json")
			}
			img, err := os.ReadFile(filepath.Join(dir, v.File))
			if err != nil {
				t.Fatal(err)
			}
			var roots []uint64
			for i := range v.Count {
				at := img[int(v.RootsVA-v.BaseVA)+i*pointerSize:]
				if pointerSize == 4 {
					roots = append(roots, uint64(binary.LittleEndian.Uint32(at)))
				} else {
					roots = append(roots, binary.LittleEndian.Uint64(at))
				}
			}
			segments := newDump(t, 5, pointerSize)
			segments.must(segments.Segment(v.BaseVA, img))
			segments.must(segments.Roots(roots))
			found, errs := readDump(t, segments.finish())
			wantTexts(t, "errors", errs, nil)
			checkSamples(t, "image", found)

			events := newDump(t, 5, pointerSize)
			for _, a := range roots {
				p, err := netevent.Copy(memory{v.BaseVA, img}, a, layout(t, 5, pointerSize))
				if err != nil {
					t.Fatal(err)
				}
				events.must(events.Event(p))
			}
			found, errs = readDump(t, events.finish())
			wantTexts(t, "errors of copies", errs, nil)
			checkSamples(t, "copy", found)
		})
	}
}

// memory is one run of bytes at an address.
type memory struct {
	base uint64
	b    []byte
}

func (m memory) Read(address uint64, n int) ([]byte, bool) {
	if address < m.base || address-m.base > uint64(len(m.b)) || n > len(m.b)-int(address-m.base) {
		return nil, false
	}
	at := int(address - m.base)
	return m.b[at : at+n], true
}

func checkSamples(t *testing.T, how string, got []read) {
	t.Helper()
	if len(got) != 8 {
		t.Fatalf("%s: %d events, want 8", how, len(got))
	}
	some4 := func(a string) model.Opt[netip.Addr] { return model.Some(netip.MustParseAddr(a)) }
	// Fields with their flag in 0x11f; the others are not set.
	header := func() model.NetEventHeader {
		return model.NetEventHeader{
			TimeStamp: model.Some(model.FILETIME(0x01DC5B0089ABCDEF)), Flags: model.Some[uint32](0x11f),
			IPVersion: model.Some(model.IPVersionV4), AddressFamily: model.Some[uint32](0),
			IPProtocol: model.Some[uint8](17), LocalPort: model.Some[uint16](500), RemotePort: model.Some[uint16](4500),
			LocalAddr: some4("10.1.2.3"), RemoteAddr: some4("192.168.1.5"),
		}
	}
	guid, _ := model.ParseGUID("11223344-5566-7788-0102-030405060708")
	qm := func(traffic model.TrafficType) *model.IKEQMFailure {
		return &model.IKEQMFailure{
			Version: 1, ErrorCode: model.Some(model.Win32Error(13868)), FailurePoint: model.Some(model.FailurePointMe),
			KeyingModule: model.Some(model.KeyModuleIKEv2), QMState: model.Some(model.QMStateInitial),
			SARole: model.Some(model.SARoleInitiator), SATrafficType: model.Some(traffic),
			QMFilterID: model.Some[uint64](2), MMSaLUID: model.Some(model.LUID(3)), MMProviderContextKey: model.Some(guid),
		}
	}
	event := func(h model.NetEventHeader) model.NetEvent {
		return model.NetEvent{Version: model.Some[uint8](5), Header: h, Type: model.NetEventIKEExtQMFailure}
	}
	say := func(i int, want model.NetEvent, diags ...string) {
		t.Helper()
		what := how + " e" + string(rune('0'+i))
		equal(t, what, got[i].event, want)
		wantTexts(t, what+" diagnostics", got[i].diags, diags)
	}

	h := header()
	h.Flags = model.Some[uint32](0x57f)
	h.AppID = model.Some(`\device\hd1\vpn.exe`)
	h.UserID, h.PackageSID = model.Some("S-1-5-21-1111-2222-3333-1001"), model.Some(model.NullSID)
	e := event(h)
	e.QM = qm(model.TrafficTypeTunnel)
	e.QM.LocalSubNet = &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 0x0A010200, Mask: 0xFFFFFF00}}
	e.QM.RemoteSubNet = &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 0xC0A80000, Mask: 0xFF00FF00}}
	e.QM.QMFilterID, e.QM.MMSaLUID = model.Some[uint64](0x1122334455667788), model.Some(model.LUID(0x99))
	say(0, e, "mask-not-contiguous: remoteSubNet 255.0.255.0")

	h = header()
	h.IPVersion, h.AddressFamily = model.Some(model.IPVersionV6), model.Some[uint32](1)
	h.LocalAddr, h.RemoteAddr = some4("2001:db8::1"), some4("2001:db8::2")
	e = event(h)
	e.QM = qm(model.TrafficTypeTunnel)
	e.QM.LocalSubNet = &model.ConditionValue{Type: model.DataTypeV6AddrMask,
		Value: model.V6AddrMask{Addr: [16]byte{0x20, 1, 0x0d, 0xb8, 0, 1}, PrefixLength: 48}}
	e.QM.RemoteSubNet = &model.ConditionValue{Type: model.DataTypeByteArray16,
		Value: model.ByteArray16{0x20, 1, 0x0d, 0xb8, 0, 2, 15: 1}}
	say(1, e)

	e = event(header())
	e.QM = qm(model.TrafficTypeTunnel)
	e.QM.LocalSubNet = &model.ConditionValue{Type: model.DataTypeRange, Value: model.Range{
		Low:  model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(0x0A000001)},
		High: model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(0x0A0000FE)},
	}}
	e.QM.RemoteSubNet = &model.ConditionValue{Value: model.Empty{}}
	say(2, e)

	// Transport: the subnets are garbage, and are not read.
	e = event(header())
	e.QM = qm(model.TrafficTypeTransport)
	say(3, e)

	e = event(header())
	e.QM = qm(model.TrafficTypeTunnel)
	e.QM.LocalSubNet = &model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(0x7F000001)}
	e.QM.RemoteSubNet = &model.ConditionValue{Type: model.DataTypeV4AddrMask}
	say(4, e, "pointer-null: remoteSubNet")

	e = event(header())
	e.Type = model.NetEventIKEExtMMFailure
	e.MM = &model.IKEMMFailure{
		Version: 2, ErrorCode: model.Some(model.Win32Error(13801)), FailurePoint: model.Some(model.FailurePointPeer),
		Flags: model.Some[uint32](1), KeyingModule: model.Some(model.KeyModuleIKEv2), MMState: model.Some(model.MMStateSASent),
		SARole: model.Some(model.SARoleInitiator), AuthMethod: model.Some[uint32](1),
		EndCertHash: append([]byte{0xde, 0xad}, append(make([]byte, 17), 0xff)...),
		MMID:        model.Some[uint64](7), MMFilterID: model.Some[uint64](8),
		LocalPrincipal: model.Some("host/a"), RemotePrincipal: model.Some(""),
		LocalGroupSIDs: []string{"S-1-5-18"}, RemoteGroupSIDs: []string{},
		ProviderContextKey: model.Some(guid),
	}
	say(5, e)

	// The header says that it has addresses; they are 0.0.0.0.
	h = header()
	h.LocalAddr, h.RemoteAddr = some4("0.0.0.0"), some4("0.0.0.0")
	say(6, event(h), "pointer-null: ikeQmFailure")

	h = header()
	h.Flags = model.Some[uint32](0xffffffff)
	h.IPVersion = model.Some(model.IPVersion(3))
	h.LocalAddr, h.RemoteAddr = model.Opt[netip.Addr]{}, model.Opt[netip.Addr]{}
	h.ScopeID, h.PolicyFlags = model.Some[uint32](0), model.Some[uint64](0)
	h.AppID, h.EffectiveName = model.Some(""), model.Some("")
	e = event(h)
	e.Type = 99
	wild := "0xfffffff0"
	if how == "copy" {
		wild = "0xffffffffffffffff"
		if len(got[7].raw) == 16+112 {
			wild = "0xffffffff"
		}
	}
	say(7, e,
		"address-without-version: localAddr FWP_IP_VERSION(3)", "address-without-version: remoteAddr FWP_IP_VERSION(3)",
		"pointer-null: userId", "pointer-null: packageSid", "pointer-null: enterpriseId",
		"pointer-unresolved: body of FWPM_NET_EVENT_TYPE(99) "+wild,
		"enumerator-unknown: type FWPM_NET_EVENT_TYPE(99)", "enumerator-unknown: ipVersion FWP_IP_VERSION(3)",
		"flags-unknown: header.flags 0xffffffff")
}
