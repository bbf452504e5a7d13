package netevent

import (
	"strconv"

	"github.com/qmparse/qmparse/model"
)

// qm writes the units of a Quick Mode failure that have enumerators.
func (s *shaper) qm(body int, q *qmOffsets) int {
	m := image(s.payload[body:])
	tunnel := model.TrafficType(m.u32(q.trafficType)) == model.TrafficTypeTunnel
	half := func(at int) string {
		v := m.u32(at)
		name := ""
		switch at {
		case q.failurePoint:
			name = "point="
		case q.keyingModule:
			name = "module="
		case q.state:
			name = "state="
		case q.role:
			name = "role="
		case q.trafficType:
			name = "traffic="
		case q.local, q.remote:
			if tunnel {
				return "type=0x" + strconv.FormatUint(uint64(v), 16)
			}
		}
		if name == "" {
			return s.class(body + at)
		}
		return name + strconv.Itoa(int(v))
	}
	at := 0
	for ; at < q.filterID; at += 8 {
		low, high := half(at), half(at+4)
		if len(low) == 1 && len(high) == 1 {
			s.unit(body+at, s.whole(body+at))
			continue
		}
		s.pair(body+at, low, high)
	}
	return body + at
}

// looksLikeQM says whether a Quick Mode failure could begin there: an error and
// enumerators in their range, of a tunnel two masks. A prefix length and its
// padding must not pass for an error.
func (s *shaper) looksLikeQM(at int, q *qmOffsets) bool {
	if q.filterID+8 > len(s.payload)-at {
		return false
	}
	m := image(s.payload[at:])
	code := m.u32(q.errorCode)
	if (code <= 0xFF || code > 0xFFFF) && code>>16 != 0x8007 {
		return false
	}
	if m.u32(q.failurePoint) > rawFailurePoints || m.u32(q.keyingModule) > rawKeyingModules || m.u32(q.state) > rawQMStates ||
		m.u32(q.role) > rawRoles || m.u32(q.trafficType) > rawTrafficTypes {
		return false
	}
	if model.TrafficType(m.u32(q.trafficType)) != model.TrafficTypeTunnel {
		return true
	}
	local, remote := model.DataType(m.u32(q.local)), model.DataType(m.u32(q.remote))
	return local == remote && (local == model.DataTypeV4AddrMask || local == model.DataTypeV6AddrMask)
}
