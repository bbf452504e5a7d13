package quickmode

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

func blob(name string, b ...byte) model.Field {
	return model.Field{Name: name, Kind: model.KindBinary, Bytes: b}
}

// wfp1007 is event 1007 of a version.
func wfp1007(version uint8) *model.Event {
	ev := &model.Event{
		Provenance: model.Provenance{Format: model.FormatEVTX, Path: "ike.evtx", State: model.StateLive},
		Time:       model.Some(model.FILETIME(132388752066871033)),
		Provider:   model.Some("Microsoft-Windows-WFP"),
		EventID:    model.Some[uint32](1007),
		Version:    model.Some(version),
		Fields: []model.Field{
			{Name: "Timestamp", Kind: model.KindTime, Uint: 132388752060000000},
			number("LocalAddressLength", 4),
			blob("LocalAddress", 10, 1, 2, 3),
			number("RemoteAddressLength", 16),
			blob("RemoteAddress", 2, 0, 0x11, 0x94, 172, 16, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0),
			number("ScopeId", 0),
			text("AppId", `\device\harddiskvolume1\vpn.exe`),
			{Name: "UserSID", Kind: model.KindSID, Text: "S-1-5-18"},
			number("FailureErrorCode", 13868),
			number("FailurePoint", 1),
			number("KeyingModuleType", 2),
			number("QMState", 1),
			number("SaRole", 0),
			number("SaTrafficType", 1),
			number("QMFilterId", 0x1122334455667788),
		},
	}
	if version >= 1 {
		ev.Fields = append(ev.Fields, number("MMSaLuid", 153), model.Field{Name: "MMProviderContextKey", Kind: model.KindGUID,
			GUID: model.GUID{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 1, 2, 3, 4, 5, 6, 7, 8}})
	}
	return ev
}

const wfpV0 = `FailureTime 2020-07-10T17:20:06.0000000Z
TimeSource net_event
IPVersion 4
LocalAddr 10.1.2.3
RemoteAddr 172.16.0.9
RemoteIKEPort 4500
ScopeID 0
AppID \device\harddiskvolume1\vpn.exe
FailureUserSID S-1-5-18
ErrorCode 13868
FailurePoint IPSEC_FAILURE_ME
KeyingModule IKEEXT_KEY_MODULE_IKEV2
QMState IKEEXT_QM_SA_STATE_INITIAL
SARole IKEEXT_SA_ROLE_INITIATOR
SATrafficType IPSEC_TRAFFIC_TYPE_TUNNEL
QMFilterID 1234605616436508552
`

func TestWFP(t *testing.T) {
	for version, want := range []string{
		wfpV0 + "StructVersion 0\n",
		wfpV0 + "MMSaLUID 153\nMMProviderContextKey 11223344-5566-7788-0102-030405060708\nStructVersion 1\n",
	} {
		f := mapped(t, wfp1007(uint8(version)))
		if got := values(f); got != want || f.Diagnostics != nil {
			t.Errorf("version %d:\n%s%q\nwant\n%s", version, got, diagnostics(f), want)
		}
		// The same rendered to text.
		ev := wfp1007(uint8(version))
		for i, f := range ev.Fields {
			switch f.Kind {
			case model.KindUint:
				ev.Fields[i] = text(f.Name, fmt.Sprint(f.Uint))
			case model.KindBinary:
				ev.Fields[i] = text(f.Name, fmt.Sprintf("%X", f.Bytes))
			case model.KindTime:
				ev.Fields[i] = text(f.Name, model.FILETIME(f.Uint).String())
			case model.KindSID:
				ev.Fields[i] = text(f.Name, f.Text)
			case model.KindGUID:
				ev.Fields[i] = text(f.Name, "{"+strings.ToUpper(f.GUID.String())+"}")
			}
		}
		f = mapped(t, ev)
		if got := values(f); got != want || f.Diagnostics != nil {
			t.Errorf("version %d rendered:\n%s%q\nwant\n%s", version, got, diagnostics(f), want)
		}
	}
	// By place.
	ev := wfp1007(1)
	for i := range ev.Fields {
		ev.Fields[i].Name = ""
	}
	f := mapped(t, ev)
	if want := values(mapped(t, wfp1007(1))); values(f) != want || f.Diagnostics != nil {
		t.Errorf("by place:\n%s%q\nwant\n%s", values(f), diagnostics(f), want)
	}
}

func TestWFPField(t *testing.T) {
	v0 := wfpV0 + "StructVersion 0\n"
	for _, c := range []struct {
		v            model.Field
		column, want string
		diag         []string
	}{
		{number("FailureErrorCode", 0x8007362C), "ErrorCode", "2147956268", nil}, // as found
		{number("FailureErrorCode", 0), "ErrorCode", "0", nil},
		{number("FailureErrorCode", 1<<32), "ErrorCode", "-", []string{"number-out-of-range: FailureErrorCode 4294967296"}},
		{number("FailurePoint", 3), "FailurePoint", "IPSEC_FAILURE_POINT(3)", []string{"enumerator-unknown: FailurePoint IPSEC_FAILURE_POINT(3)"}},
		{number("KeyingModuleType", 0), "KeyingModule", "IKEEXT_KEY_MODULE_IKE", nil}, // and not IKEv1 = 1 as another event's map has it
		{number("KeyingModuleType", 1), "KeyingModule", "IKEEXT_KEY_MODULE_AUTHIP", nil},
		{number("KeyingModuleType", 3), "KeyingModule", "IKEEXT_KEY_MODULE_TYPE(3)", []string{"enumerator-unknown: KeyingModuleType IKEEXT_KEY_MODULE_TYPE(3)"}},
		{number("QMState", 7), "QMState", "IKEEXT_QM_SA_STATE(7)", []string{"enumerator-unknown: QMState IKEEXT_QM_SA_STATE(7)"}},
		{number("SaRole", 2), "SARole", "IKEEXT_SA_ROLE(2)", []string{"enumerator-unknown: SaRole IKEEXT_SA_ROLE(2)"}},
		{number("SaTrafficType", 0), "SATrafficType", "IPSEC_TRAFFIC_TYPE_TRANSPORT", nil},
		{number("SaTrafficType", 4294967295), "SATrafficType", "IPSEC_TRAFFIC_TYPE(4294967295)",
			[]string{"enumerator-unknown: SaTrafficType IPSEC_TRAFFIC_TYPE(4294967295)"}},
		{model.Field{Name: "QMState", Kind: model.KindGUID}, "QMState", "-", []string{"field-type-unexpected: QMState GUID 00000000-0000-0000-0000-000000000000"}},
		{text("AppId", ""), "AppID", "-", nil},
		{model.Field{Name: "AppId"}, "AppID", "-", nil},
		{blob("AppId", 1, 2), "AppID", "-", []string{"field-type-unexpected: AppId binary 0102"}},
		{model.Field{Name: "UserSID", Kind: model.KindSID, Text: "S-1-0-0"}, "FailureUserSID", "-", nil},
		{text("UserSID", "S-1-0-0"), "FailureUserSID", "-", nil},
		{blob("UserSID", 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), "FailureUserSID", "-", nil},
		{blob("UserSID", 1, 1, 0, 0, 0, 0, 0, 5, 19, 0, 0, 0), "FailureUserSID", "S-1-5-19", nil},
		{blob("UserSID", 1, 1, 0, 0, 0, 0, 0, 5, 19, 0, 0, 0, 0), "FailureUserSID", "-", []string{"sid-unreadable: UserSID 01010000000000051300000000"}},
		{text("UserSID", `NT AUTHORITY\SYSTEM`), "FailureUserSID", "-", []string{`sid-unreadable: UserSID "NT AUTHORITY\\SYSTEM"`}},
		{model.Field{Name: "UserSID"}, "FailureUserSID", "-", nil},
		{text("UserSID", "-"), "FailureUserSID", "-", nil},
		{blob("UserSID"), "FailureUserSID", "-", nil},
		{number("UserSID", 18), "FailureUserSID", "-", []string{"field-type-unexpected: UserSID uint 18"}},
		{number("ScopeId", 12), "ScopeID", "12", nil},
		{number("QMFilterId", 0), "QMFilterID", "0", nil},
	} {
		ev := wfp1007(0)
		set(ev, c.v)
		f := mapped(t, ev)
		if got, want := values(f), withLine(v0, c.column, c.want); got != want || !slices.Equal(diagnostics(f), c.diag) {
			t.Errorf("%+v: got\n%s%q\nwant\n%s%q", c.v, got, diagnostics(f), want, c.diag)
		}
	}
	const key = "MMProviderContextKey"
	for _, c := range []struct {
		v     model.Field
		known bool
		diag  []string
	}{
		{text(key, "{00000000-0000-0000-0000-000000000000}"), true, nil}, // zeros are a value
		{text(key, "-"), false, nil},
		{text(key, "nothing"), false, []string{`guid-unreadable: MMProviderContextKey "nothing"`}},
		{blob(key, 1), false, []string{"field-type-unexpected: MMProviderContextKey binary 01"}},
	} {
		ev := wfp1007(1)
		set(ev, c.v)
		f := mapped(t, ev)
		if f.MMProviderContextKey.OK != c.known || !slices.Equal(diagnostics(f), c.diag) {
			t.Errorf("%+v: %v, %q", c.v, f.MMProviderContextKey, diagnostics(f))
		}
	}
	// A version whose structure is not known says nothing about the structure.
	for _, v := range []model.Opt[uint8]{{}, model.Some[uint8](2)} {
		ev := wfp1007(1)
		ev.Version = v
		if f := mapped(t, ev); f.StructVersion.OK || len(f.Diagnostics) != 1 || f.MMSaLUID != model.Some[model.LUID](153) {
			t.Errorf("version %v: %v, %q", v, f.StructVersion, diagnostics(f))
		}
	}
}

func pad(n int, b ...byte) []byte { return append(b, make([]byte, n-len(b))...) }

func TestDecodeAddr(t *testing.T) {
	v6 := []byte{0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	in := []byte{2, 0, 0x01, 0xF4, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0}
	in6 := slices.Concat([]byte{23, 0, 0x11, 0x94, 9, 9, 9, 9}, v6, []byte{12, 0, 0, 0})
	for _, c := range []struct {
		name    string
		b       []byte
		addr    string
		port    int // -1 is unknown
		scope   uint32
		problem string
	}{
		{"none", nil, "", -1, 0, ""},
		{"IPv4", []byte{10, 1, 2, 3}, "10.1.2.3", -1, 0, ""},
		{"IPv4 any", []byte{0, 0, 0, 0}, "0.0.0.0", -1, 0, ""},
		{"IPv6", v6, "2001:db8::1", -1, 0, ""},
		{"IPv6 loopback", append(pad(15), 1), "::1", -1, 0, ""},
		{"IPv6 that maps IPv4", []byte{10: 0xFF, 11: 0xFF, 12: 10, 13: 1, 14: 2, 15: 3}, "::ffff:10.1.2.3", -1, 0, ""},
		{"SOCKADDR_IN", in, "10.1.2.3", 500, 0, ""},
		{"SOCKADDR_IN of port 0", pad(16, 2, 0, 0, 0, 10, 1, 2, 3), "10.1.2.3", 0, 0, ""},
		{"SOCKADDR_IN6", in6, "2001:db8::1", 4500, 12, ""},
		{"SOCKADDR_STORAGE of IPv4", pad(128, in...), "10.1.2.3", 500, 0, ""},
		{"SOCKADDR_STORAGE of IPv6", pad(128, in6...), "2001:db8::1", 4500, 12, ""},
		{"SOCKADDR_STORAGE with garbage behind", append(bytes.Clone(in6), bytes.Repeat([]byte{0xCD}, 100)...), "2001:db8::1", 4500, 12, ""},

		{"SOCKADDR_IN, or IPv6 in 0200::/16", []byte{2, 0, 1, 0xF4, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 1}, "", -1, 0, "address-form-ambiguous"},
		{"part of SOCKADDR_IN6, or IPv6", in6[:16], "", -1, 0, "address-form-ambiguous"},
		{"zeros", make([]byte, 16), "", -1, 0, "address-form-ambiguous"},
		{"16 bytes big-endian family", []byte{0, 2, 1, 0xF4, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0}, "2:1f4:a01:203::", -1, 0, ""},
		{"28 bytes of family IPv4", pad(28, in...), "", -1, 0, "address-unreadable"},
		{"28 zeros", make([]byte, 28), "", -1, 0, "address-unreadable"},
		{"128 zeros", make([]byte, 128), "", -1, 0, "address-unreadable"},
		{"128 bytes of raw IPv6", pad(128, v6...), "", -1, 0, "address-unreadable"},
	} {
		s, problem := decodeAddr(c.b)
		addr := ""
		if s.addr.IsValid() {
			addr = s.addr.String()
		}
		port := -1
		if s.port.OK {
			port = int(s.port.V)
		}
		if addr != c.addr || port != c.port || s.scope != c.scope || problem != c.problem {
			t.Errorf("%s: got %q, %d, %d, %q", c.name, addr, port, s.scope, problem)
		}
	}
	// Every other length is refused.
	for n := range 130 {
		if n == 0 || n == 4 || n == 16 || n == 28 || n == 128 {
			continue
		}
		if s, problem := decodeAddr(pad(130, in...)[:n]); s.addr.IsValid() || s.port.OK || problem != "address-unreadable" {
			t.Errorf("%d bytes: got %v, %q", n, s, problem)
		}
	}
}

func TestWFPAddr(t *testing.T) {
	v6 := []byte{0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	in6 := slices.Concat([]byte{23, 0, 0x11, 0x94, 9, 9, 9, 9}, v6, []byte{12, 0, 0, 0})
	length := func(n uint64) model.Field { return number("LocalAddressLength", n) }
	for _, c := range []struct {
		name          string
		length, local model.Field
		scope         uint64
		addr          string
		version       uint8
		port          int
		diag          []string
	}{
		{"length 0", length(0), blob("LocalAddress"), 0, "", 0, -1, nil},
		{"null", length(0), model.Field{Name: "LocalAddress"}, 0, "", 0, -1, nil},
		{"another length", length(8), blob("LocalAddress", 10, 1, 2, 3), 0, "", 0, -1,
			[]string{"address-length-differs: LocalAddress 0A010203, LocalAddressLength 8"}},
		{"a length and no bytes", length(4), model.Field{Name: "LocalAddress"}, 0, "", 0, -1,
			[]string{"address-length-differs: LocalAddress , LocalAddressLength 4"}},
		{"IPv6", length(16), blob("LocalAddress", v6...), 0, "2001:db8::1", 6, -1, []string{"address-families-differ: 2001:db8::1 and 172.16.0.9"}},
		{"SOCKADDR_IN6", length(28), blob("LocalAddress", in6...), 12, "2001:db8::1", 6, 4500, []string{"address-families-differ: 2001:db8::1 and 172.16.0.9"}},
		{"SOCKADDR_IN6 of another scope", length(28), blob("LocalAddress", in6...), 0, "2001:db8::1", 6, 4500,
			[]string{"address-families-differ: 2001:db8::1 and 172.16.0.9", "scope-differs: LocalAddress 12, ScopeId 0"}},
		{"unknown form", length(5), blob("LocalAddress", 1, 2, 3, 4, 5), 0, "", 0, -1, []string{"address-unreadable: LocalAddress 0102030405"}},
		{"hex text", length(4), text("LocalAddress", "0a010203"), 0, "10.1.2.3", 4, -1, nil},
		{"address text", length(4), text("LocalAddress", "10.1.2.3"), 0, "10.1.2.3", 4, -1, nil},
		{"odd hex text", length(4), text("LocalAddress", "0a01020"), 0, "", 0, -1, []string{`address-unreadable: LocalAddress "0a01020"`}},
		{"too long", length(200), blob("LocalAddress", bytes.Repeat([]byte{0xAB}, 200)...), 0, "", 0, -1,
			[]string{"address-unreadable: LocalAddress " + strings.Repeat("AB", 128) + "… (200 bytes)"}},
		{"no address in text", length(0), text("LocalAddress", "-"), 0, "", 0, -1, nil},
		{"other text", length(4), text("LocalAddress", "10.1.2"), 0, "", 0, -1, []string{`address-unreadable: LocalAddress "10.1.2"`}},
		{"other kind", length(4), number("LocalAddress", 4), 0, "", 0, -1, []string{"field-type-unexpected: LocalAddress uint 4"}},
	} {
		ev := wfp1007(1)
		set(ev, c.length)
		set(ev, c.local)
		set(ev, number("ScopeId", c.scope))
		f := mapped(t, ev)
		port := -1
		if f.LocalIKEPort.OK {
			port = int(f.LocalIKEPort.V)
		}
		if f.LocalAddr.V != c.addr || f.LocalAddr.OK != (c.addr != "") || f.IPVersion.V != c.version || f.IPVersion.OK != (c.version != 0) ||
			port != c.port || !slices.Equal(diagnostics(f), c.diag) {
			t.Errorf("%s: got %v, %v, %d, %q", c.name, f.LocalAddr, f.IPVersion, port, diagnostics(f))
		}
	}
	// The remote address has a scope, too.
	ev := wfp1007(1)
	set(ev, number("RemoteAddressLength", 28))
	set(ev, blob("RemoteAddress", in6...))
	set(ev, number("ScopeId", 11))
	if f := mapped(t, ev); f.RemoteAddr != model.Some("2001:db8::1") || !slices.Contains(diagnostics(f), "scope-differs: RemoteAddress 12, ScopeId 11") {
		t.Errorf("%v, %q", f.RemoteAddr, diagnostics(f))
	}
}
