package netsh

import (
	"reflect"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

func flagged(names ...string) string {
	s := "<flags>"
	for _, n := range names {
		s += "<item>FWPM_NET_EVENT_FLAG_" + n + "_SET</item>"
	}
	return s + "</flags>"
}

// A field of the header counts if its flag is there, and is missed if it is not
// there.
func TestHeaderFlags(t *testing.T) {
	const all = `<ipVersion>FWP_IP_VERSION_V4</ipVersion><ipProtocol>6</ipProtocol><localAddrV4>192.0.2.1</localAddrV4><remoteAddrV4>192.0.2.2</remoteAddrV4>
		<localPort>1</localPort><remotePort>2</remotePort><scopeId>3</scopeId><appId><data>41000000</data></appId><userId>S-1-5-18</userId>
		<addressFamily>FWP_AF_INET</addressFamily><packageSid>S-1-15-2-1</packageSid><enterpriseId>e</enterpriseId><policyFlags>4</policyFlags><effectiveName>n</effectiveName>`
	for _, c := range []struct {
		flag, field string
		known       func(*model.NetEventHeader) bool
	}{
		{"IP_VERSION", "ipVersion", func(h *model.NetEventHeader) bool { return h.IPVersion.OK }},
		{"IP_PROTOCOL", "ipProtocol", func(h *model.NetEventHeader) bool { return h.IPProtocol.OK }},
		{"LOCAL_PORT", "localPort", func(h *model.NetEventHeader) bool { return h.LocalPort.OK }},
		{"REMOTE_PORT", "remotePort", func(h *model.NetEventHeader) bool { return h.RemotePort.OK }},
		{"SCOPE_ID", "scopeId", func(h *model.NetEventHeader) bool { return h.ScopeID.OK }},
		{"APP_ID", "appId", func(h *model.NetEventHeader) bool { return h.AppID.OK }},
		{"USER_ID", "userId", func(h *model.NetEventHeader) bool { return h.UserID.OK }},
		{"PACKAGE_ID", "packageSid", func(h *model.NetEventHeader) bool { return h.PackageSID.OK }},
		{"ENTERPRISE_ID", "enterpriseId", func(h *model.NetEventHeader) bool { return h.EnterpriseID.OK }},
		{"POLICY_FLAGS", "policyFlags", func(h *model.NetEventHeader) bool { return h.PolicyFlags.OK }},
		{"EFFECTIVE_NAME", "effectiveName", func(h *model.NetEventHeader) bool { return h.EffectiveName.OK }},
	} {
		count := func(h *model.NetEventHeader) (n int) {
			for _, ok := range []bool{h.IPVersion.OK, h.IPProtocol.OK, h.LocalAddr.OK, h.RemoteAddr.OK, h.LocalPort.OK, h.RemotePort.OK, h.ScopeID.OK,
				h.AppID.OK, h.UserID.OK, h.PackageSID.OK, h.EnterpriseID.OK, h.PolicyFlags.OK, h.EffectiveName.OK} {
				if ok {
					n++
				}
			}
			return n
		}
		e := one(t, dump(event(flagged(c.flag)+all, plainBody)))
		if h := &e.NetEvent.Header; !c.known(h) || count(h) != 1 || len(e.Diagnostics) > 0 || h.AddressFamily.OK != (c.flag == "IP_VERSION") {
			t.Errorf("%s alone: %+v %s", c.flag, h, diagnostics(e))
		}
		e = one(t, dump(event(flagged(c.flag), plainBody)))
		if h := &e.NetEvent.Header; count(h) != 0 {
			t.Errorf("%s without a field: %+v", c.flag, h)
		}
		if c.flag != "ENTERPRISE_ID" && diagnostics(e) != "field-missing: "+c.field {
			t.Errorf("%s without a field: %s", c.flag, diagnostics(e))
		}
	}
	if h := one(t, dump(event(plainHeader+all, plainBody))).NetEvent.Header; h.IPVersion.OK || h.LocalAddr.OK || h.Flags != model.Some[uint32](0) {
		t.Errorf("no flags: %+v", h)
	}
	if e := one(t, dump(event(all, plainBody))); e.NetEvent.Header.Flags.OK || e.NetEvent.Header.IPVersion.OK || diagnostics(e) != "field-missing: flags" {
		t.Errorf("no list of flags: %+v %s", e.NetEvent.Header, diagnostics(e))
	}
}

func TestFlagForms(t *testing.T) {
	for _, c := range []struct {
		xml  string
		want model.Opt[uint32]
		says string
	}{
		{`<flags numItems="0"/>`, model.Some[uint32](0), ""},
		{`<flags numItems="2"><item>FWPM_NET_EVENT_FLAG_LOCAL_PORT_SET</item></flags><localPort>1</localPort>`, model.Opt[uint32]{}, "count-differs: flags 1 items, not 2"},
		{`<flags numItems="2"/>`, model.Opt[uint32]{}, "count-differs: flags 0 items, not 2"},
		{`<flags>8</flags><localPort>1</localPort>`, model.Some[uint32](8), ""},
		{`<flags>0x208</flags><localPort>1</localPort>`, model.Some[uint32](0x208), ""},
		{`<flags>x</flags>`, model.Opt[uint32]{}, `flag-unreadable: flags "x"`},
		{`<flags><item>0x4000</item></flags>`, model.Some[uint32](0x4000), "flags-unknown"},
		{`<flags><item/></flags>`, model.Opt[uint32]{}, "flag-unreadable"},
		{flagged("REAUTH_REASON"), model.Some[uint32](0x200), ""},
	} {
		e := one(t, dump(event(c.xml, plainBody)))
		if e.NetEvent.Header.Flags != c.want {
			t.Errorf("%s: %v", c.xml, e.NetEvent.Header.Flags)
		}
		if got := diagnostics(e); (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q, want %q", c.xml, got, c.says)
		}
	}
}

func TestAddresses(t *testing.T) {
	v4, v6 := "<ipVersion>FWP_IP_VERSION_V4</ipVersion>", "<ipVersion>FWP_IP_VERSION_V6</ipVersion>"
	for _, c := range []struct{ version, xml, want, says string }{
		{v4, "<localAddrV4>192.0.2.1</localAddrV4>", "192.0.2.1", ""},
		{v4, "<localAddrV4>0.0.0.0</localAddrV4>", "0.0.0.0", ""},
		{v4, "<localAddrV4>3221225985</localAddrV4>", "", "address-unreadable: localAddrV4"},
		{v4, "<localAddrV4>::1</localAddrV4>", "", "address-unreadable"},
		{v4, "<localAddrV4/>", "", "field-missing: localAddrV4"},
		{v4, "<localAddrV6.byteArray16>2001:db8::1</localAddrV6.byteArray16>", "", "field-missing: localAddrV4"},
		{v4, "<localAddrV4>192.0.2.1</localAddrV4><localAddrV4>192.0.2.2</localAddrV4>", "", "field-repeated: localAddrV4"},
		{v6, "<localAddrV6.byteArray16>2001:DB8:0::1</localAddrV6.byteArray16>", "2001:db8::1", ""},
		{v6, "<localAddrV6.byteArray16>::ffff:192.0.2.1</localAddrV6.byteArray16>", "::ffff:192.0.2.1", ""},
		{v6, "<localAddrV6><byteArray16>2001:db8::1</byteArray16></localAddrV6>", "2001:db8::1", ""},
		{v6, "<localAddrV6>2001:db8::1</localAddrV6>", "2001:db8::1", ""},
		{v6, "<localAddrV6.byteArray16>fe80::1%3</localAddrV6.byteArray16>", "", "address-unreadable"},
		{v6, "<localAddrV6.byteArray16>192.0.2.1</localAddrV6.byteArray16>", "", "address-unreadable"},
		{"<ipVersion>FWP_IP_VERSION_NONE</ipVersion>", "<localAddrV4>192.0.2.1</localAddrV4>", "", "address-without-version: localAddr FWP_IP_VERSION_NONE"},
		{"<ipVersion>x</ipVersion>", "<localAddrV4>192.0.2.1</localAddrV4>", "", "address-without-version: localAddr"},
	} {
		e := one(t, dump(event(flagged("IP_VERSION", "LOCAL_ADDR")+c.version+c.xml, plainBody)))
		a := e.NetEvent.Header.LocalAddr
		if a.OK != (c.want != "") || a.OK && a.V.String() != c.want {
			t.Errorf("%s: %v", c.xml, a)
		}
		if got := diagnostics(e); (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q, want %q", c.xml, got, c.says)
		}
	}
}

func TestBlobText(t *testing.T) {
	for _, c := range []struct {
		xml  string
		want model.Opt[string]
		says string
	}{
		{"<appId><data>5c00e4000000</data><asString>\\...</asString></appId>", model.Some(`\ä`), ""},
		{"<appId><data>5c00E400</data></appId>", model.Some(`\ä`), ""},
		{"<appId>5c000000</appId>", model.Some(`\`), ""},
		{"<appId><data>3dd800de0000</data></appId>", model.Some("\U0001F600"), ""},
		{"<appId><data>3dd841000000</data></appId>", model.Some("\uFFFDA"), ""},
		{"<appId><data>41000000420000000000</data></appId>", model.Some("A\x00B"), ""},
		{"<appId><data>410042</data></appId>", model.Some("A"), "text-odd-size: appId 3 bytes"},
		{"<appId/>", model.Some(""), ""},
		{"<appId><data/></appId>", model.Some(""), ""},
		{"<appId><data>41004</data></appId>", model.Opt[string]{}, "hex-unreadable"},
		{"<appId><data>4100 4200</data></appId>", model.Opt[string]{}, "hex-unreadable"},
		{"<appId><asString>A.</asString></appId>", model.Opt[string]{}, "field-missing: appId data"},
		{"<appId><data><x/></data></appId>", model.Opt[string]{}, "field-type-unexpected"},
	} {
		e := one(t, dump(event(flagged("APP_ID")+c.xml, plainBody)))
		if got := e.NetEvent.Header.AppID; got != c.want {
			t.Errorf("%s: %v", c.xml, got)
		}
		if got := diagnostics(e); (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
			t.Errorf("%s: %q, want %q", c.xml, got, c.says)
		}
	}
}

func TestErrorCodes(t *testing.T) {
	for text, want := range map[string]model.Opt[model.Win32Error]{
		"13868":                        model.Some[model.Win32Error](13868),
		"0x362C":                       model.Some[model.Win32Error](13868),
		"0x8007362C":                   model.Some[model.Win32Error](0x8007362C),
		"-2147011028":                  model.Some[model.Win32Error](0x8007362C),
		"ERROR_IPSEC_IKE_POLICY_MATCH": model.Some[model.Win32Error](13868),
		"ERROR_IPSEC_IKE_NO_CERT":      model.Some[model.Win32Error](13806),
		"SEC_E_NO_CREDENTIALS":         model.Some[model.Win32Error](0x8009030E),
		"ERROR_SUCCESS":                model.Some[model.Win32Error](0),
		"0":                            model.Some[model.Win32Error](0),
		"4294967296":                   {},
		"-2147483649":                  {},
		"Policy match error":           {},
		"error_ipsec_ike_policy_match": {},
	} {
		e := one(t, dump(strings.Replace(plain(), "13868", text, 1)))
		if got := e.NetEvent.QM.ErrorCode; got != want {
			t.Errorf("%s: %v", text, got)
		}
		if got := diagnostics(e); (got == "") != want.OK || !want.OK && got != "error-code-unreadable: failureErrorCode \""+text+"\"" {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// Numbers do not wrap.
func TestNumberRanges(t *testing.T) {
	for _, c := range []struct{ flag, field, largest, over string }{
		{"IP_PROTOCOL", "ipProtocol", "255", "256"},
		{"LOCAL_PORT", "localPort", "65535", "65536"},
		{"SCOPE_ID", "scopeId", "4294967295", "4294967296"},
		{"POLICY_FLAGS", "policyFlags", "18446744073709551615", "18446744073709551616"},
	} {
		for _, text := range []string{c.largest, c.over, "-1", "1.0", "1 2"} {
			e := one(t, dump(event(flagged(c.flag)+"<"+c.field+"> "+text+"\r\n\t</"+c.field+">", plainBody)))
			want := ""
			if text != c.largest {
				want = "number-unreadable: " + c.field + " \"" + text + "\""
			}
			if got := diagnostics(e); got != want {
				t.Errorf("%s %s: %q", c.field, text, got)
			}
			h := e.NetEvent.Header
			if known := h.IPProtocol.OK || h.LocalPort.OK || h.ScopeID.OK || h.PolicyFlags.OK; known != (want == "") {
				t.Errorf("%s %s: %+v", c.field, text, h)
			}
		}
	}
}

// Which fields there are says which version of a structure it is.
func TestStructureVersions(t *testing.T) {
	qm := func(more string) *model.IKEQMFailure {
		return one(t, dump(event(plainHeader, plainBody+more))).NetEvent.QM
	}
	for more, want := range map[string]uint8{
		"": 0, "<mmSaLuid>1</mmSaLuid>": 1, "<mmProviderContextKey/>": 1, "<MMSALUID>1</MMSALUID>": 1, "<mmSaLuidX>1</mmSaLuidX>": 0,
	} {
		if f := qm(more); f.Version != want {
			t.Errorf("QM with %q: version %d", more, f.Version)
		}
	}
	other := func(typ, body string) *model.NetEvent {
		text := strings.ReplaceAll(event(plainHeader, "<failureErrorCode>1</failureErrorCode>"+body), "IKEEXT_QM_FAILURE", typ)
		return one(t, dump(strings.ReplaceAll(text, "ikeQmFailure", "ike"+typ[7:8]+strings.ToLower(typ[8:9])+"Failure"))).NetEvent
	}
	for more, want := range map[string]uint8{
		"": 0, "<localPrincipalNameForAuth/>": 1, "<remotePrincipalGroupSids/>": 1, "<providerContextKey/>": 2,
	} {
		if f := other("IKEEXT_MM_FAILURE", more).MM; f == nil || f.Version != want || f.ErrorCode != model.Some[model.Win32Error](1) || f.ProviderContextKey.OK {
			t.Errorf("MM with %q: %+v", more, f)
		}
	}
	for more, want := range map[string]uint8{
		"": 0, "<localPrincipalNameForAuth/>": 1, "<saTrafficType>0</saTrafficType>": 1,
	} {
		if f := other("IKEEXT_EM_FAILURE", more).EM; f == nil || f.Version != want {
			t.Errorf("EM with %q: %+v", more, f)
		}
	}
}

// The flags of main and extended mode have the same names with swapped values.
func TestFailureFlags(t *testing.T) {
	for _, c := range []struct {
		mode, name string
		want       uint32
	}{{"MM", "BENIGN", 1}, {"MM", "MULTIPLE", 2}, {"EM", "MULTIPLE", 1}, {"EM", "BENIGN", 2}} {
		flags := "<flags><item>FWPM_NET_EVENT_IKEEXT_" + c.mode + "_FAILURE_FLAG_" + c.name + "</item></flags>"
		lower := "ike" + c.mode[:1] + strings.ToLower(c.mode[1:]) + "Failure"
		text := strings.ReplaceAll(strings.ReplaceAll(event(plainHeader, flags), "QM_FAILURE", c.mode+"_FAILURE"), "ikeQmFailure", lower)
		e := one(t, dump(text)).NetEvent
		var got model.Opt[uint32]
		if e.MM != nil {
			got = e.MM.Flags
		} else if e.EM != nil {
			got = e.EM.Flags
		}
		if got != model.Some(c.want) {
			t.Errorf("%s %s: %v", c.mode, c.name, got)
		}
	}
}

func TestTypes(t *testing.T) {
	for text, want := range map[string]model.NetEventType{
		"FWPM_NET_EVENT_TYPE_IKEEXT_MM_FAILURE":        0,
		"FWPM_NET_EVENT_TYPE_PUBLIC_IKEEXT_MM_FAILURE": 0,
		"FWPM_NET_EVENT_TYPE_LPM_PACKET_ARRIVAL":       10,
		"FWPM_NET_EVENT_TYPE_PUBLIC_CLASSIFY_DROP_MAC": 9,
		"9":                               9,
		"77":                              77,
		"FWPM_NET_EVENT_TYPE(77)":         77,
		"4294967295":                      UnknownType,
		"FWPM_NET_EVENT_TYPE(4294967295)": UnknownType,
		"FWPM_NET_EVENT_TYPE_PUBLIC_PUBLIC_CLASSIFY_DROP": UnknownType,
		"FWPM_NET_EVENT_TYPE_MAX":                         UnknownType,
		"":                                                UnknownType,
	} {
		e := one(t, dump("<item><header><timeStamp>2024-05-06T07:08:09Z</timeStamp><flags/></header><type>"+text+"</type></item>"))
		if e.NetEvent.Type != want || (want == UnknownType || want > 10 || want == 0) != (len(e.Diagnostics) == 1) {
			t.Errorf("%s: %v %s", text, e.NetEvent.Type, diagnostics(e))
		}
		if !e.NetEvent.Header.TimeStamp.OK {
			t.Errorf("%s: no header", text)
		}
	}
}

// No failure is lost for a type that cannot be read, if the event has but one structure.
func TestTypeByBody(t *testing.T) {
	const typ = "<type>FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE</type>"
	want := one(t, dump(plain())).NetEvent
	for _, text := range []string{"<type/>", "<type>FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE1</type>", "<type>99</type>", typ + typ} {
		e := one(t, dump(strings.Replace(plain(), typ, text, 1)))
		if !reflect.DeepEqual(e.NetEvent, want) {
			t.Errorf("%s: %+v, want %+v", text, e.NetEvent, want)
		}
		if got := diagnostics(e); !strings.Contains(got, "type-by-body: ikeQmFailure") {
			t.Errorf("%s: %q", text, got)
		}
	}
	// Nor for one that is not there, or for a header.
	for text, missing := range map[string]string{
		strings.Replace(plain(), typ, "", 1):                                                 "field-missing: type",
		plain()[:strings.Index(plain(), "<header>")] + plain()[strings.Index(plain(), typ):]: "field-missing: header",
	} {
		e := one(t, dump(text))
		if !reflect.DeepEqual(e.NetEvent.QM, want.QM) || e.NetEvent.Type != want.Type || !strings.Contains(diagnostics(e), missing) {
			t.Errorf("%s: %+v %s", missing, e.NetEvent, diagnostics(e))
		}
		if has := e.NetEvent.Header.TimeStamp.OK; has != strings.Contains(text, "<header>") {
			t.Errorf("%s: header %t", missing, has)
		}
	}
	for name, text := range map[string]string{
		"two structures":    strings.Replace(plain(), typ, "<type/><ikeMmFailure/>", 1),
		"none":              "<item><header/><type>x</type><ikeXmFailure/></item>",
		"one within others": "<item><header/><type>x</type><a><ikeQmFailure/></a></item>",
	} {
		e := one(t, dump(text))
		if e.NetEvent.Type != UnknownType || e.NetEvent.QM != nil || strings.Contains(diagnostics(e), "type-by-body") {
			t.Errorf("%s: %v, %s", name, e.NetEvent.Type, diagnostics(e))
		}
	}
}

func TestPlainText(t *testing.T) {
	for inner, want := range map[string]string{
		"": "", " \r\n\t": "", " a b ": "a b", "a&amp;b": "a&b", "&lt;&gt;&quot;&apos;": `<>"'`, "&#65;&#x42;&#x1F600;": "AB\U0001F600",
		"<![CDATA[a&amp;<b>]]>c": "a&amp;<b>c", "a<!-- & -->b": "ab", "a<?x &?>b": "ab", "&amp;amp;": "&amp;", "&#x20;a": " a",
	} {
		if got, ok := plainText(inner); got != want || !ok {
			t.Errorf("%q: %q, %t", inner, got, ok)
		}
	}
	for _, inner := range []string{"a && b", "&", "a&", "&amp", "&x;", "&#0;", "&#xD800;", "&#xFFFE;", "&#x110000;", "&#-1;", "&#;", "&#x;", "&;", "& amp;", "&AMP;", "&#99999999999;"} {
		if got, ok := plainText(inner); got != inner || ok {
			t.Errorf("%q: %q, %t", inner, got, ok)
		}
	}
}
