package netevent_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// places are the offsets in eventBytes and eventBytes32 that these tests change.
type places struct {
	payload                           func(uint64) []byte
	pointer                           int // size
	flags, appID, userID, packageSID  int
	enterpriseID, policyFlags, name   int
	typ, body, qm, local, remote, arm int
}

var abis = []places{
	{eventBytes, 8, 16 + 8, 16 + 64, 16 + 80, 16 + 96, 16 + 104, 16 + 112, 16 + 120, 16 + 136, 16 + 144, 168, 168 + 24, 168 + 40, 8},
	{eventBytes32, 4, 16 + 8, 16 + 60, 16 + 68, 16 + 76, 16 + 80, 16 + 88, 16 + 96, 16 + 104, 16 + 108, 128, 128 + 24, 128 + 32, 4},
}

// put writes a pointer.
func (p places) put(b []byte, at int, v uint64) {
	if p.pointer == 4 {
		le.PutUint32(b[at:], uint32(v))
		return
	}
	le.PutUint64(b[at:], v)
}

// add appends bytes at a multiple of 8 and returns where.
func add(b *[]byte, more []byte) uint64 {
	for len(*b)%8 != 0 {
		*b = append(*b, 0)
	}
	at := len(*b)
	*b = append(*b, more...)
	return uint64(at)
}

// decodeOne decodes a payload, and again what Copy makes of it: the copy says
// the same.
func decodeOne(t *testing.T, pointerSize int, payload []byte) read {
	t.Helper()
	d := newDump(t, 5, pointerSize)
	d.must(d.Event(payload))
	got, errs := readDump(t, d.finish())
	if len(got) != 1 || len(errs) > 0 {
		t.Fatalf("%d events, %q", len(got), errs)
	}
	again, err := netevent.Copy(memory{16, payload[16:]}, 16, layout(t, 5, pointerSize))
	if err != nil {
		t.Fatal(err)
	}
	d = newDump(t, 5, pointerSize)
	d.must(d.Event(again))
	second, _ := readDump(t, d.finish())
	equal(t, "copy", second[0].event, got[0].event)
	third, err := netevent.Copy(memory{16, again[16:]}, 16, layout(t, 5, pointerSize))
	if err != nil || !bytes.Equal(again, third) {
		t.Errorf("a copy of the copy differs, %v:\n%x\n%x", err, again, third)
	}
	return got[0]
}

func utf16z(text string) []byte {
	var b []byte
	for _, r := range text {
		b = le.AppendUint16(b, uint16(r))
	}
	return le.AppendUint16(b, 0)
}

var someSID = []byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0}

// TestConditions has every FWP_DATA_TYPE as localSubNet.
func TestConditions(t *testing.T) {
	value := func(v model.ConditionArm) *model.ConditionValue { return &model.ConditionValue{Value: v} }
	u32 := func(v uint32) []byte { return le.AppendUint32(nil, v) }
	u64 := func(v uint64) []byte { return le.AppendUint64(nil, v) }
	sixteen := []byte("0123456789abcdef")
	unexpected := func(t model.DataType) []string {
		return []string{"condition-type-unexpected: localSubNet " + t.String()}
	}
	for _, c := range []struct {
		typ    model.DataType
		inline []byte // in the union
		target []byte // else what it points to
		blob   bool   // else the target of an FWP_BYTE_BLOB that it points to
		want   *model.ConditionValue
		json   string // behind the type
		diags  []string
	}{
		{typ: 0, inline: u32(0xEEEEEEEE), want: value(model.Empty{})},
		{typ: 1, inline: u32(0xEEEEEEFF), want: value(model.Uint8(255)), json: `,"uint8":255`, diags: unexpected(1)},
		{typ: 2, inline: u32(0xEEEEFFFE), want: value(model.Uint16(0xFFFE)), json: `,"uint16":65534`, diags: unexpected(2)},
		{typ: 3, inline: u32(0x0A000001), want: value(model.Uint32(0x0A000001)), json: `,"uint32":167772161`},
		{typ: 4, target: u64(1 << 63), want: value(model.Uint64(1 << 63)), json: `,"uint64":"9223372036854775808"`, diags: unexpected(4)},
		{typ: 5, inline: u32(0xEEEEEEFE), want: value(model.Int8(-2)), json: `,"int8":-2`, diags: unexpected(5)},
		{typ: 6, inline: u32(0xEEEEFFFE), want: value(model.Int16(-2)), json: `,"int16":-2`, diags: unexpected(6)},
		{typ: 7, inline: u32(0xFFFFFFFE), want: value(model.Int32(-2)), json: `,"int32":-2`, diags: unexpected(7)},
		{typ: 8, target: u64(^uint64(1)), want: value(model.Int64(-2)), json: `,"int64":"-2"`, diags: unexpected(8)},
		{typ: 9, inline: u32(0x3FC00000), want: value(model.Float32(1.5)), json: `,"float32":"1.5"`, diags: unexpected(9)},
		{typ: 10, target: u64(0x3FF8000000000000), want: value(model.Float64(1.5)), json: `,"double64":"1.5"`, diags: unexpected(10)},
		{typ: 9, inline: u32(0xFF800000), want: value(model.Float32(math.Inf(-1))), json: `,"float32":"-INF"`, diags: unexpected(9)},
		{typ: 10, target: u64(0x7FF0000000000000), want: value(model.Float64(math.Inf(1))), json: `,"double64":"INF"`, diags: unexpected(10)},
		{typ: 11, target: sixteen, want: value(model.ByteArray16(sixteen)), json: `,"byteArray16":"3031:3233:3435:3637:3839:6162:6364:6566"`},
		{typ: 12, blob: true, target: []byte("abc"), want: value(model.ByteBlob("abc")), json: `,"byteBlob":"616263"`, diags: unexpected(12)},
		{typ: 12, blob: true, want: value(model.ByteBlob{}), json: `,"byteBlob":""`, diags: unexpected(12)},
		{typ: 13, target: someSID, want: value(model.SID(someSID)), json: `,"sid":"S-1-5-32-544"`, diags: unexpected(13)},
		{typ: 14, blob: true, target: []byte("sd"), want: value(model.SecurityDescriptor("sd")), json: `,"sd":"7364"`, diags: unexpected(14)},
		{typ: 15, target: make([]byte, 32), want: value(model.TokenInformation(make([]byte, 32))), diags: unexpected(15)},
		{typ: 16, blob: true, target: []byte("ta"), want: value(model.ByteBlob("ta")), json: `,"tokenAccessInformation":"7461"`, diags: unexpected(16)},
		{typ: 17, target: utf16z("ab"), want: value(model.UnicodeString("a\x00b\x00")), json: `,"unicodeString":"ab"`, diags: unexpected(17)},
		{typ: 18, target: sixteen[:6], want: value(model.ByteArray6(sixteen[:6])), json: `,"byteArray6":"303132333435"`, diags: unexpected(18)},
		{typ: 19, inline: u32(0xEEEEEE05), want: value(model.Uint8(5)), json: `,"uint8":5`, diags: unexpected(19)},
		{typ: 20, target: sixteen[:8], want: value(model.Unknown{Raw: sixteen[:8]}), diags: unexpected(20)},
		{typ: 21, inline: sixteen[:8], want: value(model.Unknown{Raw: sixteen[:8]}), diags: unexpected(21)},
		{typ: 0xFF, inline: sixteen[:8], want: value(model.Unknown{Raw: sixteen[:8]}), diags: unexpected(0xFF)},
		{typ: 0x100, target: append(u32(0x0A010200), u32(0xFF00FF00)...), want: value(model.V4AddrMask{Addr: 0x0A010200, Mask: 0xFF00FF00}),
			json:  `,"v4AddrMask":{"addr":"10.1.2.0","mask":"255.0.255.0"}`,
			diags: []string{"mask-not-contiguous: localSubNet 255.0.255.0"}},
		{typ: 0x101, target: append(slices.Clone(sixteen), 129), want: value(model.V6AddrMask{Addr: [16]byte(sixteen), PrefixLength: 129}),
			json:  `,"v6AddrMask":{"addr":"3031:3233:3435:3637:3839:6162:6364:6566","prefixLength":129}`,
			diags: []string{"prefix-length-invalid: localSubNet 129"}},
		{typ: 0x103, inline: sixteen[:8], want: value(model.Unknown{Raw: sixteen[:8]}), diags: unexpected(0x103)},
	} {
		for _, p := range abis {
			b := p.payload(7)
			le.PutUint32(b[p.local:], uint32(c.typ))
			copy(b[p.local+4:], bytes.Repeat([]byte{0xEE}, p.arm-4)) // undefined
			union := b[p.local+p.arm : p.local+p.arm+p.pointer]
			want := *c.want
			want.Type = c.typ
			switch {
			case c.blob:
				blob := make([]byte, 2*p.pointer)
				le.PutUint32(blob, uint32(len(c.target)))
				p.put(blob, p.pointer, add(&b, c.target))
				if c.target == nil {
					p.put(blob, p.pointer, 0xEEEE) // of no bytes: not looked at
				}
				p.put(b, p.local+p.arm, add(&b, blob))
			case c.target != nil:
				p.put(b, p.local+p.arm, add(&b, c.target))
				if c.typ == model.DataTypeTokenInformation && p.pointer == 4 {
					want.Value = model.TokenInformation(make([]byte, 16))
				}
			default:
				copy(union, c.inline)
				if u, ok := want.Value.(model.Unknown); ok {
					want.Value = model.Unknown{Raw: u.Raw[:p.pointer]}
				}
			}
			what := fmt.Sprintf("%v, pointers of %d", c.typ, p.pointer)
			got := decodeOne(t, p.pointer, b)
			if !reflect.DeepEqual(got.event.QM.LocalSubNet, &want) {
				t.Errorf("%s: got %#v, want %#v", what, got.event.QM.LocalSubNet, want)
			}
			json := fmt.Sprintf(`"localSubNet":{"type":"%v"%s},`, c.typ, c.json)
			if text := netevent.AppendJSON(nil, &got.event); !bytes.Contains(text, []byte(json)) {
				t.Errorf("%s: %s is not in %s", what, json, text)
			}
			wantTexts(t, what, got.diags, c.diags)
		}
	}
}

// TestPointers has each pointer of a QM failure NULL, wild, one past the end of
// what it needs, and into the first 16 bytes: the field alone is unknown, and one
// diagnostic says so.
func TestPointers(t *testing.T) {
	for _, p := range abis {
		b := p.payload(7)
		le.PutUint32(b[p.flags:], 0x3FFF)
		appID := add(&b, utf16z("app"))
		le.PutUint32(b[p.appID:], 8)
		p.put(b, p.appID+p.pointer, appID)
		p.put(b, p.userID, add(&b, someSID))
		p.put(b, p.packageSID, add(&b, someSID))
		p.put(b, p.enterpriseID, add(&b, utf16z("firm")))
		le.PutUint64(b[p.policyFlags:], 1<<63)
		le.PutUint32(b[p.name:], 8)
		p.put(b, p.name+p.pointer, appID)

		clean := decodeOne(t, p.pointer, b)
		wantTexts(t, "clean", clean.diags, nil)
		if h := clean.event.Header; h.AppID.V != "app" || h.UserID.V != "S-1-5-32-544" || h.PackageSID.V != "S-1-5-32-544" ||
			h.EnterpriseID.V != "firm" || h.PolicyFlags.V != 1<<63 || h.EffectiveName.V != "app" || h.LocalPort.V != 0 || !h.LocalPort.OK {
			t.Errorf("clean: %s", text(&clean.event))
		}
		for _, f := range []struct {
			name  string
			at    int
			clear func(*model.NetEvent)
		}{
			{"appId", p.appID + p.pointer, func(e *model.NetEvent) { e.Header.AppID = model.Opt[string]{} }},
			{"userId", p.userID, func(e *model.NetEvent) { e.Header.UserID = model.Opt[string]{} }},
			{"packageSid", p.packageSID, func(e *model.NetEvent) { e.Header.PackageSID = model.Opt[string]{} }},
			{"enterpriseId", p.enterpriseID, func(e *model.NetEvent) { e.Header.EnterpriseID = model.Opt[string]{} }},
			{"effectiveName", p.name + p.pointer, func(e *model.NetEvent) { e.Header.EffectiveName = model.Opt[string]{} }},
			{"ikeQmFailure", p.body, func(e *model.NetEvent) { e.QM = nil }},
			{"localSubNet", p.local + p.arm, func(e *model.NetEvent) { e.QM.LocalSubNet.Value = nil }},
			{"remoteSubNet", p.remote + p.arm, func(e *model.NetEvent) { e.QM.RemoteSubNet.Value = nil }},
		} {
			for _, v := range []uint64{0, 8, 15, uint64(len(b) - 1), uint64(len(b)), 0xFFFFFFF0, 1<<(8*p.pointer-1) - 1 + 1<<(8*p.pointer-1)} {
				hurt := slices.Clone(b)
				p.put(hurt, f.at, v)
				got := decodeOne(t, p.pointer, hurt)
				want := decodeOne(t, p.pointer, b).event
				f.clear(&want)
				what := fmt.Sprintf("%s %#x, pointers of %d", f.name, v, p.pointer)
				equal(t, what, got.event, want)
				diag := fmt.Sprintf("pointer-unresolved: %s %#x", f.name, v)
				if v == 0 {
					diag = "pointer-null: " + f.name
				}
				if v == uint64(len(b)-1) && f.name == "enterpriseId" {
					diag = fmt.Sprintf("text-unterminated: %s %#x", f.name, v)
				}
				wantTexts(t, what, got.diags, []string{diag})
			}
		}
	}
}

// TestFlags: a header field without its flag is not read, whatever stands there.
func TestFlags(t *testing.T) {
	for _, p := range abis {
		b := p.payload(7)
		for i := p.flags + 4; i < p.typ; i++ {
			b[i] = 0xCD
		}
		le.PutUint32(b[p.flags:], 0)
		got := decodeOne(t, p.pointer, b)
		h := model.NetEventHeader{TimeStamp: got.event.Header.TimeStamp, Flags: model.Some[uint32](0)}
		if got.event.Header != h {
			t.Errorf("pointers of %d: %s", p.pointer, text(&got.event))
		}
		wantTexts(t, "diagnostics", got.diags, nil)
	}
}

// TestTransport: the subnets of transport, and of a type that is not known, are
// not read.
func TestTransport(t *testing.T) {
	for _, p := range abis {
		for traffic, diags := range map[uint32][]string{0: nil, 2: {"enumerator-unknown: saTrafficType IPSEC_TRAFFIC_TYPE(2)"}} {
			b := p.payload(7)
			le.PutUint32(b[p.qm+20:], traffic)
			for i := p.local; i < p.remote+p.arm+p.pointer; i++ {
				b[i] = 0xCD
			}
			got := decodeOne(t, p.pointer, b)
			if q := got.event.QM; q.LocalSubNet != nil || q.RemoteSubNet != nil || q.QMFilterID.V != 7 {
				t.Errorf("traffic type %d: %s", traffic, text(&got.event))
			}
			wantTexts(t, "diagnostics", got.diags, diags)
		}
	}
}

// TestTexts: what an appId can be.
func TestTexts(t *testing.T) {
	units := func(u ...uint16) (b []byte) {
		for _, v := range u {
			b = le.AppendUint16(b, v)
		}
		return b
	}
	for _, c := range []struct {
		blob  []byte
		want  string
		diags []string
	}{
		{nil, "", nil},
		{units(0), "", nil},
		{units('a', 'b'), "ab", nil},
		{units('a', 'b', 0), "ab", nil},
		{units('a', 0, 'b', 0), "a\x00b", nil},
		{append(units('a', 'b'), 'c'), "ab", []string{"text-odd-size: appId 5 bytes"}},
		{[]byte{'a'}, "", []string{"text-odd-size: appId 1 bytes"}},
		{units(0xD83D, 0xDE00), "😀", nil},
		{units('x', 0xD83D), "x\uFFFD", nil},
		{units(0xDE00, 0xD83D, 'y'), "\uFFFD\uFFFDy", nil},
	} {
		p := abis[0]
		b := p.payload(7)
		le.PutUint32(b[p.flags:], netevent.FlagAppID)
		le.PutUint32(b[p.appID:], uint32(len(c.blob)))
		p.put(b, p.appID+8, add(&b, c.blob))
		got := decodeOne(t, 8, b)
		if a := got.event.Header.AppID; !a.OK || a.V != c.want {
			t.Errorf("%x: got %q, want %q", c.blob, a.V, c.want)
		}
		wantTexts(t, fmt.Sprintf("%x", c.blob), got.diags, c.diags)
	}
}

// TestSIDs: a SID that is none is unknown.
func TestSIDs(t *testing.T) {
	for _, c := range []struct {
		sid   []byte
		want  string
		diags []string
	}{
		{[]byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "S-1-0-0", nil},
		{[]byte{1, 0, 0, 0, 0, 0, 0, 5}, "S-1-5", nil},
		{append([]byte{1, 15, 0, 0, 0, 0, 0, 5}, make([]byte, 60)...), "S-1-5" + strings.Repeat("-0", 15), nil},
		{append([]byte{1, 16, 0, 0, 0, 0, 0, 5}, make([]byte, 64)...), "", []string{"sid-unreadable: userId 0110000000000005"}},
		{append([]byte{2, 1, 0, 0, 0, 0, 0, 5}, make([]byte, 4)...), "", []string{"sid-unreadable: userId 0201000000000005"}},
		{[]byte{1, 2, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0}, "", []string{"pointer-unresolved: userId 0x120"}},
	} {
		p := abis[0]
		b := p.payload(7)
		le.PutUint32(b[p.flags:], netevent.FlagUserID)
		p.put(b, p.userID, add(&b, c.sid))
		got := decodeOne(t, 8, b)
		if u := got.event.Header.UserID; u.V != c.want || u.OK != (c.want != "") {
			t.Errorf("%x: got %q, want %q", c.sid, u.V, c.want)
		}
		wantTexts(t, fmt.Sprintf("%x", c.sid), got.diags, c.diags)
	}
}

// TestRanges: a range's ends may point on, and hold neither masks nor ranges; a
// range that points to itself ends there.
func TestRanges(t *testing.T) {
	for _, p := range abis {
		b := p.payload(7)
		le.PutUint32(b[p.local:], 0x102)
		r := make([]byte, 4*p.pointer)
		le.PutUint32(r, 11)
		p.put(r, p.pointer, add(&b, []byte("0123456789abcdef")))
		le.PutUint32(r[2*p.pointer:], 0x102)
		at := add(&b, r)
		p.put(b, int(at)+3*p.pointer, at)
		p.put(b, p.local+p.arm, at)
		got := decodeOne(t, p.pointer, b)
		raw := le.AppendUint64(nil, at)[:p.pointer]
		want := model.ConditionValue{Type: model.DataTypeRange, Value: model.Range{
			Low:  model.ConditionValue{Type: model.DataTypeByteArray16, Value: model.ByteArray16([]byte("0123456789abcdef"))},
			High: model.ConditionValue{Type: model.DataTypeRange, Value: model.Unknown{Raw: raw}},
		}}
		if !reflect.DeepEqual(*got.event.QM.LocalSubNet, want) {
			t.Errorf("got %#v\nwant %#v", *got.event.QM.LocalSubNet, want)
		}
		wantTexts(t, "diagnostics", got.diags, []string{"condition-type-unexpected: localSubNet range of FWP_RANGE_TYPE"})

		p.put(b, int(at)+p.pointer, 0xFFFF0000)
		got = decodeOne(t, p.pointer, b)
		if v := got.event.QM.LocalSubNet.Value.(model.Range); v.Low.Value != nil || v.Low.Type != model.DataTypeByteArray16 {
			t.Errorf("got %#v", v)
		}
		if !slices.Contains(got.diags, "pointer-unresolved: localSubNet.valueLow 0xffff0000") {
			t.Errorf("diagnostics %q", got.diags)
		}
	}
}

// TestPayloadHead: the first 16 bytes belong to nothing.
func TestPayloadHead(t *testing.T) {
	b := eventBytes(7)
	b[3] = 1
	d := newDump(t, 5, 8)
	d.must(d.Event(b))
	got, errs := readDump(t, d.finish())
	wantTexts(t, "errors", errs, nil)
	wantIDs(t, "event", got, 7)
	wantTexts(t, "diagnostics", got[0].diags, []string{"payload-head: the first 16 bytes of the EVENT are not 0"})
}

// TestShared: pointers may share a target, but not to make much of little.
func TestShared(t *testing.T) {
	b := make([]byte, 16+152+120)
	ev := b[16:]
	le.PutUint64(ev[144:], 168)
	mm := b[168:]
	le.PutUint32(mm[80:], 4096)
	big := add(&b, append(bytes.Repeat([]byte{'x', 0}, 1000), 0, 0))
	array := add(&b, nil)
	for range 4096 {
		b = le.AppendUint64(b, big)
	}
	le.PutUint64(b[168+88:], array)
	d := newDump(t, 5, 8)
	d.must(d.Event(b))
	got, errs := readDump(t, d.finish())
	wantTexts(t, "errors", errs, nil)
	n := 0
	for _, g := range got[0].event.MM.LocalGroupSIDs {
		n += len(g)
	}
	if n == 0 || n > netevent.MaxEvent || len(got[0].diags) != 1 || !strings.HasPrefix(got[0].diags[0], "event-too-large: localPrincipalGroupSids") || !strings.HasSuffix(got[0].diags[0], " more") {
		t.Errorf("%d bytes of groups, %d diagnostics", n, len(got[0].diags))
	}

	le.PutUint32(b[168+80:], 4097)
	d = newDump(t, 5, 8)
	d.must(d.Event(b))
	got, _ = readDump(t, d.finish())
	wantTexts(t, "diagnostics", got[0].diags, []string{"count-implausible: localPrincipalGroupSids 4097"})
	if got[0].event.MM.LocalGroupSIDs != nil {
		t.Error("groups of an implausible count")
	}
}
