package netevent_test

import (
	"bytes"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/rawbuild"
	"github.com/qmparse/qmparse/parser/netevent"
)

// rawHand is a raw net event put together from the description alone: for x64,
// with the image of 240 bytes, a Quick Mode failure in a tunnel from 10.1.2.0/24
// to 10.9.0.0/16.
func rawHand() []byte {
	b := make([]byte, 240+88+16)
	le.PutUint64(b, 0x01DC5B0089ABCDEF)       // timeStamp
	le.PutUint32(b[8:], 0x106)                // flags
	le.PutUint32(b[20:], 0xC0000201)          // localAddrV4, host order
	le.PutUint32(b[36:], 0xC6336407)          // remoteAddrV4
	le.PutUint32(b[136:], 1)                  // type
	le.PutUint64(b[144:], 0x000001D23C4A0140) // dead
	q := b[240:]
	le.PutUint32(q, 13868)                   // failureErrorCode
	le.PutUint32(q[4:], 2)                   // failurePoint
	le.PutUint32(q[8:], 2)                   // keyingModuleType
	le.PutUint32(q[12:], 1)                  // qmState
	le.PutUint32(q[20:], 1)                  // saTrafficType
	le.PutUint32(q[24:], 0x100)              // localSubNet.type
	le.PutUint64(q[32:], 0x000001D23C4A0280) // dead
	le.PutUint32(q[40:], 0x100)              // remoteSubNet.type
	le.PutUint64(q[48:], 0x000001D23C4A03C0) // dead
	le.PutUint64(q[56:], 7)                  // qmFilterId
	le.PutUint64(q[64:], 0x99)               // mmSaLuid
	copy(q[72:], "0123456789abcdef")         // mmProviderContextKey
	le.PutUint32(q[88:], 0x0A010200)
	le.PutUint32(q[92:], 0xFFFFFF00)
	le.PutUint32(q[96:], 0x0A090000)
	le.PutUint32(q[100:], 0xFFFF0000)
	return b
}

// rawParts are the parts that may stand behind an image, in their order.
func rawHandParts() (flags uint32, parts []byte) {
	add := func(flag uint32, b []byte) {
		flags |= flag
		for parts = append(parts, b...); len(parts)%8 != 0; {
			parts = append(parts, 0xEE)
		}
	}
	add(0x20, utf16z(`\device\a.exe`))
	add(0x40, []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0})
	add(0x400, []byte{1, 2, 0, 0, 0, 0, 0, 15, 2, 0, 0, 0, 7, 0, 0, 0})
	add(0x800, utf16z("corp"))
	add(0x2000, utf16z("vpn"))
	return flags, parts
}

// decodeRaw matches and decodes.
func decodeRaw(t testing.TB, payload []byte, pointerSize int) (netevent.RawMatch, model.NetEvent, []string) {
	t.Helper()
	d := netevent.NewRawDecoder()
	m, v := d.Match(payload, pointerSize)
	if v != netevent.RawAccepted {
		t.Fatalf("refused: %v", v)
	}
	var ev model.NetEvent
	var texts []string
	for _, diag := range d.Decode(payload, m, &ev, nil) {
		texts = append(texts, diag.String())
	}
	return m, ev, texts
}

func handQM() *model.IKEQMFailure {
	return &model.IKEQMFailure{
		Version: 1, ErrorCode: model.Some(model.Win32Error(13868)), FailurePoint: model.Some(model.FailurePointPeer),
		KeyingModule: model.Some(model.KeyModuleIKEv2), QMState: model.Some(model.QMStateInitial),
		SARole: model.Some(model.SARoleInitiator), SATrafficType: model.Some(model.TrafficTypeTunnel),
		LocalSubNet:  &model.ConditionValue{Type: 0x100, Value: model.V4AddrMask{Addr: 0x0A010200, Mask: 0xFFFFFF00}},
		RemoteSubNet: &model.ConditionValue{Type: 0x100, Value: model.V4AddrMask{Addr: 0x0A090000, Mask: 0xFFFF0000}},
		QMFilterID:   model.Some[uint64](7), MMSaLUID: model.Some(model.LUID(0x99)),
		MMProviderContextKey: model.Some(model.GUID([]byte("3210547689abcdef"))),
	}
}

func handHeader() model.NetEventHeader {
	return model.NetEventHeader{
		TimeStamp: model.Some(model.FILETIME(0x01DC5B0089ABCDEF)), Flags: model.Some[uint32](0x106), IPVersion: model.Some(model.IPVersionV4),
		LocalAddr: model.Some(netip.MustParseAddr("192.0.2.1")), RemoteAddr: model.Some(netip.MustParseAddr("198.51.100.7")),
		AddressFamily: model.Some[uint32](0),
	}
}

func TestRawByHand(t *testing.T) {
	m, ev, diags := decodeRaw(t, rawHand(), 8)
	if want := (netevent.RawMatch{Type: 1, TimeStamp: 0x01DC5B0089ABCDEF, PointerSize: 8, Base: 240, Body: 88}); m != want {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
	equal(t, "event", ev, model.NetEvent{Type: 1, Header: handHeader(), QM: handQM()})
	wantTexts(t, "diagnostics", diags, []string{"layout-derived: base 240, body 88"})
}

func TestRawPartsByHand(t *testing.T) {
	b := rawHand()
	flags, parts := rawHandParts()
	b = append(b[:240:240], append(parts, b[240:]...)...)
	le.PutUint32(b[8:], 0x106|flags)
	le.PutUint32(b[64:], uint32(len(utf16z(`\device\a.exe`))))
	le.PutUint32(b[120:], uint32(len(utf16z("vpn"))))
	_, ev, diags := decodeRaw(t, b, 8)
	h := handHeader()
	h.Flags.V |= flags
	h.AppID, h.UserID, h.PackageSID = model.Some(`\device\a.exe`), model.Some("S-1-5-18"), model.Some("S-1-15-2-7")
	h.EnterpriseID, h.EffectiveName = model.Some("corp"), model.Some("vpn")
	equal(t, "event", ev, model.NetEvent{Type: 1, Header: h, QM: handQM()})
	wantTexts(t, "diagnostics", diags, []string{"layout-derived: base 240, body 88"})
}

// TestRawV6ByHand: IPv6 subnets, the image of 152 bytes, QM_FAILURE0 and no time.
func TestRawV6ByHand(t *testing.T) {
	h := rawHand()
	b := append(h[:152:152], h[240:240+64]...)
	le.PutUint64(b, 0)
	le.PutUint32(b[152+24:], 0x101)
	le.PutUint32(b[152+40:], 0x101)
	for i, text := range []string{"2001:db8:1::", "2001:db8:2::1"} {
		a := netip.MustParseAddr(text).As16()
		b = append(append(b, a[:]...), byte(48+80*i), 1, 2, 3, 4, 5, 6, 7)
	}
	m, ev, diags := decodeRaw(t, b, 8)
	if m.Base != 152 || m.Body != 64 || m.TimeStamp != 0 {
		t.Errorf("%+v", m)
	}
	q := handQM()
	q.Version, q.MMSaLUID, q.MMProviderContextKey = 0, model.Opt[model.LUID]{}, model.Opt[model.GUID]{}
	q.LocalSubNet = &model.ConditionValue{Type: 0x101, Value: model.V6AddrMask{Addr: netip.MustParseAddr("2001:db8:1::").As16(), PrefixLength: 48}}
	q.RemoteSubNet = &model.ConditionValue{Type: 0x101, Value: model.V6AddrMask{Addr: netip.MustParseAddr("2001:db8:2::1").As16(), PrefixLength: 128}}
	head := handHeader()
	head.TimeStamp.V = 0
	equal(t, "event", ev, model.NetEvent{Type: 1, Header: head, QM: q})
	wantTexts(t, "diagnostics", diags, []string{"layout-derived: base 152, body 64"})
}

// TestRawX86ByHand: 4-byte pointers.
func TestRawX86ByHand(t *testing.T) {
	h := rawHand()
	b := make([]byte, 112+72+16)
	copy(b, h[:60])
	le.PutUint32(b[104:], 1)
	le.PutUint32(b[108:], 0xDEAD)
	q := b[112:]
	copy(q, h[240:264])
	le.PutUint32(q[24:], 0x100)
	le.PutUint32(q[28:], 0xDEAD)
	le.PutUint32(q[32:], 0x100)
	copy(q[40:], h[240+56:])
	m, ev, _ := decodeRaw(t, b, 4)
	if m.Base != 112 || m.Body != 72 || m.PointerSize != 4 {
		t.Errorf("%+v", m)
	}
	equal(t, "event", ev, model.NetEvent{Type: 1, Header: handHeader(), QM: handQM()})
}

// TestRawTransportUndefined: without a tunnel the bytes of the subnets mean
// nothing, whatever they look like.
func TestRawTransportUndefined(t *testing.T) {
	b := rawHand()[:240+88]
	le.PutUint32(b[240+20:], 0)
	_, ev, _ := decodeRaw(t, b, 8)
	if ev.QM.LocalSubNet != nil || ev.QM.RemoteSubNet != nil {
		t.Error("a subnet in transport mode")
	}
}

// TestRawSamples decodes what the writer made, and writes it again.
func TestRawSamples(t *testing.T) {
	types := map[model.NetEventType]int{}
	for _, s := range rawbuild.Accepted() {
		m, v := netevent.NewRawDecoder().Match(s.Payload, s.PointerSize)
		if v != netevent.RawAccepted {
			t.Errorf("%s, pointers of %d: %v", s.Name, s.PointerSize, v)
			continue
		}
		types[m.Type]++
		sameRaw(t, s.Name, s.Payload, s.PointerSize)
	}
	for typ := model.NetEventType(0); typ <= 10; typ++ {
		if types[typ] == 0 {
			t.Errorf("no sample of %v", typ)
		}
	}
}

// sameRaw checks that what a payload is decoded to is all of it. It returns
// whether it was accepted.
func sameRaw(t testing.TB, what string, payload []byte, pointerSize int) bool {
	t.Helper()
	d := netevent.NewRawDecoder()
	return sameRawWith(t, d, what, payload, pointerSize)
}

func sameRawWith(t testing.TB, d *netevent.RawDecoder, what string, payload []byte, pointerSize int) bool {
	t.Helper()
	m, v := d.Match(payload, pointerSize)
	if v != netevent.RawAccepted {
		if m != (netevent.RawMatch{}) {
			t.Errorf("%s: refused with %+v", what, m)
		}
		return false
	}
	var ev model.NetEvent
	diags := d.Decode(payload, m, &ev, nil)
	if len(diags) == 0 || diags[0].Code != "layout-derived" {
		t.Errorf("%s: diagnostics %v", what, diags)
	}
	if ev.Version.OK || ev.Type != m.Type || ev.Header.TimeStamp != model.Some(m.TimeStamp) {
		t.Errorf("%s: %+v of %+v", what, ev, m)
	}
	if again := encodeRaw(payload, m, &ev); !bytes.Equal(again, payload) {
		at := 0
		for again[at] == payload[at] {
			at++
		}
		t.Errorf("%s, pointers of %d: %+v\nwrites byte %d as %#x, not %#x, of\n%x\n%s", what, pointerSize, m, at, again[at], payload[at], payload, text(&ev))
	}
	return true
}

// TestRawRandom decodes random events to what they were made of.
func TestRawRandom(t *testing.T) {
	r := newRand(1)
	n := 10_000
	if testing.Short() {
		n = 2_000
	}
	ambiguous := 0
	for range n {
		e := rawbuild.Random(r)
		payload := e.Payload()
		m, v := netevent.NewRawDecoder().Match(payload, e.PointerSize)
		if v != netevent.RawAccepted {
			t.Fatalf("%v: base %d, body %d, pointers of %d, %+v", v, e.Base, e.BodySize, e.PointerSize, e.Header)
		}
		sameRaw(t, "random", payload, e.PointerSize)
		if m.Ambiguous {
			ambiguous++
			continue
		}
		if m.Base != e.Base || m.Body != e.BodySize || m.Type != e.Type {
			t.Errorf("%+v of base %d, body %d, %v", m, e.Base, e.BodySize, e.Type)
		}
		if _, ev, _ := decodeRaw(t, payload, e.PointerSize); e.QM != nil && !reflect.DeepEqual(ev.QM.LocalSubNet, e.QM.LocalSubNet) {
			t.Errorf("subnet %+v, not %+v", ev.QM.LocalSubNet, e.QM.LocalSubNet)
		}
	}
	if ambiguous == 0 || ambiguous > n/4 {
		t.Errorf("%d of %d are ambiguous", ambiguous, n)
	}
}

// TestRawRefused: every payload that misses one rule, and which.
func TestRawRefused(t *testing.T) {
	want := map[string]string{
		"no bytes":                          "raw_no_header",
		"one byte short":                    "raw_tail_missing",
		"one byte too many":                 "raw_left_over",
		"8 zeros too many":                  "raw_left_over",
		"a flag beyond 0x3FFF":              "raw_no_header",
		"the highest flag":                  "raw_no_header",
		"ipVersion 3":                       "raw_no_header",
		"type 11":                           "raw_type_private",
		"type 20":                           "raw_type_private",
		"failurePoint 3":                    "raw_value_out_of_range",
		"keyingModuleType 3":                "raw_value_out_of_range",
		"qmState 4":                         "raw_value_out_of_range",
		"saRole 2":                          "raw_value_out_of_range",
		"saTrafficType 2":                   "raw_value_out_of_range",
		"localSubNet of FWP_UINT32":         "raw_value_out_of_range",
		"remoteSubNet of another family":    "raw_value_out_of_range",
		"subnets behind transport":          "raw_left_over",
		"no body behind parts":              "raw_body_missing",
		"appId beyond the end":              "raw_part_malformed",
		"a SID of revision 2":               "raw_part_malformed",
		"a SID of 16 sub-authorities":       "raw_part_malformed",
		"packageSid of a header without it": "raw_part_malformed",
		"FWPM_NET_EVENT_TYPE_IKEEXT_MM_FAILURE with a pointer": "raw_tail_unknown",
		"FWPM_NET_EVENT_TYPE_IKEEXT_EM_FAILURE with a pointer": "raw_tail_unknown",
		"FWPM_NET_EVENT_TYPE_CLASSIFY_DROP with a pointer":     "raw_tail_unknown",
		"FWPM_NET_EVENT_TYPE_CLASSIFY_DROP_MAC with a pointer": "raw_tail_unknown",
		"private tails of a main mode failure":                 "raw_private_unknown",
		"terminating filters of a drop":                        "raw_private_unknown",
		"an unannounced private tail":                          "raw_left_over",
		"a private tail of an unknown flag":                    "raw_left_over",
		"a header of zeros":                                    "raw_says_nothing",
		"a time that is none":                                  "raw_value_out_of_range",
		"a drop of no IP version":                              "raw_says_nothing",
		"a drop of zeros":                                      "raw_says_nothing",
		"a failure without error":                              "raw_says_nothing",
		"a main mode failure without error":                    "raw_says_nothing",
	}
	d := netevent.NewRawDecoder()
	for _, s := range rawbuild.Refused() {
		for _, pointerSize := range []int{8, 4} {
			m, v := d.Match(s.Payload, pointerSize)
			if v == netevent.RawAccepted || m != (netevent.RawMatch{}) {
				t.Errorf("%s, pointers of %d: %v, %+v", s.Name, pointerSize, v, m)
			}
			if w, ok := want[s.Name]; ok && pointerSize == 8 && v.String() != w {
				t.Errorf("%s: %v, want %s", s.Name, v, w)
			}
		}
		delete(want, s.Name)
	}
	for name := range want {
		t.Errorf("no sample %q", name)
	}
	if _, v := d.Match(rawHand(), 16); v != netevent.RawNoHeader {
		t.Errorf("pointers of 16 bytes: %v", v)
	}
}

// TestRawEdges goes to the edge of each range, where the refused samples go one
// beyond.
func TestRawEdges(t *testing.T) {
	for _, c := range []struct {
		name string
		at   int
		to   byte
	}{
		{"ipVersion", 12, 2}, {"failurePoint", 244, 0}, {"keyingModuleType", 248, 0}, {"qmState", 252, 3}, {"qmState", 252, 0},
		{"saRole", 256, 1}, {"internalFlags that announce nothing", 152, 0xF0}, {"a mask with gaps", 332, 1}, {"a time before 1980", 7, 0},
	} {
		b := rawHand()
		b[c.at] = c.to
		sameRawMust(t, c.name, b)
	}
	for n := range 8 {
		sameRawMust(t, "zeros behind it", append(rawHand(), make([]byte, n)...))
	}
	b := rawHand()
	le.PutUint32(b[8:], 0x1306) // policyFlags, reauthReason: no parts
	le.PutUint64(b[112:], 1<<63)
	sameRawMust(t, "flags without parts", b)
}

func sameRawMust(t *testing.T, what string, b []byte) {
	t.Helper()
	if !sameRaw(t, what, b, 8) {
		t.Errorf("%s: refused", what)
	}
}

// TestRawTimes: without subnets the time must be one.
func TestRawTimes(t *testing.T) {
	b := rawHand()[:240+88]
	le.PutUint32(b[240+20:], 0)
	for _, c := range []struct {
		time           uint64
		flags, version uint32
		want           netevent.RawVerdict
	}{
		{119_600_064_000_000_000, 0, 0, netevent.RawAccepted},
		{119_600_063_999_999_999, 0x106, 0, netevent.RawValueOutOfRange},
		{159_992_927_999_999_999, 0, 0, netevent.RawAccepted},
		{159_992_928_000_000_000, 0x106, 0, netevent.RawValueOutOfRange},
		{0, 0x106, 0, netevent.RawAccepted},
		{0, 0x102, 0, netevent.RawAccepted},
		{0, 0x104, 0, netevent.RawAccepted},
		{0, 0x100, 0, netevent.RawSaysNothing},
		{0, 0x006, 0, netevent.RawSaysNothing},
		{0, 0, 0, netevent.RawSaysNothing},
		{1, 0x106, 0, netevent.RawValueOutOfRange},
		{0, 0x106, 1, netevent.RawAccepted},
		{0, 0x106, 2, netevent.RawSaysNothing},
		{133_855_524_000_000_000, 0x106, 2, netevent.RawAccepted},
	} {
		le.PutUint64(b, c.time)
		le.PutUint32(b[8:], c.flags)
		le.PutUint32(b[12:], c.version)
		if _, v := netevent.NewRawDecoder().Match(b, 8); v != c.want {
			t.Errorf("time %d, flags %#x: %v, want %v", c.time, c.flags, v, c.want)
		}
	}
}

// TestRawBodyMissing: an image of 240 bytes alone is as long as one of 152 with
// QM_FAILURE1 in transport mode, and so is told apart by what is the error code
// then.
func TestRawBodyMissing(t *testing.T) {
	for flags := range uint32(16) {
		e := rawbuild.Transport()
		e.InternalFlags, e.NoBody = flags, true
		for n := range 8 {
			e.LeftOver = make([]byte, n)
			if m, v := netevent.NewRawDecoder().Match(e.Payload(), 8); v == netevent.RawAccepted {
				t.Errorf("internalFlags %#x, %d zeros: %+v", flags, n, m)
			}
		}
	}
	e := rawbuild.Transport()
	e.Base, e.QM.ErrorCode.V = 152, 16
	if m, v := netevent.NewRawDecoder().Match(e.Payload(), 8); v != netevent.RawAccepted || m.Base != 152 || m.Body != 88 {
		t.Errorf("error 16: %v, %+v", v, m)
	}
}

// TestRawAmbiguous: the larger image, and of one image the larger body.
func TestRawAmbiguous(t *testing.T) {
	e := rawbuild.TunnelV4()
	e.InternalFlags, e.Private = 1, make([]byte, 12)
	m, ev, diags := decodeRaw(t, e.Payload(), 8)
	if !m.Ambiguous || m.Base != 240 || m.Body != 88 || m.OtherBase != 240 || m.OtherBody != 64 || m.Private != 12 || ev.QM.Version != 1 {
		t.Errorf("%+v", m)
	}
	wantTexts(t, "one image", diags, []string{
		"layout-derived: base 240, body 88", "layout-ambiguous: base 240, body 64 would fit too", "private-tail: 12 bytes left undecoded",
	})

	// What is internalFlags of the larger image, and announces tails, is behind the
	// smaller one a SID. In the body behind that, saRole and saTrafficType are a SID
	// behind the larger one, and the undefined subnets of transport mode a body.
	b := make([]byte, 152+72+88)
	copy(b, rawHand()[:152])
	le.PutUint32(b[8:], 0x106|0x40)
	copy(b[152:], []byte{1, 15, 0, 0, 0, 0, 0, 5})
	le.PutUint32(b[224:], 13868)
	le.PutUint32(b[240:], 1)
	le.PutUint32(b[248:], 13801)
	m, ev, diags = decodeRaw(t, b, 8)
	if m.Base != 240 || m.Body != 64 || m.OtherBase != 152 || m.OtherBody != 88 || ev.QM.ErrorCode.V != 13801 || ev.Header.UserID.V != "S-1-0" {
		t.Errorf("%+v, %s", m, text(&ev))
	}
	wantTexts(t, "two images", diags, []string{
		"layout-derived: base 240, body 64", "layout-ambiguous: base 152, body 88 would fit too", "private-tail: 0 bytes left undecoded",
	})
}

// TestRawPrefixes: of a payload that was cut nothing is accepted, but what is
// whole by the same rules: the shorter body of an older version, an event whose
// private tails or left-over zeros were cut, or an image cut in its private fields,
// whose internalFlags then are the error code of a body.
func TestRawPrefixes(t *testing.T) {
	samples := rawbuild.Accepted()
	for i, s := range samples {
		if testing.Short() && i%7 != 0 {
			continue
		}
		d := netevent.NewRawDecoder()
		whole, _ := d.Match(s.Payload, s.PointerSize)
		for n := range s.Payload {
			m, v := d.Match(s.Payload[:n], s.PointerSize)
			if v != netevent.RawAccepted {
				continue
			}
			sameRaw(t, "a prefix of "+s.Name, s.Payload[:n], s.PointerSize)
			shorter := m.Base == whole.Base && (m.Body < whole.Body || m.Private < whole.Private || strings.HasPrefix(s.Name, "7 zeros"))
			private := whole.Base == 240 && m.Base == 152 && n < 240 && le.Uint32(s.Payload[152:]) != 0
			if !shorter && !private {
				t.Fatalf("%s, cut to %d of %d: %+v, was %+v", s.Name, n, len(s.Payload), m, whole)
			}
		}
	}
}

// TestRawNothing: zeros, counters, text and numbers that could be pointers are no
// net events, however many.
func TestRawNothing(t *testing.T) {
	d := netevent.NewRawDecoder()
	refuse := func(what string, b []byte) {
		t.Helper()
		for _, pointerSize := range []int{8, 4} {
			if m, v := d.Match(b, pointerSize); v == netevent.RawAccepted {
				t.Errorf("%s, %d bytes: %+v", what, len(b), m)
			}
		}
	}
	step := 1
	if testing.Short() {
		step = 8
	}
	const most = 600
	for n := 0; n <= most; n += step {
		zeros := make([]byte, n)
		refuse("zeros", zeros)
		refuse("ASCII", bytes.Repeat([]byte("a line of text\r\n"), most/16+1)[:n])
		refuse("ones", bytes.Repeat([]byte{1}, n))
		refuse("FF", bytes.Repeat([]byte{0xFF}, n))
		text := make([]byte, 0, most+64)
		for _, u := range utf16.Encode([]rune(strings.Repeat("ein Text\x00", most/16))) {
			text = le.AppendUint16(text, u)
		}
		refuse("UTF-16", text[:n])
		for _, size := range []int{2, 4, 8} {
			b := make([]byte, n)
			for i := 0; i+size <= n; i += size {
				b[i] = byte(i / size)
			}
			refuse("counters", b)
		}
		// One number among zeros, wherever it stands.
		for at := 0; at+8 <= n && n%8 == 0; at += 4 {
			for _, v := range []uint64{1, 2, 3, 5, 9, 11, 0x100, 0x101, 0x106, 0x107, 13868, 133_855_524_000_000_000, 0x000001D23C4A0140} {
				le.PutUint64(zeros[at:], v)
				refuse("one number", zeros)
				le.PutUint64(zeros[at:], 0)
			}
		}
	}
}

// TestRawMisused: a match of another payload, or of none.
func TestRawMisused(t *testing.T) {
	d := netevent.NewRawDecoder()
	m, _ := d.Match(rawHand(), 8)
	for _, c := range []struct {
		payload []byte
		m       netevent.RawMatch
	}{
		{rawHand(), netevent.RawMatch{}}, {nil, m}, {rawHand()[:200], m}, {make([]byte, 1000), m},
		{rawHand(), netevent.RawMatch{Type: 99, PointerSize: 8, Base: 240, Body: 88}},
		{rawHand(), netevent.RawMatch{Type: 1, PointerSize: 8, Base: 240, Body: 64}},
	} {
		ev := model.NetEvent{QM: &model.IKEQMFailure{}}
		diags := d.Decode(c.payload, c.m, &ev, nil)
		if len(diags) != 2 || diags[1].Code != "layout-unfit" || !reflect.DeepEqual(ev, model.NetEvent{Type: c.m.Type}) {
			t.Errorf("%+v: %v, %+v", c.m, diags, ev)
		}
	}
}

// TestRawOwned: what was decoded does not change with the payload, nor with what
// is decoded next.
func TestRawOwned(t *testing.T) {
	d := netevent.NewRawDecoder()
	var kept []model.NetEvent
	var want []string
	for _, s := range rawbuild.Accepted()[:40] {
		b := bytes.Clone(s.Payload)
		m, _ := d.Match(b, s.PointerSize)
		var ev model.NetEvent
		d.Decode(b, m, &ev, nil)
		kept, want = append(kept, ev), append(want, text(&ev))
		clear(b)
	}
	for i := range kept {
		if text(&kept[i]) != want[i] {
			t.Fatalf("event %d has changed", i)
		}
	}
}

func TestRawVerdictNames(t *testing.T) {
	seen := map[string]bool{}
	for v := netevent.RawAccepted; v <= netevent.RawSaysNothing; v++ {
		s := v.String()
		if !strings.HasPrefix(s, "raw_") || strings.ToLower(s) != s || seen[s] {
			t.Errorf("%d is %q", v, s)
		}
		seen[s] = true
	}
	if s := netevent.RawVerdict(200).String(); s != "raw_verdict_200" {
		t.Errorf("200 is %q", s)
	}
}
