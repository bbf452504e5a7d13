package netsh

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

var contextKey = model.GUID{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 1, 2, 3, 4, 5, 6, 7, 8}

func some[T any](v T) model.Opt[T] { return model.Some(v) }

// ikeHeader is the header of an event that has only its time and its addresses.
func ikeHeader(time string, v model.IPVersion, local, remote string) model.NetEventHeader {
	return model.NetEventHeader{TimeStamp: ticks(time), Flags: some[uint32](0x106), IPVersion: some(v), LocalAddr: addr(local), RemoteAddr: addr(remote),
		AddressFamily: some(uint32(v))}
}

// netEvents is what netevents.xml says, in the order of the file.
var netEvents = []*model.NetEvent{
	{
		Header: model.NetEventHeader{
			TimeStamp: ticks("2024-05-06T07:08:09.123Z"), Flags: some[uint32](0x57F), IPVersion: some(model.IPVersionV4), IPProtocol: some[uint8](17),
			LocalAddr: addr("192.0.2.10"), RemoteAddr: addr("198.51.100.20"), LocalPort: some[uint16](500), RemotePort: some[uint16](4500),
			AppID: some(`\device\harddiskvolume2\windows\system32\svchost.exe`), UserID: some("S-1-5-18"), AddressFamily: some[uint32](0),
			PackageSID: some("S-1-0-0"),
		},
		Type: model.NetEventIKEExtQMFailure,
		QM: &model.IKEQMFailure{
			Version: 1, ErrorCode: some[model.Win32Error](13868), FailurePoint: some(model.FailurePointPeer), KeyingModule: some(model.KeyModuleIKEv2),
			QMState: some(model.QMStateInitial), SARole: some(model.SARoleInitiator), SATrafficType: some(model.TrafficTypeTunnel),
			LocalSubNet:  &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 0x0A010200, Mask: 0xFFFFFF00}},
			RemoteSubNet: &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 0xC0A80000, Mask: 0xFF00FF00}},
			QMFilterID:   some[uint64](0x1122334455667788), MMSaLUID: some[model.LUID](0x99), MMProviderContextKey: some(contextKey),
		},
	},
	{
		Header: ikeHeader("2024-05-06T07:08:10Z", model.IPVersionV6, "2001:db8::1", "2001:db8::2"),
		Type:   model.NetEventIKEExtQMFailure,
		QM: &model.IKEQMFailure{
			Version: 1, ErrorCode: some[model.Win32Error](13868), FailurePoint: some(model.FailurePointMe), KeyingModule: some(model.KeyModuleAuthIP),
			QMState: some(model.QMStateFinal), SARole: some(model.SARoleResponder), SATrafficType: some(model.TrafficTypeTunnel),
			LocalSubNet: &model.ConditionValue{Type: model.DataTypeV6AddrMask,
				Value: model.V6AddrMask{Addr: [16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 1}, PrefixLength: 48}},
			RemoteSubNet: &model.ConditionValue{Type: model.DataTypeByteArray16, Value: model.ByteArray16{0x20, 0x01, 0x0d, 0xb8, 0, 2, 15: 1}},
			QMFilterID:   some[uint64](1<<64 - 1), MMSaLUID: some[model.LUID](0), MMProviderContextKey: some(model.GUID{}),
		},
	},
	{
		Header: ikeHeader("2024-05-06T07:08:11.5Z", model.IPVersionV4, "192.0.2.10", "198.51.100.20"),
		Type:   model.NetEventIKEExtQMFailure,
		QM: &model.IKEQMFailure{
			Version: 0, ErrorCode: some[model.Win32Error](0x8007362C), FailurePoint: some(model.FailurePointMe), KeyingModule: some(model.KeyModuleAuthIP),
			QMState: some(model.QMStateNone), SARole: some(model.SARoleResponder), SATrafficType: some(model.TrafficTypeTunnel),
			LocalSubNet: &model.ConditionValue{Type: model.DataTypeRange, Value: model.Range{
				Low:  model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(0x0A000001)},
				High: model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(0x0A0000FE)}}},
			RemoteSubNet: &model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(0x7F000001)},
			QMFilterID:   some[uint64](2),
		},
	},
	{
		Header: ikeHeader("2024-05-06T07:08:12Z", model.IPVersionV4, "192.0.2.10", "198.51.100.20"),
		Type:   model.NetEventIKEExtQMFailure,
		QM: &model.IKEQMFailure{
			ErrorCode: some[model.Win32Error](13805), FailurePoint: some(model.FailurePointNone), KeyingModule: some(model.KeyModuleIKE),
			QMState: some(model.QMStateFinal), SARole: some(model.SARoleInitiator), SATrafficType: some(model.TrafficTypeTransport),
			QMFilterID: some[uint64](3),
		},
	},
	{
		Header: ikeHeader("2024-05-06T07:08:13.001Z", model.IPVersionV4, "192.0.2.10", "198.51.100.20"),
		Type:   model.NetEventIKEExtMMFailure,
		MM: &model.IKEMMFailure{
			Version: 2, ErrorCode: some[model.Win32Error](13806), FailurePoint: some(model.FailurePointMe), Flags: some[uint32](2),
			KeyingModule: some(model.KeyModuleIKE), MMState: some(model.MMStateFinalSent), SARole: some(model.SARoleResponder), AuthMethod: some[uint32](1),
			EndCertHash: []byte{0xDE, 0xAD, 19: 0xFF}, MMID: some[uint64](7), MMFilterID: some[uint64](8), LocalPrincipal: some("host/a"),
			LocalGroupSIDs: []string{"S-1-5-18"}, RemoteGroupSIDs: []string{}, ProviderContextKey: some(contextKey),
		},
	},
	{
		Header: ikeHeader("2024-05-06T07:08:14.25Z", model.IPVersionV6, "fe80::1", "fe80::2"),
		Type:   model.NetEventIKEExtEMFailure,
		EM: &model.IKEEMFailure{
			Version: 1, ErrorCode: some[model.Win32Error](13825), FailurePoint: some(model.FailurePointPeer), Flags: some[uint32](1),
			EMState: some(model.EMStateSSPISent), SARole: some(model.SARoleInitiator), AuthMethod: some[uint32](2), EndCertHash: make([]byte, 20),
			MMID: some[uint64](9), QMFilterID: some[uint64](10), LocalPrincipal: some(`EXAMPLE\a&b$`), RemotePrincipal: some(`EXAMPLE\ü`),
			LocalGroupSIDs: []string{}, RemoteGroupSIDs: []string{"S-1-5-32-544", "S-1-1-0"}, SATrafficType: some(model.TrafficTypeTransport),
		},
	},
	{
		Header: model.NetEventHeader{
			TimeStamp: ticks("2024-05-06T07:08:15Z"), Flags: some[uint32](0x399F), IPVersion: some(model.IPVersionV6), IPProtocol: some[uint8](6),
			LocalAddr: addr("fe80::1"), RemoteAddr: addr("ff02::1"), LocalPort: some[uint16](1024), RemotePort: some[uint16](65535),
			ScopeID: some[uint32](12), AddressFamily: some[uint32](1), EnterpriseID: some("example.com"), PolicyFlags: some[uint64](1<<64 - 1),
			EffectiveName: some("AB"),
		},
		Type: model.NetEventClassifyDrop,
	},
}

func TestNetEvents(t *testing.T) {
	text := fixture(t, "netevents.xml")
	checkNetEvents(t, sound(t, text), netEvents)
	r := NewReader(strings.NewReader(text))
	offset := 0
	for x, err := range r.Elements() {
		if err != nil {
			t.Fatal(err)
		}
		offset += strings.Index(text[offset:], "<item>\n\t\t<header>")
		if x.Offset != int64(offset) || x.Size != int64(len(x.Text)) || !strings.HasPrefix(text[offset:], x.Text) || !strings.HasSuffix(x.Text, "</item>") {
			t.Errorf("element of offset %d: %d, %d bytes, %q", offset, x.Offset, x.Size, x.Text)
		}
		offset++
	}
	n, byType := r.Count()
	if want := (map[model.NetEventType]int{0: 1, 1: 4, 2: 1, 3: 1}); n != 7 || !reflect.DeepEqual(byType, want) {
		t.Errorf("%d events, %v", n, byType)
	}
}

func checkNetEvents(t *testing.T, events []*Event, want []*model.NetEvent) {
	t.Helper()
	if len(events) != len(want) {
		t.Fatalf("%d events, want %d", len(events), len(want))
	}
	for i, e := range events {
		if d := e.Diagnostics; i == 0 && len(d) == 1 && d[0].String() == "mask-not-contiguous: remoteSubNet 255.0.255.0" {
			e.Diagnostics = nil
		}
		if !reflect.DeepEqual(e.NetEvent, want[i]) {
			t.Errorf("event %d:\n%s\nwant\n%s", i, show(e.NetEvent), show(want[i]))
		}
		if e.Diagnostics != nil {
			t.Errorf("event %d: %s", i, diagnostics(e))
		}
	}
}

func show(e *model.NetEvent) string {
	s := fmt.Sprintf("%+v", *e)
	for _, body := range []any{e.QM, e.MM, e.EM} {
		s += fmt.Sprintf("\n%+v", body)
	}
	if e.QM != nil {
		s += fmt.Sprintf("\n%+v %+v", e.QM.LocalSubNet, e.QM.RemoteSubNet)
	}
	return s
}

// wfpdiag.xml has other names around the events, types as newer Windows writes
// them, and an & that is not escaped.
func TestWFPDiag(t *testing.T) {
	text := fixture(t, "wfpdiag.xml")
	events := sound(t, text)
	checkNetEvents(t, events, []*model.NetEvent{netEvents[0], netEvents[6], netEvents[3]})
	for i, e := range events {
		if e.Host != model.Some("vpn1.example.com") {
			t.Errorf("event %d: host %v", i, e.Host)
		}
		if !strings.HasPrefix(text[e.Offset:], "<netEvent>") {
			t.Errorf("event %d: offset %d", i, e.Offset)
		}
	}
}

// What cannot be read is unknown and said, the rest of the event is kept.
func TestOddities(t *testing.T) {
	events := sound(t, fixture(t, "oddities.xml"))
	want := []string{
		"error-code-unreadable: failureErrorCode \"ERROR_OF_TOMORROW\"\nenumerator-unreadable: qmState \"IKEEXT_QM_SA_STATE_OTHER\"\n" +
			"number-unreadable: qmFilterId \"-1\"\nenumerator-unknown: failurePoint IPSEC_FAILURE_POINT(7)",
		"condition-unreadable: localSubNet addr \"10.0.0.256\"\nguid-unreadable: mmProviderContextKey \"FWPM_PROVIDER_CONTEXT_EXAMPLE\"\nfield-missing: mmSaLuid\n" +
			"prefix-length-invalid: remoteSubNet 129",
		"enumerator-unreadable: saTrafficType \"IPSEC_TRAFFIC_TYPE_OTHER\"",
		"body-missing: ikeQmFailure",
		"address-without-version: localAddr\naddress-without-version: remoteAddr",
		"time-unreadable: timeStamp \"yesterday\"\nflag-unreadable: flags \"FWPM_NET_EVENT_FLAG_OTHER_SET\"\naddress-unreadable: remoteAddrV4 \"2001:db8::1\"\n" +
			"field-missing: localPort\ncondition-type-unexpected: remoteSubNet FWP_UINT16",
		"enumerator-unreadable: type \"FWPM_NET_EVENT_TYPE_PUBLIC_OF_TOMORROW\"",
	}
	if len(events) != len(want) {
		t.Fatalf("%d events", len(events))
	}
	for i, e := range events {
		if got := diagnostics(e); got != want[i] {
			t.Errorf("event %d:\n%s\nwant\n%s", i, got, want[i])
		}
	}
	qm := func(i int) *model.IKEQMFailure { return events[i].NetEvent.QM }

	if f := qm(0); f.ErrorCode.OK || f.FailurePoint != some[model.FailurePoint](7) || f.QMState.OK || f.QMFilterID.OK || f.SARole != some(model.SARoleInitiator) ||
		f.LocalSubNet.CIDR() != some("10.0.0.0/8") || f.RemoteSubNet.CIDR() != some("0.0.0.0/0") {
		t.Errorf("%+v", f)
	}
	if f := qm(1); f.Version != 1 || f.MMSaLUID.OK || f.MMProviderContextKey.OK || f.LocalSubNet.Type != model.DataTypeV4AddrMask || f.LocalSubNet.Value != nil ||
		f.RemoteSubNet.CIDR().OK || f.RemoteSubNet.Type != model.DataTypeV6AddrMask || len(f.RemoteSubNet.Raw()) != 17 {
		t.Errorf("%+v", f)
	}
	if f := qm(2); f.SATrafficType.OK || f.LocalSubNet != nil || f.RemoteSubNet != nil {
		t.Errorf("%+v", f)
	}
	if qm(3) != nil || events[3].NetEvent.Type != model.NetEventIKEExtQMFailure {
		t.Errorf("%+v", events[3].NetEvent)
	}
	if h := events[4].NetEvent.Header; h.TimeStamp != some[model.FILETIME](0) || h.LocalAddr.OK || h.RemoteAddr.OK || h.IPVersion.OK || h.Flags != some[uint32](6) {
		t.Errorf("%+v", h)
	}
	if h := events[5].NetEvent.Header; h.TimeStamp.OK || h.Flags.OK || h.LocalAddr != addr("192.0.2.10") || h.RemoteAddr.OK || h.LocalPort.OK {
		t.Errorf("%+v", h)
	}
	if f := qm(5); f.LocalSubNet.Value != (model.Empty{}) || f.RemoteSubNet.Value != model.Uint16(7) {
		t.Errorf("%+v", f)
	}
	if e := events[6].NetEvent; e.Type != UnknownType || e.Header.LocalAddr != addr("192.0.2.10") || e.QM != nil {
		t.Errorf("%+v", e)
	}
}

// An end tag that does not fit costs its event, one that is missing its event,
// the end of the file the last one.
func TestDamagedFixture(t *testing.T) {
	text := fixture(t, "damaged.xml")
	events, errs := readText(t, text)
	checkNetEvents(t, events, []*model.NetEvent{netEvents[0], netEvents[2], netEvents[4]})
	wantErrors(t, errs, len(text), cursor.ErrMalformed, cursor.ErrMalformed, cursor.ErrTruncated)
	for i, want := range []string{"</hdr> without a start tag", "<item> is not closed", "the file ends within <item>"} {
		if !strings.Contains(errs[i].Error(), want) {
			t.Errorf("%v, want %q", errs[i], want)
		}
	}
}

func TestUTF16SaysTheSame(t *testing.T) {
	text := fixture(t, "netevents.xml")
	want := sound(t, text)
	for name, mark := range map[string]int{"netevents-utf16le.xml": 2, "netevents-utf16be.xml": 2} {
		file := fixture(t, name)
		events := sound(t, file)
		checkNetEvents(t, events, netEvents)
		for i, e := range events {
			// All of the text is ASCII before the last event but the ü.
			units := len([]rune(text[:want[i].Offset]))
			if e.Offset != int64(mark+2*units) {
				t.Errorf("%s: event %d has offset %d, want %d", name, i, e.Offset, mark+2*units)
			}
		}
	}
	for i, e := range sound(t, "\uFEFF"+text) {
		if e.Offset != want[i].Offset+3 || !reflect.DeepEqual(e.NetEvent, want[i].NetEvent) {
			t.Errorf("UTF-8 with byte order mark: event %d: %+v", i, e)
		}
	}
}

// The fixtures are those that SOURCES.md tells of, and the ones in UTF-16 are the
// text of the one in UTF-8.
func TestFixturesAreTheirSources(t *testing.T) {
	sources := fixture(t, "SOURCES.md")
	for name, text := range fixtures(t) {
		_, section, _ := strings.Cut(sources, "## "+name+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if want := fmt.Sprintf("%d bytes, sha256 %x", len(text), sha256.Sum256([]byte(text))); !strings.Contains(section, want) {
			t.Errorf("%s: SOURCES.md has no %q", name, want)
		}
	}
	le := toUTF16(fixture(t, "netevents.xml"))
	be := []byte(le)
	for i := 0; i < len(be); i += 2 {
		be[i], be[i+1] = be[i+1], be[i]
	}
	if fixture(t, "netevents-utf16le.xml") != "\xff\xfe"+le || fixture(t, "netevents-utf16be.xml") != "\xfe\xff"+string(be) {
		t.Error("the dumps in UTF-16 are another text")
	}
}
