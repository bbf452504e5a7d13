package quickmode

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

func text(name, v string) model.Field { return model.Field{Name: name, Kind: model.KindText, Text: v} }
func number(name string, v uint64) model.Field {
	return model.Field{Name: name, Kind: model.KindUint, Uint: v}
}

// audit4654 is event 4654 of a version as a Windows that writes it fills it.
func audit4654(version uint8) *model.Event {
	ev := &model.Event{
		Provenance:    model.Provenance{Format: model.FormatEVTX, Path: "Security.evtx", Offset: 4608, State: model.StateLive},
		Time:          model.Some(model.FILETIME(132388752066871033)),
		Host:          model.Some("GW1"),
		Provider:      model.Some("Microsoft-Windows-Security-Auditing"),
		Channel:       model.Some("Security"),
		EventID:       model.Some[uint32](4654),
		Version:       model.Some(version),
		EventRecordID: model.Some[uint64](77),
		Data:          []byte(`{}`),
		Fields: []model.Field{
			text("LocalAddress", "10.1.2.3"),
			text("LocalAddressMask", "255.255.255.0"),
			number("LocalPort", 500),
			text("LocalTunnelEndpoint", "192.0.2.1"),
			text("RemoteAddress", "172.16.0.9"),
			text("RemoteAddressMask", "255.255.255.255"),
			number("RemotePort", 4500),
			text("RemoteTunnelEndpoint", "198.51.100.1"),
			number("Protocol", 17),
			text("RemotePrivateAddress", "192.168.7.8"),
			text("KeyModName", "%%8244"),
			text("FailurePoint", "%%8200"),
			text("FailureReason", "Policy match error\r\n"),
			text("Mode", "%%8213"),
			text("State", "%%8208"),
			text("Role", "%%8205"),
			number("MessageID", 1),
			number("QMFilterID", 18446744073709551615),
			number("MMSAID", 42),
		},
	}
	if version >= 1 {
		ev.Fields = append(ev.Fields, number("TunnelId", 9000000000), number("TrafficSelectorId", 7))
	}
	return ev
}

// values writes what is known of a failure, but for its event, one line each.
func values(f *model.QMFailure) string {
	var b strings.Builder
	v := reflect.ValueOf(*f)
	for i := range v.NumField() {
		name, field := v.Type().Field(i).Name, v.Field(i)
		switch x := field.Interface().(type) {
		case model.Event:
		case model.TimeSource:
			if x != "" {
				fmt.Fprintf(&b, "%s %s\n", name, x)
			}
		case *model.ConditionValue:
			if x != nil {
				fmt.Fprintf(&b, "%s %s %s %s %s\n", name, x.Type, x.Addr().V, x.Mask().V, x.CIDR().V)
			}
		default:
			if field.FieldByName("OK").Bool() {
				fmt.Fprintf(&b, "%s %v\n", name, field.FieldByName("V").Interface())
			}
		}
	}
	return b.String()
}

func diagnostics(f *model.QMFailure) []string {
	var s []string
	for _, d := range f.Diagnostics {
		s = append(s, d.String())
	}
	return s
}

func mapped(t *testing.T, ev *model.Event) *model.QMFailure {
	t.Helper()
	f, ok := Map(ev)
	if !ok {
		t.Fatalf("%v is not wanted", ev.EventID)
	}
	return f
}

const auditV0 = `FailureTime 2020-07-10T17:20:06.6871033Z
TimeSource event
IPVersion 4
IPProtocol 17
LocalAddr 10.1.2.3
RemoteAddr 172.16.0.9
LocalPort 500
RemotePort 4500
ErrorCode 13868
Reason Policy match error` + "\r\n" + `
FailurePoint IPSEC_FAILURE_PEER
KeyingModule IKEEXT_KEY_MODULE_IKEV2
QMState IKEEXT_QM_SA_STATE_INITIAL
SARole IKEEXT_SA_ROLE_INITIATOR
SATrafficType IPSEC_TRAFFIC_TYPE_TUNNEL
LocalCondition FWP_V4_ADDR_MASK 10.1.2.3 255.255.255.0 10.1.2.0/24
RemoteCondition FWP_V4_ADDR_MASK 172.16.0.9 255.255.255.255 172.16.0.9/32
QMFilterID 18446744073709551615
MMSaLUID 42
LocalTunnelEndpoint 192.0.2.1
RemoteTunnelEndpoint 198.51.100.1
RemotePrivateAddr 192.168.7.8
MessageID 1
`

const auditV1 = auditV0 + "TunnelID 9000000000\nTrafficSelectorID 7\n"

func TestAudit(t *testing.T) {
	for version, want := range []string{auditV0, auditV1} {
		ev := audit4654(uint8(version))
		f := mapped(t, ev)
		if got := values(f); got != want {
			t.Errorf("version %d:\n%s\nwant\n%s", version, got, want)
		}
		if d := diagnostics(f); d != nil {
			t.Errorf("version %d: %q", version, d)
		}
	}
}

// TestMapCopies: the failure has its event's system fields and not its data,
// and the event stays as it was.
func TestMapCopies(t *testing.T) {
	ev := audit4654(0)
	ev.Diagnostics = make([]model.Diagnostic, 1, 8)
	ev.Diagnostics[0] = model.Diagnostic{Code: "record-odd"}
	ev.Fields[2] = text("LocalPort", "many")
	before := *ev
	before.Fields, before.Diagnostics = slices.Clone(ev.Fields), slices.Clone(ev.Diagnostics)
	f := mapped(t, ev)

	if !reflect.DeepEqual(*ev, before) || ev.Diagnostics[:2][1].Code != "" {
		t.Errorf("the event is now %+v", ev)
	}
	if got := diagnostics(f); !slices.Equal(got, []string{"record-odd", `number-unreadable: LocalPort "many"`}) {
		t.Errorf("diagnostics %q", got)
	}
	if f.Data != nil || f.Fields != nil || f.LayoutBasis != model.LayoutDocumented {
		t.Errorf("Data %q, Fields %v, LayoutBasis %q", f.Data, f.Fields, f.LayoutBasis)
	}
	want := before
	want.Data, want.Fields, want.LayoutBasis, want.Diagnostics = nil, nil, model.LayoutDocumented, f.Diagnostics
	if !reflect.DeepEqual(f.Event, want) {
		t.Errorf("event %+v, want %+v", f.Event, want)
	}
}

// TestAuditRendered has the same event as a log that was rendered to text.
func TestAuditRendered(t *testing.T) {
	ev := audit4654(1)
	for i, f := range ev.Fields {
		if f.Kind == model.KindUint {
			format := "%d"
			if i%2 == 0 {
				format = "0x%X"
			}
			ev.Fields[i] = text(f.Name, fmt.Sprintf(format, f.Uint))
		}
	}
	for name, v := range map[string]string{"KeyModName": "IKEv2", "FailurePoint": "Remote computer", "Mode": "Tunnel",
		"State": "Sent first (SA) payload", "Role": "Initiator\r\n"} {
		set(ev, text(name, v))
	}
	f := mapped(t, ev)
	if got := values(f); got != auditV1 {
		t.Errorf("got\n%s\nwant\n%s", got, auditV1)
	}
	if d := diagnostics(f); d != nil {
		t.Errorf("diagnostics %q", d)
	}
}

// set replaces the field of that name.
func set(ev *model.Event, f model.Field) {
	for i := range ev.Fields {
		if ev.Fields[i].Name == f.Name {
			ev.Fields[i] = f
			return
		}
	}
	panic("no field " + f.Name)
}

// TestAuditByPlace: fields without names are taken by their places if there are
// as many as a version has.
func TestAuditByPlace(t *testing.T) {
	unnamed := func(ev *model.Event) *model.Event {
		for i := range ev.Fields {
			ev.Fields[i].Name = ""
		}
		return ev
	}
	oneArray := func(ev *model.Event) *model.Event {
		ev = unnamed(ev)
		ev.Fields = []model.Field{{Name: "Data", Kind: model.KindArray, Items: ev.Fields}}
		return ev
	}
	withBinary := func(ev *model.Event) *model.Event {
		ev.Fields = append(ev.Fields, model.Field{Name: "Binary", Kind: model.KindBinary, Bytes: []byte{1, 2}})
		return ev
	}
	for name, c := range map[string]struct {
		ev   *model.Event
		want string
	}{
		"19 and Binary":  {withBinary(unnamed(audit4654(0))), auditV0},
		"one and Binary": {withBinary(oneArray(audit4654(1))), auditV1},
		"19":             {unnamed(audit4654(0)), auditV0},
		"21":             {unnamed(audit4654(1)), auditV1},
		"19 as an array": {oneArray(audit4654(0)), auditV0},
		"21 as an array": {oneArray(audit4654(1)), auditV1},
	} {
		f := mapped(t, c.ev)
		if got := values(f); got != c.want || diagnostics(f) != nil {
			t.Errorf("%s: got\n%s%q\nwant\n%s", name, got, diagnostics(f), c.want)
		}
	}

	const timeOnly = "FailureTime 2020-07-10T17:20:06.6871033Z\nTimeSource event\n"
	for _, n := range []int{1, 18, 20} {
		ev := unnamed(audit4654(1))
		ev.Fields = ev.Fields[:n]
		f := mapped(t, ev)
		want := []string{fmt.Sprintf("field-count-unexpected: %d unnamed fields, not 19 or 21", n)}
		if got := values(f); got != timeOnly || !slices.Equal(diagnostics(f), want) {
			t.Errorf("%d fields: got\n%s%q", n, got, diagnostics(f))
		}
	}

	// The number of fields contradicts the version: both begin alike.
	ev := unnamed(audit4654(1))
	ev.Version = model.Some[uint8](0)
	f := mapped(t, ev)
	if got := values(f); got != auditV1 || !slices.Equal(diagnostics(f), []string{"event-version-differs: version 0 with 21 unnamed fields"}) {
		t.Errorf("got\n%s%q", got, diagnostics(f))
	}

	// But which fields of version 1 two of them are that are left out is not known.
	ev = unnamed(audit4654(1))
	ev.Fields = slices.Delete(ev.Fields, 3, 5)
	f = mapped(t, ev)
	if got := values(f); got != timeOnly || !slices.Equal(diagnostics(f), []string{"event-version-differs: version 1 with 19 unnamed fields"}) {
		t.Errorf("got\n%s%q", got, diagnostics(f))
	}

	// One name is enough to say that places are not to be trusted.
	ev = unnamed(audit4654(0))
	ev.Fields[8].Name = "Protocol"
	f = mapped(t, ev)
	if got := values(f); got != timeOnly[:strings.Index(timeOnly, "TimeSource")]+"TimeSource event\nIPProtocol 17\n" {
		t.Errorf("got\n%s", got)
	}
	if d := diagnostics(f); len(d) != 2 || d[0] != "fields-unnamed: 18 of 19" || !strings.HasPrefix(d[1], "field-missing: LocalAddress, RemoteAddress, LocalAddressMask, ") {
		t.Errorf("diagnostics %q", d)
	}
}

// TestAuditField changes one field at a time. A want of "-" is a value that is
// gone; "" are unchanged values.
func TestAuditField(t *testing.T) {
	binary := model.Field{Kind: model.KindBinary, Bytes: []byte{1}}
	integer := func(v int64) model.Field { return model.Field{Kind: model.KindInt, Int: v} }
	txt := func(v string) model.Field { return text("", v) }
	for _, c := range []struct {
		field  string
		v      model.Field
		column string // the line of values that changes
		want   string // what stands there, "-" is nothing
		diag   []string
	}{
		{"LocalPort", number("", 65535), "LocalPort", "65535", nil},
		{"LocalPort", number("", 0), "LocalPort", "0", nil},
		{"LocalPort", number("", 65536), "LocalPort", "-", []string{"number-out-of-range: LocalPort 65536"}},
		{"LocalPort", integer(500), "LocalPort", "500", nil},
		{"LocalPort", integer(-1), "LocalPort", "-", []string{"number-out-of-range: LocalPort -1"}},
		{"LocalPort", integer(-12), "LocalPort", "-", []string{"number-out-of-range: LocalPort -12"}},
		{"LocalPort", txt(" 500\r\n"), "LocalPort", "500", nil},
		{"LocalPort", txt("0x1F4"), "LocalPort", "500", nil},
		{"LocalPort", txt("-"), "LocalPort", "-", nil},
		{"LocalPort", txt(""), "LocalPort", "-", nil},
		{"LocalPort", txt("+500"), "LocalPort", "-", []string{`number-unreadable: LocalPort "+500"`}},
		{"LocalPort", txt("1F4"), "LocalPort", "-", []string{`number-unreadable: LocalPort "1F4"`}},
		{"LocalPort", txt("5,000"), "LocalPort", "-", []string{`number-unreadable: LocalPort "5,000"`}},
		{"LocalPort", txt("70000"), "LocalPort", "-", []string{"number-out-of-range: LocalPort 70000"}},
		{"LocalPort", model.Field{}, "LocalPort", "-", nil},
		{"LocalPort", binary, "LocalPort", "-", []string{"field-type-unexpected: LocalPort binary 01"}},
		{"LocalPort", model.Field{Kind: 200}, "LocalPort", "-", []string{"field-type-unexpected: LocalPort kind 200"}},
		{"Protocol", number("", 255), "IPProtocol", "255", nil},
		{"Protocol", number("", 256), "IPProtocol", "-", []string{"number-out-of-range: Protocol 256"}},
		{"Protocol", txt("TCP"), "IPProtocol", "-", []string{`number-unreadable: Protocol "TCP"`}},
		{"MessageID", number("", 1<<32-1), "MessageID", "4294967295", nil},
		{"MessageID", number("", 1<<32), "MessageID", "-", []string{"number-out-of-range: MessageID 4294967296"}},
		{"QMFilterID", txt("18446744073709551616"), "QMFilterID", "-", []string{`number-unreadable: QMFilterID "18446744073709551616"`}},
		{"QMFilterID", number("", 0), "QMFilterID", "0", nil}, // zero is a value
		{"MMSAID", txt("0xFFFFFFFFFFFFFFFF"), "MMSaLUID", "18446744073709551615", nil},

		{"KeyModName", txt("%%8222"), "KeyingModule", "IKEEXT_KEY_MODULE_IKE", nil},
		{"KeyModName", txt("IKE"), "KeyingModule", "IKEEXT_KEY_MODULE_IKE", nil},
		{"KeyModName", txt("IKEv1"), "KeyingModule", "IKEEXT_KEY_MODULE_IKE", nil},
		{"KeyModName", txt("%%8223"), "KeyingModule", "IKEEXT_KEY_MODULE_AUTHIP", nil},
		{"FailurePoint", txt("%%8199"), "FailurePoint", "IPSEC_FAILURE_ME", nil},
		{"FailurePoint", txt("-"), "FailurePoint", "-", nil},
		{"FailurePoint", txt("%%8211"), "FailurePoint", "-", []string{`parameter-unmapped: FailurePoint "%%8211"`}},
		{"FailurePoint", txt("Ordinateur distant"), "FailurePoint", "-", []string{`parameter-unmapped: FailurePoint "Ordinateur distant"`}},
		{"FailurePoint", number("", 8199), "FailurePoint", "-", []string{"field-type-unexpected: FailurePoint uint 8199"}},
		{"Mode", txt("%%8212"), "SATrafficType", "IPSEC_TRAFFIC_TYPE_TRANSPORT", nil},
		{"State", txt("%%8207"), "QMState", "IKEEXT_QM_SA_STATE_NONE", nil},
		{"State", txt("No state"), "QMState", "IKEEXT_QM_SA_STATE_NONE", nil},
		{"State", txt("%%8201"), "QMState", "-", []string{`parameter-unmapped: State "%%8201"`}}, // of main mode
		{"State", txt("%%8210"), "QMState", "IKEEXT_QM_SA_STATE_COMPLETE", nil},
		{"State", txt("%%9999"), "QMState", "-", []string{`parameter-unmapped: State "%%9999"`}},
		{"Role", txt("%%8206"), "SARole", "IKEEXT_SA_ROLE_RESPONDER", nil},

		{"RemoteAddress", txt(" 172.16.0.9 "), "RemoteAddr", "172.16.0.9", nil},
		{"LocalTunnelEndpoint", txt("2001:DB8::1"), "LocalTunnelEndpoint", "2001:db8::1", nil},
		{"LocalTunnelEndpoint", txt("-"), "LocalTunnelEndpoint", "-", nil},
		{"LocalTunnelEndpoint", txt("gw.example"), "LocalTunnelEndpoint", "gw.example", []string{`tunnel-endpoint-unreadable: LocalTunnelEndpoint "gw.example"`}},
		{"RemotePrivateAddress", txt("anything, as written "), "RemotePrivateAddr", "anything, as written ", nil},
		{"RemotePrivateAddress", txt("-"), "RemotePrivateAddr", "-", nil},

		{"LocalAddressMask", txt("-"), "LocalCondition", "-", nil},
		{"LocalAddressMask", txt(""), "LocalCondition", "-", nil},
		{"LocalAddressMask", txt("24"), "LocalCondition", "FWP_V4_ADDR_MASK 10.1.2.3 24 10.1.2.0/24", nil},
		{"LocalAddressMask", txt("255.0.255.0"), "LocalCondition", "FWP_V4_ADDR_MASK 10.1.2.3 255.0.255.0 ",
			[]string{`mask-not-contiguous: LocalAddressMask "255.0.255.0"`}},
		{"LocalAddressMask", txt("ffff::"), "LocalCondition", "FWP_V4_ADDR_MASK 10.1.2.3 ffff:: ",
			[]string{`mask-family-differs: LocalAddressMask "ffff::"`}},
	} {
		ev := audit4654(0)
		c.v.Name = c.field
		set(ev, c.v)
		f := mapped(t, ev)

		want := withLine(auditV0, c.column, c.want)
		if got := values(f); got != want {
			t.Errorf("%s %+v: got\n%s\nwant\n%s", c.field, c.v, got, want)
		}
		if got := diagnostics(f); !slices.Equal(got, c.diag) {
			t.Errorf("%s %+v: diagnostics %q, want %q", c.field, c.v, got, c.diag)
		}
	}
}

// withLine replaces the line of a column, or removes it if want is "-".
func withLine(lines, column, want string) string {
	var b strings.Builder
	for _, l := range strings.SplitAfter(lines, "\n") {
		switch {
		case !strings.HasPrefix(l, column+" "):
			b.WriteString(l)
		case want != "-":
			b.WriteString(column + " " + want + "\n")
		}
	}
	return b.String()
}

func TestAuditReason(t *testing.T) {
	for _, c := range []struct {
		reason string
		code   model.Opt[model.Win32Error]
		kept   bool
		diag   []string
	}{
		{"Negotiation timed out", model.Some[model.Win32Error](13805), true, nil},
		{"NEGOTIATION TIMED OUT.\r\n", model.Some[model.Win32Error](13805), true, nil},
		{"Access is denied.\r\n", model.Some[model.Win32Error](5), true, nil},
		{"13825", model.Some[model.Win32Error](13825), true, nil},
		{"0x8007362C", model.Some[model.Win32Error](0x8007362C), true, nil},
		{"Negotiation took too long", model.Opt[model.Win32Error]{}, true,
			[]string{"failure-reason-ambiguous: ERROR_IPSEC_IKE_MM_DELAY_DROP 13814, ERROR_IPSEC_IKE_QM_DELAY_DROP 13815"}},
		{"Zeitüberschreitung", model.Opt[model.Win32Error]{}, true, nil},
		{"99999999999", model.Opt[model.Win32Error]{}, true, []string{`number-out-of-range: FailureReason "99999999999"`}},
		{"%%13825", model.Opt[model.Win32Error]{}, true, []string{`parameter-unmapped: FailureReason "%%13825"`}},
		{"-", model.Opt[model.Win32Error]{}, false, nil},
		{" ", model.Opt[model.Win32Error]{}, false, nil},
	} {
		ev := audit4654(0)
		set(ev, text("FailureReason", c.reason))
		f := mapped(t, ev)
		if f.ErrorCode != c.code || f.Reason.OK != c.kept || c.kept && f.Reason.V != c.reason || !slices.Equal(diagnostics(f), c.diag) {
			t.Errorf("%q: code %v, reason %+q, diagnostics %q", c.reason, f.ErrorCode, f.Reason.V, diagnostics(f))
		}
	}
}

func TestAuditAddresses(t *testing.T) {
	for _, c := range []struct {
		local, mask, remote    string
		wantLocal, wantRemote  string
		version                uint8 // 0 is unknown
		condition, first, last string
		diag                   []string
	}{
		{"2001:DB8:0:0::1", "64", "2001:db8::2", "2001:db8::1", "2001:db8::2", 6,
			"FWP_V6_ADDR_MASK 2001:db8::1 64 2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", nil},
		{"fe80::1%12", "ffff:ffff:ffff:ffff::", "fe80::2%12", "fe80::1%12", "fe80::2%12", 6,
			"FWP_V6_ADDR_MASK fe80::1%12 ffff:ffff:ffff:ffff:: fe80::/64", "fe80::", "fe80::ffff:ffff:ffff:ffff", nil},
		{"0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0", 4,
			"FWP_V4_ADDR_MASK 0.0.0.0 0.0.0.0 0.0.0.0/0", "::ffff:0.0.0.0", "::ffff:255.255.255.255", nil},
		{"::ffff:10.0.0.1", "128", "::ffff:10.0.0.2", "::ffff:10.0.0.1", "::ffff:10.0.0.2", 6,
			"FWP_V6_ADDR_MASK ::ffff:10.0.0.1 128 ::ffff:10.0.0.1/128", "::ffff:10.0.0.1", "::ffff:10.0.0.1", nil},
		{"-", "-", "10.0.0.2", "", "10.0.0.2", 0, "", "", "", nil},
		{"10.0.0.1", "-", "2001:db8::2", "10.0.0.1", "2001:db8::2", 4, "", "", "",
			[]string{"address-families-differ: 10.0.0.1 and 2001:db8::2"}},
		{"10.0.0.256", "255.255.255.0", "10.0.0.2", "", "10.0.0.2", 0,
			"FWP_V4_ADDR_MASK  255.255.255.0 ", "", "", []string{`address-unreadable: LocalAddress "10.0.0.256"`}},
		{"010.0.0.1", "24", "10.0.0.2", "", "10.0.0.2", 0, "", "", "",
			[]string{`address-unreadable: LocalAddress "010.0.0.1"`, `mask-without-address: LocalAddressMask "24"`}},
		{"10.0.0.1:500", "-", "[2001:db8::2]:500", "", "", 0, "", "", "",
			[]string{`address-unreadable: LocalAddress "10.0.0.1:500"`, `address-unreadable: RemoteAddress "[2001:db8::2]:500"`}},
		{"10.0.0.1%2", "-", "-", "", "", 0, "", "", "", []string{`address-unreadable: LocalAddress "10.0.0.1%2"`}},
		{"-", "255.255.0.0", "-", "", "", 0, "FWP_V4_ADDR_MASK  255.255.0.0 ", "", "",
			[]string{`mask-without-address: LocalAddressMask "255.255.0.0"`}},
		{"", "16", "", "", "", 0, "", "", "", []string{`mask-without-address: LocalAddressMask "16"`}},
	} {
		ev := audit4654(0)
		set(ev, text("LocalAddress", c.local))
		set(ev, text("LocalAddressMask", c.mask))
		set(ev, text("RemoteAddress", c.remote))
		set(ev, text("RemoteAddressMask", "-"))
		f := mapped(t, ev)

		condition, first, last := "", "", ""
		if v := f.LocalCondition; v != nil {
			condition = fmt.Sprintf("%s %s %s %s", v.Type, v.Addr().V, v.Mask().V, v.CIDR().V)
			if lo, hi, ok := v.Bounds(); ok {
				first, last = netip.AddrFrom16(lo).String(), netip.AddrFrom16(hi).String()
			}
		}
		if f.LocalAddr.V != c.wantLocal || f.RemoteAddr.V != c.wantRemote || f.IPVersion.V != c.version || f.IPVersion.OK != (c.version != 0) ||
			f.LocalAddr.OK != (c.wantLocal != "") || f.RemoteAddr.OK != (c.wantRemote != "") ||
			condition != c.condition || first != c.first || last != c.last || f.RemoteCondition != nil {
			t.Errorf("%q %q %q: got %v %v %v, %q from %s to %s", c.local, c.mask, c.remote, f.LocalAddr, f.RemoteAddr, f.IPVersion, condition, first, last)
		}
		if got := diagnostics(f); !slices.Equal(got, c.diag) {
			t.Errorf("%q %q %q: diagnostics %q, want %q", c.local, c.mask, c.remote, got, c.diag)
		}
	}
}

// TestAuditTransport: in transport mode too there is a condition wherever there
// is a mask.
func TestAuditTransport(t *testing.T) {
	ev := audit4654(0)
	set(ev, text("Mode", "%%8212"))
	if f := mapped(t, ev); f.LocalCondition == nil || f.RemoteCondition == nil {
		t.Errorf("conditions %v, %v", f.LocalCondition, f.RemoteCondition)
	}
}

// TestAuditWithoutOneField removes each field in turn: it is gone and named.
func TestAuditWithoutOneField(t *testing.T) {
	for i, name := range auditNames {
		ev := audit4654(1)
		ev.Fields = slices.Delete(slices.Clone(ev.Fields), i, i+1)
		f := mapped(t, ev)
		want := []string{"field-missing: " + name}
		if name == "LocalAddress" || name == "RemoteAddress" {
			mask := `"255.255.255.0"`
			if name == "RemoteAddress" {
				mask = `"255.255.255.255"`
			}
			want = append([]string{"mask-without-address: " + name + "Mask " + mask}, want...)
		}
		if got := diagnostics(f); !slices.Equal(got, want) {
			t.Errorf("without %s: diagnostics %q, want %q", name, got, want)
		}
		if values(f) == auditV1 {
			t.Errorf("without %s: nothing changed", name)
		}
	}
	// Version 0 has no TunnelId to miss, but one that is there is taken.
	ev := audit4654(0)
	ev.Fields = append(ev.Fields, number("TunnelId", 5))
	if f := mapped(t, ev); f.TunnelID != model.Some[uint64](5) || f.Diagnostics != nil {
		t.Errorf("TunnelID %v, diagnostics %q", f.TunnelID, diagnostics(f))
	}
}

func TestAuditOddShapes(t *testing.T) {
	repeated := audit4654(0)
	repeated.Fields = append(repeated.Fields, number("LocalPort", 501))
	newer := audit4654(1)
	newer.Version = model.Some[uint8](2)
	newer.Fields = append(newer.Fields, number("SomethingNew", 1))
	unversioned := audit4654(0)
	unversioned.Version = model.Opt[uint8]{}
	otherCase := audit4654(1)
	otherCase.Fields[19].Name = "TUNNELID"
	empty := audit4654(0)
	empty.Fields = nil
	unfit := audit4654(0)
	unfit.Fields = []model.Field{number("ErrorCode", 15005), text("DataItemName", "MMSAID"),
		{Name: "EventPayload", Kind: model.KindBinary, Bytes: []byte{'1', 0}}}
	emptyArray := audit4654(0)
	emptyArray.Fields = []model.Field{{Kind: model.KindArray}}
	for _, c := range []struct {
		name string
		ev   *model.Event
		want string
		diag []string
	}{
		{"a name twice", repeated, withLine(auditV0, "LocalPort", "-"), []string{"field-repeated: LocalPort"}},
		{"a newer version", newer, auditV1, []string{"event-version-unknown: 2"}},
		{"no version", unversioned, auditV0, []string{"event-version-unknown: none"}},
		{"a name in another case", otherCase, auditV1, nil},
		{"no fields", empty, auditV0[:strings.Index(auditV0, "IPVersion")], []string{"data-missing: the event has no fields"}},
		{"an empty array", emptyArray, auditV0[:strings.Index(auditV0, "IPVersion")], []string{"data-missing: the event has no fields"}},
		{"fields that did not fit", unfit, auditV0[:strings.Index(auditV0, "IPVersion")],
			[]string{`processing-error: ErrorCode uint 15005, DataItemName text "MMSAID", EventPayload binary 3100`}},
	} {
		f := mapped(t, c.ev)
		if got := values(f); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
		if got := diagnostics(f); !slices.Equal(got, c.diag) {
			t.Errorf("%s: diagnostics %q, want %q", c.name, got, c.diag)
		}
	}
}

// TestProcessingError: what is said has a bound, and costs no field that is there.
func TestProcessingError(t *testing.T) {
	payload := model.Field{Name: "EventPayload", Kind: model.KindBinary, Bytes: make([]byte, 500)}
	ev := audit4654(1)
	ev.Fields = []model.Field{number("ErrorCode", 15005)}
	for range 5000 {
		ev.Fields = append(ev.Fields, payload)
	}
	if d := diagnostics(mapped(t, ev)); len(d) != 1 || len(d[0]) > 500 {
		t.Errorf("%d diagnostics, %.100q", len(d), d)
	}
	ev = audit4654(1)
	ev.Fields = append(ev.Fields, number("ErrorCode", 15005), payload)
	if f := mapped(t, ev); values(f) != auditV1 || f.Diagnostics != nil {
		t.Errorf("got\n%s%q", values(f), diagnostics(f))
	}
	ev.Fields = []model.Field{payload, payload}
	if d := diagnostics(mapped(t, ev)); len(d) != 1 || !strings.HasPrefix(d[0], "field-missing: LocalAddress") {
		t.Errorf("%q", d)
	}
}

// TestTimeOfTheEvent: what was said of the event's time is not said of the failure's.
func TestTimeOfTheEvent(t *testing.T) {
	const late = 2650467744000000000
	ev := wfp1007(1)
	ev.Time = model.Some[model.FILETIME](late)
	ev.Diagnostics = []model.Diagnostic{{Code: "a"}, {Code: "time-out-of-range", Detail: ev.Time.V.String()}}
	if d := diagnostics(mapped(t, ev)); !slices.Equal(d, []string{"a"}) || len(ev.Diagnostics) != 2 {
		t.Errorf("%q, of the event %v", d, ev.Diagnostics)
	}
}

func TestTime(t *testing.T) {
	const late = 2650467744000000000 // year 10000
	for _, c := range []struct {
		name    string
		format  model.SourceFormat
		time    model.Opt[model.FILETIME]
		payload model.Field
		want    model.Opt[model.FILETIME]
		source  model.TimeSource
		diag    []string
	}{
		{"payload", model.FormatEVTX, model.Some[model.FILETIME](5), model.Field{Kind: model.KindTime, Uint: 9}, model.Some[model.FILETIME](9), model.TimeNetEvent,
			[]string{"time-implausible: 1601-01-01T00:00:00.0000009Z"}},
		{"payload, no event", model.FormatETL, model.Opt[model.FILETIME]{}, model.Field{Kind: model.KindTime, Uint: 9}, model.Some[model.FILETIME](9), model.TimeNetEvent,
			[]string{"time-implausible: 1601-01-01T00:00:00.0000009Z"}},
		{"payload 0", model.FormatEVTX, model.Some[model.FILETIME](5), model.Field{Kind: model.KindTime}, model.Some[model.FILETIME](5), model.TimeEvent, nil},
		{"payload 0 in a trace", model.FormatETL, model.Some[model.FILETIME](5), model.Field{Kind: model.KindTime}, model.Some[model.FILETIME](5), model.TimeETW, nil},
		{"payload 0 as text", model.FormatEVTX, model.Some[model.FILETIME](5), text("", "1601-01-01T00:00:00.000Z"), model.Some[model.FILETIME](5), model.TimeEvent, nil},
		{"payload as text", model.FormatEVTX, model.Some[model.FILETIME](5), text("", "2020-07-10T17:20:06.687103300Z"), model.Some[model.FILETIME](132388752066871033), model.TimeNetEvent, nil},
		{"payload unreadable", model.FormatEVTX, model.Some[model.FILETIME](5), text("", "yesterday"), model.Some[model.FILETIME](5), model.TimeEvent,
			[]string{`time-unreadable: Timestamp "yesterday"`}},
		{"payload of a wrong kind", model.FormatEVTX, model.Some[model.FILETIME](5), model.Field{Kind: model.KindInt, Int: 9}, model.Some[model.FILETIME](5), model.TimeEvent,
			[]string{"field-type-unexpected: Timestamp int 9"}},
		{"no clock", model.FormatEVTX, model.Opt[model.FILETIME]{}, model.Field{Kind: model.KindTime}, model.Opt[model.FILETIME]{}, "",
			[]string{"time-missing: neither the event nor its data has one"}},
		{"payload too late", model.FormatEVTX, model.Some[model.FILETIME](5), model.Field{Kind: model.KindTime, Uint: late}, model.Some[model.FILETIME](late), model.TimeNetEvent,
			[]string{"time-out-of-range: +10000-01-01T00:00:00.0000000Z"}},
		{"event too late", model.FormatEVTX, model.Some[model.FILETIME](late), model.Field{Kind: model.KindTime}, model.Some[model.FILETIME](late), model.TimeEvent,
			[]string{"time-out-of-range: +10000-01-01T00:00:00.0000000Z"}},
	} {
		ev := wfp1007(1)
		ev.Format, ev.Time, ev.ProviderGUID = c.format, c.time, model.Some(wfpGUID)
		c.payload.Name = "Timestamp"
		set(ev, c.payload)
		f := mapped(t, ev)
		if f.FailureTime != c.want || f.TimeSource != c.source || !slices.Equal(diagnostics(f), c.diag) {
			t.Errorf("%s: got %v, %q, %q", c.name, f.FailureTime, f.TimeSource, diagnostics(f))
		}
	}
}

func TestWants(t *testing.T) {
	name := func(s string) model.Opt[string] { return model.Some(s) }
	guid := func(s string) model.Opt[model.GUID] {
		g, ok := model.ParseGUID(s)
		if !ok {
			t.Fatal(s)
		}
		return model.Some(g)
	}
	const audit, wfp = "{54849625-5478-4994-A5BA-3E3B0328C30D}", "{0C478C5B-0351-41B1-8C58-4A6737DA32E3}"
	for _, c := range []struct {
		id   uint32
		name model.Opt[string]
		guid model.Opt[model.GUID]
		want bool
	}{
		{4654, name("Microsoft-Windows-Security-Auditing"), guid(audit), true},
		{4654, name("MICROSOFT-windows-security-auditing"), model.Opt[model.GUID]{}, true},
		{4654, model.Opt[string]{}, guid(audit), true},
		{4654, name("x"), guid(audit), true},
		{1007, name("Microsoft-Windows-WFP"), model.Opt[model.GUID]{}, true},
		{1007, model.Opt[string]{}, guid(wfp), true},

		{4653, name("Microsoft-Windows-Security-Auditing"), guid(audit), false},
		{1007, name("Microsoft-Windows-Security-Auditing"), guid(audit), false},
		{4654, name("Microsoft-Windows-WFP"), guid(wfp), false},
		{1007, name("Microsoft-Windows-Time-Service"), model.Opt[model.GUID]{}, false},
		{4654, name("Security"), model.Opt[model.GUID]{}, false},
		{4654, model.Opt[string]{}, model.Opt[model.GUID]{}, false},
		{4654, model.Opt[string]{V: "Microsoft-Windows-Security-Auditing"}, model.Opt[model.GUID]{}, false},
	} {
		ev := &model.Event{EventID: model.Some(c.id), Provider: c.name, ProviderGUID: c.guid}
		if got := Wants(ev); got != c.want {
			t.Errorf("%d %q %v: %t", c.id, c.name.V, c.guid.V, got)
		}
		if f, ok := Map(ev); ok != c.want || (f != nil) != c.want {
			t.Errorf("%d %q %v: Map %v, %t", c.id, c.name.V, c.guid.V, f, ok)
		}
	}
	// Of an old record the values may tell, whose provider is lost; then it is not said that
	// nothing does. A provider that is known decides.
	builtIn := model.Provenance{TemplateSource: model.TemplateBuiltIn}
	for _, c := range []struct {
		ev   model.Event
		want bool
	}{
		{model.Event{Provenance: builtIn}, true},
		{model.Event{Provenance: builtIn, Diagnostics: []model.Diagnostic{{Code: "old-names"}}}, true},
		{model.Event{Provenance: builtIn, Diagnostics: []model.Diagnostic{{Code: model.ProviderUnknown}}}, false},
		{model.Event{Provenance: builtIn, Provider: name("x")}, false},
		{model.Event{Provenance: builtIn, ProviderGUID: guid(wfp)}, false},
		{model.Event{Provenance: model.Provenance{TemplateSource: model.TemplateOtherChunk}}, false},
	} {
		c.ev.EventID = model.Some[uint32](4654)
		if got := Wants(&c.ev); got != c.want {
			t.Errorf("%q %q %v: %t", c.ev.TemplateSource, c.ev.Provider.V, c.ev.Diagnostics, got)
		}
	}
	// In a trace whoever logs an event gives his own name.
	trace := &model.Event{Provenance: model.Provenance{Format: model.FormatETL}, EventID: model.Some[uint32](4654),
		Provider: name("Microsoft-Windows-Security-Auditing"), ProviderGUID: guid("{09000000-0000-0000-0000-000000000000}")}
	if Wants(trace) {
		t.Error("a provider of a trace is taken for another by its name")
	}
	if trace.ProviderGUID = guid(audit); !Wants(trace) {
		t.Error("a provider of a trace is not known by its GUID")
	}
	if Wants(&model.Event{Provider: name("Microsoft-Windows-Security-Auditing")}) {
		t.Error("an event without id is wanted")
	}
	ev := audit4654(1)
	if n := testing.AllocsPerRun(100, func() { Wants(ev) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// TestDiagnosticsFit: a hostile value does not make a row of its size.
func TestDiagnosticsFit(t *testing.T) {
	huge := strings.Repeat("\x01", 1<<20)
	ev := audit4654(1)
	for i := range ev.Fields {
		ev.Fields[i] = text(ev.Fields[i].Name, huge)
	}
	f := mapped(t, ev)
	b, err := json.Marshal(f.Diagnostics)
	if err != nil || len(b) > 64<<10 {
		t.Errorf("%d bytes of diagnostics, %v", len(b), err)
	}
}

func BenchmarkMapAudit(b *testing.B) {
	b.ReportAllocs()
	ev := audit4654(1)
	for range b.N {
		if _, ok := Map(ev); !ok {
			b.Fatal("not wanted")
		}
	}
}

func BenchmarkWants(b *testing.B) {
	b.ReportAllocs()
	ev := audit4654(1)
	ev.EventID.V = 4624
	for range b.N {
		if Wants(ev) {
			b.Fatal("wanted")
		}
	}
}
