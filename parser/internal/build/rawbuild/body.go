package rawbuild

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
)

// body makes the body.
func (e *Event) body() []byte {
	m := e.image()
	switch {
	case e.Body != nil:
		return e.Body
	case e.QM != nil:
		e.qm(m, e.QM)
	case e.MM != nil:
		e.mm(m, e.MM)
	case e.EM != nil:
		e.em(m, e.EM)
	default:
		e.other(m)
	}
	m.pad(m.align)
	return m.b
}

// shorter reports whether a body of that size was asked for, by its size with
// 8-byte and with 4-byte pointers.
func (e *Event) shorter(size64, size32 int) bool {
	if e.pointerSize() == 4 {
		return e.BodySize == size32
	}
	return e.BodySize == size64
}

// qm adds FWPM_NET_EVENT_IKEEXT_QM_FAILURE1, or 0.
func (e *Event) qm(m *image, f *model.IKEQMFailure) {
	m.u32(uint32(f.ErrorCode.V))
	m.u32(uint32(f.FailurePoint.V))
	m.u32(uint32(f.KeyingModule.V))
	m.u32(uint32(f.QMState.V))
	m.u32(uint32(f.SARole.V))
	m.u32(uint32(f.SATrafficType.V))
	m.condition(f.LocalSubNet)
	m.condition(f.RemoteSubNet)
	m.u64(f.QMFilterID.V)
	if e.shorter(64, 48) {
		return
	}
	m.u64(uint64(f.MMSaLUID.V))
	m.guid(f.MMProviderContextKey.V)
}

// condition adds FWP_CONDITION_VALUE0, undefined without value.
func (m *image) condition(v *model.ConditionValue) {
	size := m.ev.pointerSize()
	m.pad(size)
	if v == nil {
		m.undefined(2*size, size)
		return
	}
	m.u32(uint32(v.Type))
	m.pointer(true)
}

// tail makes the subnets of a Quick Mode failure, one behind the other.
func (e *Event) tail() (b []byte) {
	if e.QM == nil {
		return nil
	}
	for _, v := range []*model.ConditionValue{e.QM.LocalSubNet, e.QM.RemoteSubNet} {
		if v == nil {
			continue
		}
		switch a := v.Value.(type) {
		case model.V4AddrMask:
			b = binary.LittleEndian.AppendUint32(b, a.Addr)
			b = binary.LittleEndian.AppendUint32(b, a.Mask)
		case model.V6AddrMask:
			b = append(append(b, a.Addr[:]...), a.PrefixLength)
			b = padded(b, 8, e.fill())
		}
	}
	return b
}

// mm adds FWPM_NET_EVENT_IKEEXT_MM_FAILURE2, 1 or 0.
func (e *Event) mm(m *image, f *model.IKEMMFailure) {
	m.u32(uint32(f.ErrorCode.V))
	m.u32(uint32(f.FailurePoint.V))
	m.u32(f.Flags.V)
	m.u32(uint32(f.KeyingModule.V))
	m.u32(uint32(f.MMState.V))
	m.u32(uint32(f.SARole.V))
	m.u32(f.AuthMethod.V)
	m.bytes(f.EndCertHash, 20)
	m.u64(f.MMID.V)
	m.u64(f.MMFilterID.V)
	if e.shorter(64, 64) {
		return
	}
	m.principals(f.LocalPrincipal, f.RemotePrincipal, f.LocalGroupSIDs, f.RemoteGroupSIDs)
	if e.shorter(112, 88) {
		return
	}
	m.pointer(f.ProviderContextKey.OK)
}

// em adds FWPM_NET_EVENT_IKEEXT_EM_FAILURE1, or 0.
func (e *Event) em(m *image, f *model.IKEEMFailure) {
	m.u32(uint32(f.ErrorCode.V))
	m.u32(uint32(f.FailurePoint.V))
	m.u32(f.Flags.V)
	m.u32(uint32(f.EMState.V))
	m.u32(uint32(f.SARole.V))
	m.u32(f.AuthMethod.V)
	m.bytes(f.EndCertHash, 20)
	m.u64(f.MMID.V)
	m.u64(f.QMFilterID.V)
	if e.shorter(64, 64) {
		return
	}
	m.principals(f.LocalPrincipal, f.RemotePrincipal, f.LocalGroupSIDs, f.RemoteGroupSIDs)
	m.u32(uint32(f.SATrafficType.V))
}

func (m *image) principals(local, remote model.Opt[string], localGroups, remoteGroups []string) {
	m.pointer(local.OK)
	m.pointer(remote.OK)
	m.u32(uint32(len(localGroups)))
	m.pointer(len(localGroups) > 0)
	m.u32(uint32(len(remoteGroups)))
	m.pointer(len(remoteGroups) > 0)
}

// other adds the body of a type that the model has no structure for: its members
// count up, and pointers are NULL. Private types have none.
func (e *Event) other(m *image) {
	u32s := func(n int) {
		for i := range n {
			m.u32(uint32(0x101 + i))
		}
	}
	blob := func() {
		m.pad(e.pointerSize())
		m.u32(0)
		m.pointer(false)
	}
	switch e.Type {
	case model.NetEventClassifyDrop: // FWPM_NET_EVENT_CLASSIFY_DROP2, 1 or 0
		m.u64(65_537) // filterId
		m.u16(44)     // layerId
		if e.shorter(16, 16) {
			return
		}
		u32s(4) // reauthReason, originalProfile, currentProfile, msFwpDirection
		m.u32(1)
		if e.shorter(32, 32) {
			return
		}
		blob() // vSwitchId
		u32s(2)
	case model.NetEventIPsecKernelDrop: // FWPM_NET_EVENT_IPSEC_KERNEL_DROP0
		m.u32(0xC0360001) // failureStatus
		m.u32(1)          // direction
		m.u32(0x12345678) // spi
		m.u64(65_538)
		m.u16(45)
	case model.NetEventIPsecDoSPDrop: // FWPM_NET_EVENT_IPSEC_DOSP_DROP0
		m.u32(1) // ipVersion
		for i := range 2 {
			a := [16]byte{0x20, 1, 0x0d, 0xb8, 15: byte(i + 1)}
			m.bytes(a[:], 16)
		}
		m.u32(0xC0360002)
		m.u32(1)
	case model.NetEventClassifyAllow: // FWPM_NET_EVENT_CLASSIFY_ALLOW0
		m.u64(65_539)
		m.u16(46)
		u32s(4)
		m.u32(0)
	case model.NetEventCapabilityDrop, model.NetEventCapabilityAllow: // FWPM_NET_EVENT_CAPABILITY_DROP0, ALLOW0
		m.u32(2) // networkCapabilityId
		m.u64(65_540)
		m.u32(1)
	case model.NetEventClassifyDropMAC: // FWPM_NET_EVENT_CLASSIFY_DROP_MAC0
		m.bytes([]byte{2, 0, 0x5E, 0, 0x53, 1}, 6)
		m.bytes([]byte{2, 0, 0x5E, 0, 0x53, 2}, 6)
		u32s(2)
		m.u16(0x800)
		m.u32(77)
		m.u32(0)
		m.u16(0x777)
		m.u64(0x6000000000000)
		m.u64(65_541)
		m.u16(47)
		u32s(4)
		m.u32(0)
		blob()
		u32s(2)
	case model.NetEventLPMPacketArrival: // FWPM_NET_EVENT_LPM_PACKET_ARRIVAL0
		m.u32(0x87654321) // spi
	}
}
