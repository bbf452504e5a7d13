package netevent

import (
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// rawFit says where in a payload its parts stand.
type rawFit struct {
	parts     [len(rawParts)]int // 0 of a part that is not there
	body      int
	tail      int  // the subnets; 0 if there are none
	announced bool // private tails
	private   int  // their bytes, as far as they are there
}

// open reads the image and steps over the parts behind it. The cursor that it
// returns stands at the body.
func (b *rawBase) open(payload []byte, fit *rawFit) (cursor.Cursor, RawVerdict) {
	c := cursor.New(payload, 0)
	if c.Len() < b.size {
		return c, RawNoHeader
	}
	head := image(c.Bytes(b.size, "event"))
	h := &b.layout.header
	flags := head.u32(h.flags)
	typ := head.u32(b.layout.typ)
	switch {
	case flags&^b.flags != 0 || head.u32(h.ipVersion) > uint32(model.IPVersionNone) || typ > lastPrivateType:
		return c, RawNoHeader
	case typ >= uint32(len(bodies)):
		return c, RawTypePrivate
	}
	for i := range rawParts {
		if flags&rawParts[i].flag == 0 {
			continue
		}
		rest := c
		n, ok := rawParts[i].size(head, b.fields[i], rest.Bytes(c.Len(), "part"))
		if !ok {
			return c, RawPartMalformed
		}
		fit.parts[i] = c.Pos()
		c.Skip(n, "part")
	}
	fit.body = c.Pos()
	if b.private {
		fit.announced = head.u32(rawInternalFlags)&rawAnnouncedTails != 0 || head.u16(rawFilterCount) != 0
	}
	return c, RawAccepted
}

// lastPrivateType is the highest type of a net event, known by its number alone.
const lastPrivateType = 20

// size returns how many bytes the part takes that rest begins with, padding
// included; false if it is not one. Field is where the header tells of it.
func (p rawPart) size(head image, field int, rest []byte) (int, bool) {
	n := 0
	switch p.form {
	case rawBlob:
		size := head.u32(field)
		if uint64(size) > uint64(len(rest)) {
			return 0, false
		}
		n = int(size)
	case rawSID:
		size, ok := model.SIDSize(rest)
		if !ok {
			return 0, false
		}
		n = size
	case rawText:
		at := nulAt(rest)
		if at < 0 {
			return 0, false
		}
		n = at + 2
	}
	n = padded(n)
	return n, n <= len(rest)
}

// fit checks the rules from the body on, where c stands, and says in fit what is
// there.
func (b *rawBase) fit(payload []byte, c cursor.Cursor, body *rawBody, fit *rawFit) RawVerdict {
	head := image(payload[:b.size])
	typ := model.NetEventType(head.u32(b.layout.typ))
	fit.tail, fit.private = 0, 0
	if c.Len() < padded(body.size) {
		return RawBodyMissing
	}
	m := image(c.Bytes(body.size, "body"))
	c.Skip(padded(body.size)-body.size, "padding")
	if !body.inRange(typ, m) {
		return RawValueOutOfRange
	}

	isQM := typ == model.NetEventIKEExtQMFailure
	if isQM && body.tunnel(m) {
		n := body.subnets(m)
		if n == 0 {
			return RawValueOutOfRange
		}
		if c.Len() < n {
			return RawTailMissing
		}
		fit.tail = c.Pos()
		c.Skip(n, "subnets")
	}
	for _, at := range body.pointers {
		if m.pointer(body.layout, at) != 0 {
			return RawTailUnknown
		}
	}

	switch {
	case fit.announced && isQM:
		fit.private = c.Len()
	case fit.announced:
		return RawPrivateUnknown
	case c.Len() >= 8 || !cursor.IsZero(c.Bytes(c.Len(), "left over")):
		return RawLeftOver
	}
	if fit.tail == 0 {
		return b.says(len(payload), head, body, m, fit)
	}
	return RawAccepted
}

// What the fields of a match can be at most; all count from 0.
const (
	rawFailurePoints = uint32(model.FailurePointPeer)
	rawKeyingModules = uint32(model.KeyModuleIKEv2)
	rawQMStates      = uint32(model.QMStateComplete)
	rawRoles         = uint32(model.SARoleResponder)
	rawTrafficTypes  = uint32(model.TrafficTypeTunnel)
)

// inRange checks the enumerators of a body, and its error code: a Win32 code has
// 16 bits, and an HRESULT the highest of 32.
func (b *rawBody) inRange(typ model.NetEventType, m image) bool {
	if b.errorCode != none {
		if code := m.u32(b.errorCode); code > 0xFFFF && code < 1<<31 {
			return false
		}
	}
	switch typ {
	case model.NetEventIKEExtQMFailure:
		o := &b.layout.qm
		return m.u32(o.failurePoint) <= rawFailurePoints && m.u32(o.keyingModule) <= rawKeyingModules &&
			m.u32(o.state) <= rawQMStates && m.u32(o.role) <= rawRoles && m.u32(o.trafficType) <= rawTrafficTypes
	case model.NetEventIKEExtMMFailure:
		o := &b.layout.mm
		return m.u32(o.failurePoint) <= rawFailurePoints && m.u32(o.keyingModule) <= rawKeyingModules && m.u32(o.role) <= rawRoles
	case model.NetEventIKEExtEMFailure:
		o := &b.layout.em
		return m.u32(o.failurePoint) <= rawFailurePoints && m.u32(o.role) <= rawRoles
	}
	return b.ipVersion == none || m.u32(b.ipVersion) <= uint32(model.IPVersionNone)
}

// tunnel reports whether a Quick Mode failure has subnets.
func (b *rawBody) tunnel(m image) bool {
	return model.TrafficType(m.u32(b.layout.qm.trafficType)) == model.TrafficTypeTunnel
}

// subnets returns how long the subnets of a tunnel are, the local and the remote
// one, each padded; 0 if they are not two masks of one family. The type of the
// local one decides for both, and so the other may not contradict it.
func (b *rawBody) subnets(m image) int {
	local, remote := model.DataType(m.u32(b.layout.qm.local)), model.DataType(m.u32(b.layout.qm.remote))
	switch {
	case local != remote:
		return 0
	case local == model.DataTypeV4AddrMask:
		return 2 * b.v4
	case local == model.DataTypeV6AddrMask:
		return 2 * b.v6
	}
	return 0
}

// says refuses an event without subnets that is no more than zeros or a counter
// would be, as [RawDecoder.Match] explains. Payload is its length, m its body.
func (b *rawBase) says(payload int, head image, body *rawBody, m image, fit *rawFit) RawVerdict {
	h := &b.layout.header
	flags := head.u32(h.flags)
	isQM := model.NetEventType(head.u32(b.layout.typ)) == model.NetEventIKEExtQMFailure
	switch at := timeStamp(head, b.layout); {
	case at != 0 && !at.Plausible():
		return RawValueOutOfRange
	case at == 0 && !hasAddress(flags, head.u32(h.ipVersion)), !isQM && flags&FlagIPVersion == 0:
		return RawSaysNothing
	}
	if cursor.IsZero(m) {
		return RawSaysNothing
	}
	if body.errorCode == none {
		return RawAccepted
	}
	code := m.u32(body.errorCode)
	// An image of 240 bytes without its body is as long as one of 152 with a body
	// of 88. What would then be the error code is internalFlags.
	if over := payload - rawPrivateBase; b.size == rawPublicBase && fit.body == b.size && over >= 0 && over < 8 && code <= rawAnnouncedTails {
		return RawBodyMissing
	}
	if code == 0 {
		return RawSaysNothing
	}
	return RawAccepted
}

// hasAddress reports whether a header has an address that can be read.
func hasAddress(flags, ipVersion uint32) bool {
	return flags&FlagIPVersion != 0 && ipVersion < uint32(model.IPVersionNone) && flags&(FlagLocalAddr|FlagRemoteAddr) != 0
}
