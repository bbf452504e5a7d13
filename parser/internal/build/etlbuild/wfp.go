package etlbuild

import (
	"encoding/binary"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// WFP is the provider Microsoft-Windows-WFP.
var WFP = guid("{0C478C5B-0351-41B1-8C58-4A6737DA32E3}")

// NetEvent is Microsoft-Windows-WFP event 1007, a quick mode failure. Lengths are
// those of the addresses. Version 1 added the last two fields.
type NetEvent struct {
	Timestamp                   model.FILETIME
	LocalAddress, RemoteAddress []byte
	ScopeId                     uint32
	AppId                       string
	UserSID                     string
	FailureErrorCode            uint32
	FailurePoint, KeyingModule  uint32
	QMState, SaRole             uint32
	SaTrafficType               uint32
	QMFilterId, MMSaLuid        uint64
	MMProviderContextKey        model.GUID
}

// Payload is the event's data.
func (n *NetEvent) Payload(version uint8) Payload {
	p := Payload(nil).Time(n.Timestamp).Counted32(n.LocalAddress).Counted32(n.RemoteAddress).U32(n.ScopeId)
	p = p.Text(n.AppId).SID(n.UserSID)
	for _, v := range []uint32{n.FailureErrorCode, n.FailurePoint, n.KeyingModule, n.QMState, n.SaRole, n.SaTrafficType} {
		p = p.U32(v)
	}
	p = p.U64(n.QMFilterId)
	if version >= 1 {
		p = p.U64(n.MMSaLuid).GUID(n.MMProviderContextKey)
	}
	return p
}

// packed is the data of an event of a log in the form that ETW has, false if it
// has none: NULL, or a length that does not agree with the bytes behind it.
func packed(data []evtxbuild.Data) (Payload, bool) {
	var p Payload
	length := -1 // of the next value, if the one before gave it
	for _, d := range data {
		v := d.Value
		switch v.Type {
		case evtxbuild.TypeBinary:
			if length != len(v.Data) {
				return nil, false
			}
			p = p.Raw(v.Data)
		case evtxbuild.TypeString:
			p = p.Raw(v.Data)
			if n := len(v.Data); n < 2 || v.Data[n-2] != 0 || v.Data[n-1] != 0 {
				p = p.U16(0)
			}
		case evtxbuild.TypeUInt32, evtxbuild.TypeUInt64, evtxbuild.TypeFileTime, evtxbuild.TypeSID, evtxbuild.TypeGUID:
			p = p.Raw(v.Data)
		default:
			return nil, false
		}
		length = -1
		if v.Type == evtxbuild.TypeUInt32 && len(v.Data) == 4 {
			length = int(int32(binary.LittleEndian.Uint32(v.Data)))
		}
	}
	return p, true
}
