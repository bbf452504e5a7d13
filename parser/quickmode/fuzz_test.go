package quickmode

import (
	"bytes"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// fuzzTexts are texts that fields hold, so that the fuzzer need not find them.
var fuzzTexts = []string{
	"", "-", "10.1.2.3", "255.255.255.0", "255.0.255.0", "24", "/24", "0.0.0.0", "2001:db8::1", "fe80::1%12", "::ffff:10.0.0.1", "ffff:ffff::",
	"%%8199", "%%8200", "%%8205", "%%8208", "%%8211", "%%8213", "%%8222", "%%9999", "No state", "Tunnel", "IKE",
	"Policy match error.\r\n", "Negotiation took too long", "13868", "0x8007362C", "70000", "-1", "2020-07-10T17:20:06.687Z", "1601-01-01T00:00:00.000Z",
	"S-1-5-18", "S-1-0-0", "{11223344-5566-7788-0102-030405060708}", "0A010203",
}

// fuzzEvent makes an event of what the bytes say: a base event, and changes of
// its fields.
func fuzzEvent(data []byte) *model.Event {
	next := func() byte {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return b
	}
	take := func(n int) []byte {
		n = min(n, len(data))
		b := data[:n]
		data = data[n:]
		return b
	}
	uint64Of := func() uint64 {
		var b [8]byte
		copy(b[:], take(8))
		var v uint64
		for _, c := range b {
			v = v<<8 | uint64(c)
		}
		return v >> (next() % 64)
	}
	flags := next()
	ev := audit4654(flags & 1)
	if flags&2 != 0 {
		ev = wfp1007(flags & 1)
	}
	if flags&4 != 0 {
		ev.Version = model.Some(next())
	}
	if flags&8 != 0 {
		ev.Time = model.Opt[model.FILETIME]{V: model.FILETIME(uint64Of()), OK: next()&1 != 0}
	}
	if flags&16 != 0 {
		ev.Format, ev.ProviderGUID = model.FormatETL, model.Some(wfpGUID)
		if ev.EventID.V == auditFailureID {
			ev.ProviderGUID.V = auditGUID
		}
	}
	if flags&32 != 0 {
		ev.Version = model.Opt[uint8]{}
	}
	if flags&64 != 0 {
		for i := range ev.Fields {
			ev.Fields[i].Name = ""
		}
	}
	for len(data) > 0 {
		i := int(next())
		f := model.Field{Kind: model.Kind(next() % 12), Bytes: take(int(next()))}
		f.Text, f.Uint = string(f.Bytes), uint64Of()
		if n := next(); n < 200 {
			f.Text = fuzzTexts[int(n)%len(fuzzTexts)]
		}
		f.Int, f.Float = int64(f.Uint), float64(f.Uint)
		copy(f.GUID[:], f.Bytes)
		if f.Kind == model.KindArray {
			for _, item := range ev.Fields {
				item.Items = nil // arrays do not nest
				f.Items = append(f.Items, item)
			}
		}
		switch {
		case i >= 240 && len(ev.Fields) < 64:
			f.Name = string(take(i - 240))
			ev.Fields = append(ev.Fields, f)
		case i >= 230 && len(ev.Fields) > 0:
			i %= len(ev.Fields)
			ev.Fields = slices.Delete(ev.Fields, i, i+1)
		case len(ev.Fields) > 0:
			i %= len(ev.Fields)
			f.Name = ev.Fields[i].Name
			ev.Fields[i] = f
		}
	}
	return ev
}

// FuzzMap: whatever the fields are, there is a failure, and it does not
// contradict itself.
func FuzzMap(f *testing.F) {
	seeds := 0
	for flags := range byte(128) {
		f.Add([]byte{flags})
		seeds++
	}
	for n := range fuzzTexts {
		for i := range byte(21) {
			f.Add([]byte{i & 3, i, byte(model.KindText), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(n)})
			seeds++
		}
	}
	if seeds < 500 {
		f.Fatalf("%d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ev, same := fuzzEvent(data), fuzzEvent(data)
		q, ok := Map(ev)
		if !ok {
			t.Fatal("not wanted")
		}
		if !reflect.DeepEqual(ev, same) {
			t.Error("the event was changed")
		}
		if again, _ := Map(ev); !reflect.DeepEqual(q, again) {
			t.Errorf("two results:\n%+v\n%+v", q, again)
		}
		checkFailure(t, ev, q)
	})
}

func checkFailure(t *testing.T, ev *model.Event, q *model.QMFailure) {
	t.Helper()
	if q.Data != nil || q.Fields != nil || q.LayoutBasis != model.LayoutDocumented {
		t.Errorf("event %+v", q.Event)
	}
	if q.FailureTime.OK != (q.TimeSource != "") || ev.Time.OK && !q.FailureTime.OK || q.TimeSource == model.TimeNetEvent && q.FailureTime.V == 0 {
		t.Errorf("time %v, source %q, of the event %v", q.FailureTime, q.TimeSource, ev.Time)
	}
	addrs := map[string]model.Opt[string]{"local": q.LocalAddr, "remote": q.RemoteAddr}
	for name, a := range addrs {
		if !a.OK {
			continue
		}
		addr, err := netip.ParseAddr(a.V)
		if err != nil || addr.String() != a.V {
			t.Errorf("%s address %q: %v", name, a.V, err)
		}
	}
	if q.IPVersion.OK != q.LocalAddr.OK {
		t.Errorf("IP version %v of %v", q.IPVersion, q.LocalAddr)
	}
	if q.IPVersion.OK {
		want := uint8(6)
		if netip.MustParseAddr(q.LocalAddr.V).Is4() {
			want = 4
		}
		if q.IPVersion.V != want {
			t.Errorf("IP version %v of %v", q.IPVersion, q.LocalAddr)
		}
	}
	for name, s := range map[string]model.Opt[string]{"reason": q.Reason, "AppID": q.AppID, "SID": q.FailureUserSID,
		"private": q.RemotePrivateAddr, "local endpoint": q.LocalTunnelEndpoint, "remote endpoint": q.RemoteTunnelEndpoint} {
		if s.OK && s.V == "" || !s.OK && s.V != "" {
			t.Errorf("%s is %q, %t", name, s.V, s.OK)
		}
	}
	for _, c := range []*model.ConditionValue{q.LocalCondition, q.RemoteCondition} {
		if c == nil {
			continue
		}
		if c.Type != model.DataTypeV4AddrMask && c.Type != model.DataTypeV6AddrMask || !c.Mask().OK {
			t.Errorf("condition %v with mask %v", c.Type, c.Mask())
		}
		first, last, bounded := c.Bounds()
		cidr := c.CIDR()
		if bounded != cidr.OK || bytes.Compare(first[:], last[:]) > 0 {
			t.Errorf("CIDR %v, bounds % x to % x, %t", cidr, first, last, bounded)
		}
		if cidr.OK {
			p := netip.MustParsePrefix(cidr.V)
			a := netip.MustParseAddr(c.Addr().V).WithZone("")
			if !p.Contains(a) || p.Masked() != p || p.Bits() != int(c.PrefixLength().V) || a.Is4() != (c.Type == model.DataTypeV4AddrMask) {
				t.Errorf("%v: CIDR %s of %v, prefix length %v", c.Type, cidr.V, a, c.PrefixLength())
			}
		}
	}
	if q.Reason.OK && q.ErrorCode.OK && ev.EventID.V == auditFailureID {
		if codes := model.ErrorsByText(q.Reason.V); len(codes) != 1 || codes[0] != q.ErrorCode.V {
			t.Errorf("reason %q, code %v", q.Reason.V, q.ErrorCode.V)
		}
	}
	if len(q.Diagnostics) > 64 {
		t.Errorf("%d diagnostics", len(q.Diagnostics))
	}
	for _, d := range q.Diagnostics {
		if d.Code == "" || d.Detail == "" || len(d.Detail) > 2000 {
			t.Errorf("diagnostic %.200q", d.String())
		}
	}
}

// FuzzDecodeAddr: an address comes of a known form alone.
func FuzzDecodeAddr(f *testing.F) {
	f.Add([]byte{10, 1, 2, 3})
	f.Add(pad(16, 2, 0, 1, 0xF4, 10, 1, 2, 3))
	f.Add(pad(28, 23, 0, 1, 0xF4))
	f.Add(pad(128, 2, 0, 1, 0xF4, 10, 1, 2, 3))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, problem := decodeAddr(b)
		if s.addr.IsValid() && problem != "" || !s.addr.IsValid() && (s.port.OK || s.scope != 0) || len(b) > 0 && !s.addr.IsValid() && problem == "" {
			t.Errorf("% x: %+v, %q", b, s, problem)
		}
		if s.port.OK && b[0] != familyIPv4 && b[0] != familyIPv6 {
			t.Errorf("% x: a port of no SOCKADDR", b)
		}
	})
}
