package netevent_test

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// rawAt has the offsets of an event image, by hand, -1 for what it lacks.
type rawAt struct{ typ, appID, userID, family, packageSID, enterpriseID, policyFlags, effectiveName int }

var rawImages = map[int]map[int]rawAt{
	8: {
		104: {88, 64, 80, -1, -1, -1, -1, -1},
		160: {144, 64, 80, -1, -1, -1, -1, -1},
		120: {104, 64, 80, 88, 96, -1, -1, -1},
		152: {136, 64, 80, 88, 96, 104, 112, 120},
		240: {136, 64, 80, 88, 96, 104, 112, 120},
	},
	4: {
		80:  {72, 60, 68, -1, -1, -1, -1, -1},
		136: {128, 60, 68, -1, -1, -1, -1, -1},
		88:  {80, 60, 68, 72, 76, -1, -1, -1},
		112: {104, 60, 68, 72, 76, 80, 88, 96},
	},
}

// rawEncoder writes an event again from what was decoded of it. It begins with
// bytes that are all wrong; what the event does not say is kept from the original,
// place by place.
type rawEncoder struct {
	original, out []byte
	at            int // the next part
}

func (e *rawEncoder) put(at int, b []byte)     { copy(e.out[at:], b) }
func (e *rawEncoder) put16(at int, v uint16)   { le.PutUint16(e.out[at:], v) }
func (e *rawEncoder) put32(at int, v uint32)   { le.PutUint32(e.out[at:], v) }
func (e *rawEncoder) put64(at int, v uint64)   { le.PutUint64(e.out[at:], v) }
func (e *rawEncoder) keep(at, n int)           { copy(e.out[at:at+n], e.original[at:at+n]) }
func (e *rawEncoder) keepTo(end int)           { e.keep(e.at, end-e.at); e.at = end }
func (e *rawEncoder) pad()                     { e.keepTo((e.at + 7) / 8 * 8) }
func (e *rawEncoder) null(at int, pointer int) { e.put(at, make([]byte, pointer)) }
func (e *rawEncoder) guid(at int, g model.GUID) {
	e.put(at, []byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6]})
	e.put(at+8, g[8:])
}

// encodeRaw returns the payload that ev was decoded from, if ev is right.
func encodeRaw(payload []byte, m netevent.RawMatch, ev *model.NetEvent) []byte {
	e := &rawEncoder{original: payload, out: bytes.Clone(payload)}
	for i := range e.out {
		e.out[i] = ^e.out[i]
	}
	o := rawImages[m.PointerSize][m.Base]
	e.header(o, m, ev)
	e.at = m.Base
	e.parts(o, m, &ev.Header)
	body := e.at
	e.at += m.Body
	e.pad()
	e.body(body, m, ev)
	if m.Private > 0 {
		e.keepTo(e.at + m.Private)
	}
	e.put(e.at, make([]byte, len(payload)-e.at)) // zeros
	return e.out
}

func (e *rawEncoder) header(o rawAt, m netevent.RawMatch, ev *model.NetEvent) {
	h := &ev.Header
	e.keep(0, m.Base)
	e.put64(0, uint64(h.TimeStamp.V))
	e.put32(8, h.Flags.V)
	e.put32(o.typ, uint32(ev.Type))
	if h.IPVersion.OK {
		e.put32(12, uint32(h.IPVersion.V))
	}
	if h.IPProtocol.OK {
		e.out[16] = h.IPProtocol.V
	}
	for at, a := range map[int]model.Opt[[]byte]{
		20: {V: h.LocalAddr.V.AsSlice(), OK: h.LocalAddr.OK}, 36: {V: h.RemoteAddr.V.AsSlice(), OK: h.RemoteAddr.OK},
	} {
		switch {
		case !a.OK:
		case len(a.V) == 4:
			e.put32(at, binary.BigEndian.Uint32(a.V))
		default:
			e.put(at, a.V)
		}
	}
	if h.LocalPort.OK {
		e.put16(52, h.LocalPort.V)
	}
	if h.RemotePort.OK {
		e.put16(54, h.RemotePort.V)
	}
	if h.ScopeID.OK {
		e.put32(56, h.ScopeID.V)
	}
	if h.AddressFamily.OK {
		e.put32(o.family, h.AddressFamily.V)
	}
	if h.PolicyFlags.OK {
		e.put64(o.policyFlags, h.PolicyFlags.V)
	}
}

func (e *rawEncoder) parts(o rawAt, m netevent.RawMatch, h *model.NetEventHeader) {
	blob := func(text model.Opt[string], size int) {
		if text.OK {
			e.text(text.V, int(le.Uint32(e.original[size:])))
		}
	}
	sid := func(text model.Opt[string]) {
		if text.OK {
			b := sidBytes(text.V)
			e.put(e.at, b)
			e.at += len(b)
			e.pad()
		}
	}
	blob(h.AppID, o.appID)
	sid(h.UserID)
	sid(h.PackageSID)
	if h.EnterpriseID.OK {
		n := 0
		for le.Uint16(e.original[e.at+n:]) != 0 {
			n += 2
		}
		e.text(h.EnterpriseID.V, n+2)
	}
	blob(h.EffectiveName, o.effectiveName)
}

// text writes UTF-16 of n bytes with its padding. NULs at the end, half a unit and
// lone surrogates are not in what was decoded.
func (e *rawEncoder) text(text string, n int) {
	was := e.original[e.at : e.at+n]
	var units []uint16
	for i := 0; i+1 < n; i += 2 {
		units = append(units, le.Uint16(was[i:]))
	}
	for len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = le.AppendUint16(b, u)
	}
	if strings.ContainsRune(text, '\uFFFD') && string(utf16.Decode(units)) == text {
		b = was[:2*len(units)]
	}
	e.put(e.at, b)
	if n%2 != 0 {
		e.keep(e.at+n-1, 1)
	}
	if rest := e.at + n/2*2; e.at+len(b) <= rest {
		e.put(e.at+len(b), make([]byte, rest-e.at-len(b)))
	}
	e.at += n
	e.pad()
}

// sidBytes returns the bytes of a SID.
func sidBytes(text string) []byte {
	parts := strings.Split(text, "-")
	authority, _ := strconv.ParseUint(parts[2], 0, 48)
	b := binary.BigEndian.AppendUint64(nil, authority)
	b[0], b[1] = 1, byte(len(parts)-3)
	for _, p := range parts[3:] {
		v, _ := strconv.ParseUint(p, 10, 32)
		b = le.AppendUint32(b, uint32(v))
	}
	return b
}

func (e *rawEncoder) body(at int, m netevent.RawMatch, ev *model.NetEvent) {
	p := m.PointerSize
	wide := p == 8
	switch ev.Type {
	case model.NetEventIKEExtQMFailure:
		e.qm(at, m, ev.QM)
	case model.NetEventIKEExtMMFailure:
		f := ev.MM
		for i, v := range []uint32{uint32(f.ErrorCode.V), uint32(f.FailurePoint.V), f.Flags.V, uint32(f.KeyingModule.V), uint32(f.MMState.V), uint32(f.SARole.V), f.AuthMethod.V} {
			e.put32(at+4*i, v)
		}
		e.put(at+28, f.EndCertHash)
		e.put64(at+48, f.MMID.V)
		e.put64(at+56, f.MMFilterID.V)
		if m.Body == 64 {
			return
		}
		e.principals(at+64, p, f.LocalGroupSIDs, f.RemoteGroupSIDs)
		switch {
		case wide:
			e.put(at+112, make([]byte, m.Body-112))
		case m.Body == 96:
			e.put(at+88, make([]byte, 4))
			e.keep(at+92, 4)
		}
	case model.NetEventIKEExtEMFailure:
		f := ev.EM
		for i, v := range []uint32{uint32(f.ErrorCode.V), uint32(f.FailurePoint.V), f.Flags.V, uint32(f.EMState.V), uint32(f.SARole.V), f.AuthMethod.V} {
			e.put32(at+4*i, v)
		}
		e.put(at+24, f.EndCertHash)
		e.keep(at+44, 4)
		e.put64(at+48, f.MMID.V)
		e.put64(at+56, f.QMFilterID.V)
		if m.Body == 64 {
			return
		}
		e.principals(at+64, p, f.LocalGroupSIDs, f.RemoteGroupSIDs)
		traffic := at + 88
		if wide {
			traffic = at + 112
		}
		e.put32(traffic, uint32(f.SATrafficType.V))
		e.keep(traffic+4, 4)
	default:
		e.keep(at, m.Body)
		switch {
		case ev.Type == model.NetEventClassifyDrop && m.Body == 56:
			e.null(at+40, p)
		case ev.Type == model.NetEventClassifyDrop && m.Body == 48:
			e.null(at+36, p)
		case ev.Type == model.NetEventClassifyDropMAC && wide:
			e.null(at+88, p)
		case ev.Type == model.NetEventClassifyDropMAC:
			e.null(at+84, p)
		}
	}
}

// principals writes the NULL pointers and the counts of both sides. A count that
// is not 0 has no groups and so is not known.
func (e *rawEncoder) principals(at, pointer int, local, remote []string) {
	e.null(at, pointer)
	e.null(at+pointer, pointer)
	at += 2 * pointer
	for _, groups := range [][]string{local, remote} {
		e.keep(at, pointer) // with its padding
		if groups != nil {
			e.put32(at, 0)
		}
		e.null(at+pointer, pointer)
		at += 2 * pointer
	}
}

func (e *rawEncoder) qm(at int, m netevent.RawMatch, f *model.IKEQMFailure) {
	for i, v := range []uint32{uint32(f.ErrorCode.V), uint32(f.FailurePoint.V), uint32(f.KeyingModule.V), uint32(f.QMState.V), uint32(f.SARole.V), uint32(f.SATrafficType.V)} {
		e.put32(at+4*i, v)
	}
	value := 2 * m.PointerSize
	e.keep(at+24, 2*value)
	ids := at + 24 + 2*value
	e.put64(ids, f.QMFilterID.V)
	if f.Version == 1 {
		e.put64(ids+8, uint64(f.MMSaLUID.V))
		e.guid(ids+16, f.MMProviderContextKey.V)
	}
	for i, v := range []*model.ConditionValue{f.LocalSubNet, f.RemoteSubNet} {
		if v == nil {
			continue
		}
		e.put32(at+24+i*value, uint32(v.Type))
		switch a := v.Value.(type) {
		case model.V4AddrMask:
			e.put32(e.at, a.Addr)
			e.put32(e.at+4, a.Mask)
			e.at += 8
		case model.V6AddrMask:
			e.put(e.at, a.Addr[:])
			e.out[e.at+16] = a.PrefixLength
			e.keep(e.at+17, 7)
			e.at += 24
		}
	}
}
