package netevent

import (
	"strconv"

	"github.com/qmparse/qmparse/model"
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

// shown is what may be shown as numbers.
type shown struct {
	header  bool // flags, version, size of appId, and kind
	typ     bool // type
	third   bool // size of effectiveName: it is FWPM_NET_EVENT_HEADER3
	private bool // the private fields
}

// header writes the units up to end, which is at most that of the event image.
// Typ is where the type is.
func (s *shaper) header(end, typ int, show shown) int {
	l := &layouts()[MaxVersion][abiOf(s.pointerSize)]
	h := &l.header
	m := image(s.payload)
	flags := m.u32(h.flags)
	return s.halves(0, end, func(at int) string {
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
	})
}

// qm writes the units of a Quick Mode failure that have enumerators.
func (s *shaper) qm(body int, q *qmOffsets) int {
	m := image(s.payload)
	tunnel := model.TrafficType(m.u32(body+q.trafficType)) == model.TrafficTypeTunnel
	return s.halves(body, body+q.filterID, func(at int) string {
		v := m.u32(at)
		name := ""
		switch at - body {
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
			return s.class(at)
		}
		return name + strconv.Itoa(int(v))
	})
}
