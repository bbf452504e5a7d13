package netevent

import (
	"encoding/binary"
	"strconv"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// AppendShape appends one line of text that tells how a payload is built and not
// what it says, so that its owner can show it to whoever wants to learn the layout
// of raw net events. It has no line feed.
//
//	size=344 pointers=8 raw_accepted base=240 body=88 | 0:time 8:flags=0x106,version=0 16:mask*5 56:mask,. 64:..*3 …
//
// Behind the sizes and the [RawVerdict] stand the payload's units of 8 bytes by
// their offsets, alike ones counted ("..*9"), each as
//
//	..  x.  .x  xx  which of its two 4-byte halves are 0, the first one first
//	time            a FILETIME from 1980 to 2107, of which no more is shown
//	ptr             with 8-byte pointers, what an address of a process looks like
//	mask            not looked at
//	utf16(9)        text of 9 units, its NUL and padding, whatever it says
//	sid(5)          a SID with 5 sub-authorities
//	blob(40)        a part of 40 bytes
//	subnets(16)     two subnets of 16 bytes each, padding included
//
// and the bytes behind the last unit as x or . each. Numbers are shown, in place
// of a half, only where a net event has no content, and only if the payload begins
// like one (a time, or none but addresses; flags, an IP version and a type within
// their range): flags and version; the sizes of the blobs; the addressFamily or, in
// older versions, the type behind userId (kind); the type; internalFlags (private)
// and the number of terminating filters; of the body of a Quick Mode failure its
// enumerators and the types of its subnets. Bytes 16 to 59, which hold protocol,
// addresses, ports and scope, are masked then whatever they are.
//
// So no address, port, SID, identifier, error code, hash, time or character is
// shown, and no part of one but whether 4 bytes of it are 0. Of payloads that are
// no net events nothing is shown but these classes. A payload of an unknown layout
// could still begin like one that is known; then what stands in the place of a
// number is shown if it is within that number's range, for type and kind 0 to 20.
func AppendShape(dst []byte, payload []byte, pointerSize int) []byte {
	s := shaper{dst: dst, payload: payload, pointerSize: pointerSize}
	m, verdict := matchRaw(payload, pointerSize)
	s.number("size=", len(payload))
	s.number(" pointers=", pointerSize)
	s.dst = append(append(s.dst, ' '), verdict.String()...)
	if verdict == RawAccepted {
		s.number(" base=", m.Base)
		s.number(" body=", m.Body)
	}
	s.dst = append(s.dst, " |"...)
	if verdict == RawAccepted {
		s.known(&m)
	} else {
		s.guessed()
	}
	s.flush()
	return s.dst
}

// shaper writes the units of a payload.
type shaper struct {
	dst         []byte
	payload     []byte
	pointerSize int

	token []byte // of the units from start on that were not written yet
	start int
	count int
}

func (s *shaper) number(name string, n int) {
	s.dst = strconv.AppendInt(append(s.dst, name...), int64(n), 10)
}

// unit adds a unit with that token.
func (s *shaper) unit(at int, token string) {
	if s.count > 0 && string(s.token) == token {
		s.count++
		return
	}
	s.flush()
	s.token, s.start, s.count = append(s.token[:0], token...), at, 1
}

func (s *shaper) flush() {
	if s.count == 0 {
		return
	}
	s.number(" ", s.start)
	s.dst = append(append(s.dst, ':'), s.token...)
	if s.count > 1 {
		s.number("*", s.count)
	}
	s.count = 0
}

// run adds what takes more than a unit, with its size.
func (s *shaper) run(at int, name string, n int) {
	s.flush()
	s.unit(at, name+"("+strconv.Itoa(n)+")")
	s.flush()
}

// known writes a payload that was recognised.
func (s *shaper) known(m *RawMatch) {
	b, body, fit, ok := m.find(s.payload)
	if !ok {
		return
	}
	h := &b.layout.header
	show := shown{header: true, third: h.effectiveName != none}
	show.typ = !s.partWithin(layouts()[MaxVersion][abiOf(m.PointerSize)].header.addressFamily+8, b.layout.typ)
	// With other bits, what is there may be something else.
	show.private = b.private && image(s.payload).u32(rawInternalFlags) <= rawAnnouncedTails
	at := s.header(b.size, b.layout.typ, show)
	for i, p := range rawParts {
		if fit.parts[i] == 0 {
			continue
		}
		at = fit.parts[i]
		rest := s.payload[at:]
		n, _ := p.size(s.payload[:b.size], b.fields[i], rest)
		switch p.form {
		case rawBlob:
			s.run(at, "blob", int(image(s.payload).u32(b.fields[i])))
		case rawSID:
			s.run(at, "sid", int(rest[1]))
		case rawText:
			s.run(at, "utf16", nulAt(rest)/2)
		}
		at += n
	}
	if m.Type == model.NetEventIKEExtQMFailure {
		at = s.qm(fit.body, &body.layout.qm)
	}
	at = s.units(at, fit.body+padded(body.size))
	if fit.tail != 0 {
		n := body.subnets(image(s.payload[fit.body:])) / 2
		s.run(fit.tail, "subnets", n)
		at += 2 * n
	}
	s.rest(at, nil)
}

// guessed writes any other payload.
func (s *shaper) guessed() {
	show := shown{}
	var l *Layout
	if s.pointerSize == 8 || s.pointerSize == 4 {
		l = &layouts()[MaxVersion][abiOf(s.pointerSize)]
		show = s.looks(l)
	}
	if !show.header {
		s.rest(0, nil)
		return
	}
	end := l.header.addressFamily + 8
	if show.third {
		end = l.Size()
	}
	at := s.header(end, l.typ, show)
	var q *qmOffsets
	if show.third && image(s.payload).u32(l.typ) == uint32(model.NetEventIKEExtQMFailure) {
		q = &l.qm
	}
	s.rest(at, q)
}

// shown is what may be shown as numbers.
type shown struct {
	header  bool // flags, version, size of appId, and kind
	typ     bool // type
	third   bool // size of effectiveName: it is FWPM_NET_EVENT_HEADER3
	private bool // the private fields
}

// looks says what a payload that was not recognised begins like.
func (s *shaper) looks(l *Layout) shown {
	if len(s.payload) < rawForms()[l.abi].least {
		return shown{}
	}
	m := image(s.payload)
	h := &l.header
	flags, at := m.u32(h.flags), timeStamp(m, l)
	switch {
	case flags&^knownFlags != 0 || m.u32(h.ipVersion) > uint32(model.IPVersionNone) || m.u32(h.addressFamily) > lastPrivateType:
		return shown{}
	case at == 0 && !hasAddress(flags, m.u32(h.ipVersion)):
		return shown{}
	case at != 0 && !isTime(at):
		return shown{}
	}
	// In the images of older versions addresses and SIDs can stand where this one
	// has its type. It is not one of them if what is the type there is none.
	third := len(m) >= l.Size() && m.u32(l.typ) <= lastPrivateType && m.u32(h.addressFamily) <= 3
	if third {
		older := m.u32(h.enterpriseID)
		third = older == 0 || older > lastPrivateType
	}
	third = third && !s.partWithin(h.addressFamily+8, l.typ)
	return shown{header: true, typ: third, third: third}
}

// partWithin says whether between two offsets there begins what could be a part:
// then the header is one of a version that ends before.
func (s *shaper) partWithin(from, to int) bool {
	m := image(s.payload)
	for at := from; at <= to; at += 8 {
		if _, name := textOrSID(m[at:]); name != "" {
			return true
		}
		// A SID that is cut, or as long as a type and its padding.
		low, high := m.u32(at), m.u32(at+4)
		if low&^0xF00 == 1 && high<<8 == 0 && (low != 1 || high != 0) {
			return true
		}
	}
	return false
}

// header writes the units up to end, which is at most that of the event image.
// Typ is where the type is.
func (s *shaper) header(end, typ int, show shown) int {
	l := &layouts()[MaxVersion][abiOf(s.pointerSize)]
	h := &l.header
	m := image(s.payload)
	flags := m.u32(h.flags)
	half := func(at int) string {
		v := m.u32(at)
		size := func(name string, flag uint32) string {
			if flags&flag == 0 || uint64(v) > uint64(len(m)) {
				return s.class(at)
			}
			return name + strconv.Itoa(int(v))
		}
		switch {
		case at == h.flags:
			return "flags=0x" + strconv.FormatUint(uint64(v), 16)
		case at == h.ipVersion:
			return "version=" + strconv.Itoa(int(v))
		case at >= h.ipProtocol && at <= h.scopeID:
			return "mask"
		case at == h.appID:
			return size("size=", FlagAppID)
		case show.typ && at == typ:
			return "type=" + strconv.Itoa(int(v))
		case at == h.addressFamily && v <= lastPrivateType:
			return "kind=" + strconv.Itoa(int(v))
		case show.third && at == h.effectiveName:
			return size("size=", FlagEffectiveName)
		case show.private && at == rawInternalFlags:
			return "private=0x" + strconv.FormatUint(uint64(v), 16)
		case show.private && at == rawFilterCount && m.u16(at) < ' ': // no character
			return "filters=" + strconv.Itoa(int(m.u16(at)))
		}
		return s.class(at)
	}
	at := 0
	for ; at+8 <= end; at += 8 {
		low, high := half(at), half(at+4)
		if len(low) == 1 && len(high) == 1 {
			s.unit(at, s.whole(at))
			continue
		}
		s.pair(at, low, high)
	}
	return at
}

func (s *shaper) pair(at int, low, high string) {
	if low == high {
		s.unit(at, low)
		return
	}
	s.unit(at, low+","+high)
}

// class returns x or . for a half.
func (s *shaper) class(at int) string {
	if image(s.payload).u32(at) == 0 {
		return "."
	}
	return "x"
}

// whole returns the token of a unit of which no number is shown.
func (s *shaper) whole(at int) string {
	v := binary.LittleEndian.Uint64(s.payload[at:])
	switch {
	case isTime(model.FILETIME(v)):
		return "time"
	case s.pointerSize == 8 && v >= 1<<32 && v < 1<<47 && uint32(v) >= 1<<16 && v%4 == 0:
		return "ptr"
	}
	return s.class(at) + s.class(at+4)
}

// units writes units up to end.
func (s *shaper) units(at, end int) int {
	for ; at+8 <= min(end, len(s.payload)); at += 8 {
		s.unit(at, s.whole(at))
	}
	return at
}

// rest writes units, texts and SIDs to the end. The first that looks like the
// body of a Quick Mode failure is written as one if q is not nil.
func (s *shaper) rest(at int, q *qmOffsets) {
	for at+8 <= len(s.payload) {
		switch n, name := textOrSID(s.payload[at:]); {
		case name == "utf16":
			s.run(at, name, n)
			at += padded(2 * n)
			if n%4 == 0 && at+2 <= len(s.payload) && image(s.payload).u16(at) == 0 {
				at += 8 // NUL and its padding
			}
		case name == "sid":
			s.run(at, name, n)
			at += padded(sidHeader + 4*n)
		case q != nil && s.looksLikeQM(at, q):
			at = s.qm(at, q)
			q = nil
		default:
			at = s.units(at, at+8)
		}
	}
	if at >= len(s.payload) {
		return
	}
	var last []byte
	for _, v := range s.payload[at:] {
		c := byte('.')
		if v != 0 {
			c = 'x'
		}
		last = append(last, c)
	}
	s.flush()
	s.unit(at, string(last))
}

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

// textOrSID says whether bytes begin with UTF-16 text of at least four units, and
// of how many without NUL, or with a SID, and of how many sub-authorities.
func textOrSID(b []byte) (int, string) {
	if n := sidAt(b); n >= 0 {
		return n, "sid"
	}
	// Whether it is text is known by four units: to read on for that, from each unit of a
	// payload, would take the square of its size.
	n, latin := 0, 0
	for ; 2*n+2 <= len(b); n++ {
		u := binary.LittleEndian.Uint16(b[2*n:])
		if !isText(u) {
			break
		}
		if u < 0x100 {
			latin++
		}
		if n == 3 && latin < 3 {
			break
		}
	}
	if n < 4 {
		return 0, ""
	}
	return n, "utf16"
}

// sidAt returns how many sub-authorities a SID has that bytes begin with, -1 if
// they do not. FWP_V6_ADDR_MASK and 4 bytes behind it, 01 01 and zeros, are not
// taken for a SID but for the null SID, where zeros follow.
func sidAt(b []byte) int {
	if _, ok := model.SIDSize(b); !ok || !cursor.IsZero(b[2:7]) {
		return -1
	}
	n := int(b[1])
	if b[7] == 0 && (n == 0 || n == 1 && image(b).u32(sidHeader) != 0) {
		return -1
	}
	return n
}

// isText says whether a unit is one of text in a common script.
func isText(u uint16) bool {
	switch {
	case u >= 0x20 && u <= 0x7E, u >= 0xA0 && u <= 0x24F, u >= 0x370 && u <= 0x5FF:
		return true
	case u >= 0x3040 && u <= 0x30FF, u >= 0x4E00 && u <= 0x9FFF, u >= 0xAC00 && u <= 0xDFFF:
		return true
	}
	return false
}
