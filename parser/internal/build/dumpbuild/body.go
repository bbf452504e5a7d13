package dumpbuild

import (
	"bytes"

	"github.com/qmparse/qmparse/model"
)

// body makes what the event points to, nil for NULL, with the pointer's name.
func (m *maker) body() (string, *object) {
	ev := m.ev
	switch {
	case ev.QM != nil:
		return "ikeQmFailure", m.qm(ev.QM)
	case ev.MM != nil:
		return "ikeMmFailure", m.mm(ev.MM)
	case ev.EM != nil:
		return "ikeEmFailure", m.em(ev.EM)
	}
	switch ev.Type {
	case model.NetEventIKEExtMMFailure:
		return "ikeMmFailure", nil
	case model.NetEventIKEExtQMFailure:
		return "ikeQmFailure", nil
	case model.NetEventIKEExtEMFailure:
		return "ikeEmFailure", nil
	}
	// The bodies that nothing reads: as many bytes as the longest of them has.
	o := newObject(m.pointerSize)
	o.u64(65535) // filterId of most
	o.bytes(make([]byte, 96))
	return "body", o
}

// qm makes FWPM_NET_EVENT_IKEEXT_QM_FAILURE0, from version 4 on 1.
func (m *maker) qm(f *model.IKEQMFailure) *object {
	o := newObject(m.pointerSize)
	o.u32(uint32(f.ErrorCode.V))
	o.u32(uint32(f.FailurePoint.V))
	o.u32(uint32(f.KeyingModule.V))
	o.u32(uint32(f.QMState.V))
	o.u32(uint32(f.SARole.V))
	o.u32(uint32(f.SATrafficType.V))
	o.object(m.condition("localSubNet", f.LocalSubNet))
	o.object(m.condition("remoteSubNet", f.RemoteSubNet))
	o.u64(f.QMFilterID.V)
	if m.version >= 4 {
		o.u64(uint64(f.MMSaLUID.V))
		o.guid(f.MMProviderContextKey.V)
	}
	return o
}

// mm makes FWPM_NET_EVENT_IKEEXT_MM_FAILURE0, from version 1 on 1, from 4 on 2.
func (m *maker) mm(f *model.IKEMMFailure) *object {
	o := newObject(m.pointerSize)
	o.u32(uint32(f.ErrorCode.V))
	o.u32(uint32(f.FailurePoint.V))
	o.u32(f.Flags.V)
	o.u32(uint32(f.KeyingModule.V))
	o.u32(uint32(f.MMState.V))
	o.u32(uint32(f.SARole.V))
	o.u32(f.AuthMethod.V)
	o.bytes(append(f.EndCertHash, make([]byte, 20-len(f.EndCertHash))...))
	o.u64(f.MMID.V)
	o.u64(f.MMFilterID.V)
	if m.version >= 1 {
		m.principals(o, f.LocalPrincipal, f.RemotePrincipal, f.LocalGroupSIDs, f.RemoteGroupSIDs)
	}
	if m.version >= 4 {
		var key *object
		if f.ProviderContextKey.OK {
			key = newObject(m.pointerSize)
			key.guid(f.ProviderContextKey.V)
		}
		m.pointer(o, "providerContextKey", key)
	}
	return o
}

// em makes FWPM_NET_EVENT_IKEEXT_EM_FAILURE0, from version 1 on 1.
func (m *maker) em(f *model.IKEEMFailure) *object {
	o := newObject(m.pointerSize)
	o.u32(uint32(f.ErrorCode.V))
	o.u32(uint32(f.FailurePoint.V))
	o.u32(f.Flags.V)
	o.u32(uint32(f.EMState.V))
	o.u32(uint32(f.SARole.V))
	o.u32(f.AuthMethod.V)
	o.bytes(append(f.EndCertHash, make([]byte, 20-len(f.EndCertHash))...))
	o.u64(f.MMID.V)
	o.u64(f.QMFilterID.V)
	if m.version >= 1 {
		m.principals(o, f.LocalPrincipal, f.RemotePrincipal, f.LocalGroupSIDs, f.RemoteGroupSIDs)
		o.u32(uint32(f.SATrafficType.V))
	}
	return o
}

func (m *maker) principals(o *object, local, remote model.Opt[string], localGroups, remoteGroups []string) {
	m.string(o, "localPrincipalNameForAuth", local)
	m.string(o, "remotePrincipalNameForAuth", remote)
	m.groups(o, "localPrincipalGroupSids", localGroups)
	m.groups(o, "remotePrincipalGroupSids", remoteGroups)
}

func (m *maker) groups(o *object, name string, texts []string) {
	o.u32(uint32(len(texts)))
	var array *object
	if len(texts) > 0 {
		array = newObject(m.pointerSize)
		for _, t := range texts {
			m.string(array, "", model.Some(t))
		}
	}
	m.pointer(o, name, array)
}

// condition makes FWP_CONDITION_VALUE0, or FWP_VALUE0. Of a union that the
// failure does not have it is zeros, or garbage.
func (m *maker) condition(name string, v *model.ConditionValue) *object {
	o := newObject(m.pointerSize)
	if v == nil {
		v = &model.ConditionValue{Value: model.Unknown{Raw: make([]byte, 8)}}
		if m.ev.Garbage {
			v.Type = model.DataType(uint32(garbage))
			v.Value = model.Unknown{Raw: bytes.Repeat([]byte{0xCD}, 8)}
		}
	}
	o.u32(uint32(v.Type))
	union := func(b []byte) {
		u := o.room(m.pointerSize, m.pointerSize)
		copy(u, b)
	}
	inner := newObject(m.pointerSize)
	switch a := v.Value.(type) {
	case model.Uint8:
		union([]byte{byte(a)})
		return o
	case model.Uint32:
		inner.u32(uint32(a))
		union(inner.b)
		return o
	case model.Unknown:
		union(a.Raw)
		return o
	case model.Empty:
		union(nil)
		return o
	case model.Uint64:
		inner.u64(uint64(a))
	case model.ByteArray16:
		inner.bytes(a[:])
	case model.ByteBlob:
		inner.blob(a)
	case model.V4AddrMask:
		inner.u32(a.Addr)
		inner.u32(a.Mask)
	case model.V6AddrMask:
		inner.bytes(a.Addr[:])
		inner.u8(a.PrefixLength)
	case model.Range:
		inner.object(m.condition(name+".valueLow", &a.Low))
		inner.object(m.condition(name+".valueHigh", &a.High))
	default:
		inner = nil // NULL, unless it is to be wild
	}
	m.pointer(o, name, inner)
	return o
}
