package rawbuild

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/dumpbuild"
)

// Random returns an event that the rules accept, made of r: any image, any type
// and body, half of them Quick Mode failures, any header and any content.
func Random(r *rand.Rand) Event {
	pointerSize := 8
	if r.IntN(4) == 0 {
		pointerSize = 4
	}
	base := bases[pointerSize][r.IntN(len(bases[pointerSize]))]
	typ := model.NetEventIKEExtQMFailure
	if r.IntN(2) == 0 {
		typ = model.NetEventType(r.IntN(11))
	}
	e := ofType(typ)
	sizes := sizesOf(typ, pointerSize)
	e.PointerSize, e.Base, e.BodySize = pointerSize, base, sizes[r.IntN(len(sizes))]
	e.Header = randomHeader(r, hasFlags(base))
	if e.QM == nil {
		e.Header.Flags.V |= 0x100
	}
	e.Garbage, e.NullPointers = r.IntN(2) == 0, r.IntN(4) == 0
	if r.IntN(4) == 0 {
		e.AppID = make([]byte, r.IntN(20))
		fill(r, e.AppID)
	}
	if r.IntN(8) == 0 {
		e.LeftOver = make([]byte, r.IntN(8))
	}
	switch {
	case e.QM != nil:
		e.QM = randomQM(r)
		if base == 240 && r.IntN(4) == 0 {
			e.InternalFlags, e.TerminatingFilters = r.Uint32N(16), uint16(r.UintN(3))
			if e.InternalFlags != 0 || e.TerminatingFilters != 0 {
				e.Private = make([]byte, r.IntN(40))
				fill(r, e.Private)
			}
		}
	case e.MM != nil:
		e.MM.ErrorCode.V, e.MM.FailurePoint.V = errorCode(r), model.FailurePoint(r.IntN(3))
		fill(r, e.MM.EndCertHash)
		e.MM.MMID.V, e.MM.MMFilterID.V = r.Uint64(), r.Uint64()
	case e.EM != nil:
		e.EM.ErrorCode.V, e.EM.FailurePoint.V = errorCode(r), model.FailurePoint(r.IntN(3))
		fill(r, e.EM.EndCertHash)
		e.EM.MMID.V, e.EM.QMFilterID.V = r.Uint64(), r.Uint64()
	}
	return e
}

func randomHeader(r *rand.Rand, has uint32) model.NetEventHeader {
	h := model.NetEventHeader{
		TimeStamp: model.Some(at + model.FILETIME(r.Uint64N(1<<50))),
		IPVersion: model.Some(model.IPVersion(r.IntN(3))), IPProtocol: model.Some(uint8(r.UintN(256))),
		LocalPort: model.Some(uint16(r.UintN(1 << 16))), RemotePort: model.Some(uint16(r.UintN(1 << 16))),
		ScopeID: model.Some(r.Uint32()), AppID: model.Some(randomText(r)), UserID: model.Some(randomSID(r)),
		AddressFamily: model.Some(r.Uint32N(4)), PackageSID: model.Some(randomSID(r)), EnterpriseID: model.Some(randomText(r)),
		PolicyFlags: model.Some(r.Uint64()), EffectiveName: model.Some(randomText(r)),
	}
	flags := r.Uint32N(1<<14) & has
	if r.IntN(4) == 0 {
		flags, h.TimeStamp.V, h.IPVersion.V = flags|0x106, 0, model.IPVersion(r.IntN(2))
	}
	h.Flags = model.Some(flags)
	var local, remote [16]byte
	fill(r, local[:])
	fill(r, remote[:])
	h.LocalAddr, h.RemoteAddr = model.Some(netip.AddrFrom16(local)), model.Some(netip.AddrFrom16(remote))
	if h.IPVersion.V == model.IPVersionV4 {
		h.LocalAddr.V, h.RemoteAddr.V = netip.AddrFrom4([4]byte(local[:])), netip.AddrFrom4([4]byte(remote[:]))
	}
	return h
}

func randomQM(r *rand.Rand) *model.IKEQMFailure {
	f := &model.IKEQMFailure{
		ErrorCode: model.Some(errorCode(r)), FailurePoint: model.Some(model.FailurePoint(r.IntN(3))),
		KeyingModule: model.Some(model.KeyModuleType(r.IntN(3))), QMState: model.Some(model.QMSAState(r.IntN(4))),
		SARole: model.Some(model.SARole(r.IntN(2))), SATrafficType: model.Some(model.TrafficTypeTunnel),
		QMFilterID: model.Some(r.Uint64()), MMSaLUID: model.Some(model.LUID(r.Uint64())),
	}
	key := make([]byte, 16)
	fill(r, key)
	f.MMProviderContextKey = model.Some(model.GUID(key))
	switch r.IntN(3) {
	case 0:
		f.LocalSubNet = dumpbuild.V4(r.Uint32(), ^uint32(0)<<r.UintN(33))
		f.RemoteSubNet = dumpbuild.V4(r.Uint32(), r.Uint32())
	case 1:
		for _, v := range []**model.ConditionValue{&f.LocalSubNet, &f.RemoteSubNet} {
			a := model.V6AddrMask{PrefixLength: uint8(r.UintN(140))}
			fill(r, a.Addr[:])
			*v = &model.ConditionValue{Type: model.DataTypeV6AddrMask, Value: a}
		}
	default:
		f.SATrafficType.V = model.TrafficTypeTransport
	}
	return f
}

// randomText is at most 40 characters: letters, digits and some of other scripts
// and planes.
func randomText(r *rand.Rand) string {
	const letters = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\._-äöüжλ名😀`
	of := []rune(letters)
	s := make([]rune, r.IntN(41))
	for i := range s {
		s[i] = of[r.IntN(len(of))]
	}
	return string(s)
}

func randomSID(r *rand.Rand) string {
	s := fmt.Sprintf("S-1-%d", r.IntN(20))
	for range r.IntN(16) {
		s += fmt.Sprintf("-%d", r.Uint32()>>r.UintN(32))
	}
	return s
}

func fill(r *rand.Rand, b []byte) {
	var eight [8]byte
	for i := range b {
		if i%8 == 0 {
			binary.LittleEndian.PutUint64(eight[:], r.Uint64())
		}
		b[i] = eight[i%8]
	}
}

// errorCode is a Win32 code above what internal flags can be, or an HRESULT.
func errorCode(r *rand.Rand) model.Win32Error {
	if r.IntN(3) == 0 {
		return model.Win32Error(1<<31 | r.Uint32())
	}
	return model.Win32Error(100 + r.Uint32N(0xFF00))
}
