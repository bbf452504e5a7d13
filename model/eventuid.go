package model

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// uidDomain names this encoding; another one will have another name.
const uidDomain = "qmparse event uid v1\n"

// EventUID returns the identifier of an event. It depends on what was decoded
// alone, never on where it was read, so the same record in a copy, an export or
// the slack of a log has the same one. It is a UUID of version 8 (RFC 9562):
// the first 16 bytes of SHA-256 over
//
//	the 21 bytes "qmparse event uid v1\n"
//	Host           text
//	Channel        text
//	Provider       text; if unknown, ProviderGUID as text
//	EventID        number, 4 bytes
//	EventRecordID  number, 8 bytes
//	Time           number, 8 bytes, ticks
//	Data           text, its JSON; of an ETW event whose data is not decoded its payload
//
// with bits 48–51 set to 8 and bits 64–65 to binary 10. Each value begins with
// one byte, 0 if the value is unknown (and nothing follows), 1 if it is known.
// A known number follows little-endian. A known text follows as its length in
// bytes, 8 bytes little-endian, and its bytes, in the case that was decoded.
// Data is unknown if it is nil.
//
// For many events use a [UIDHasher], which does not allocate.
func EventUID(ev *Event) GUID { return NewUIDHasher().EventUID(ev) }

// UIDHasher makes identifiers of events with memory that it reuses. It serves
// one goroutine at a time; the zero UIDHasher is ready for use.
type UIDHasher struct {
	buf, other []byte
	a, b       hash.Hash // nil before the first two events
	sum        [sha256.Size]byte
}

const (
	// mostKept bounds the memory that a hasher keeps of each text, bytes.
	mostKept = 64 << 10

	// inTurns is how many bytes of two texts are hashed in turns: two blocks, which hashing
	// without instructions of the processor for it takes at once.
	inTurns = 2 * sha256.BlockSize
)

// NewUIDHasher returns a hasher ready for use.
func NewUIDHasher() *UIDHasher { return &UIDHasher{} }

// EventUID is the function [EventUID] without its allocations, unless the data are long.
func (u *UIDHasher) EventUID(ev *Event) GUID {
	b := appendUID(u.buf[:0], ev)
	keep(&u.buf, b)
	return uidOf(sha256.Sum256(b))
}

// EventUIDs is EventUID of two events. It takes less time than those of each: what a block
// waits for is the block before it, so the processor hashes one of each text at once.
func (u *UIDHasher) EventUIDs(one, two *Event) (GUID, GUID) {
	a, b := appendUID(u.buf[:0], one), appendUID(u.other[:0], two)
	keep(&u.buf, a)
	keep(&u.other, b)
	if u.a == nil {
		u.a, u.b = sha256.New(), sha256.New()
	}
	u.a.Reset()
	u.b.Reset()
	for len(a) >= inTurns && len(b) >= inTurns {
		u.a.Write(a[:inTurns])
		u.b.Write(b[:inTurns])
		a, b = a[inTurns:], b[inTurns:]
	}
	u.a.Write(a)
	u.b.Write(b)
	u.a.Sum(u.sum[:0])
	g := uidOf(u.sum)
	u.b.Sum(u.sum[:0])
	return g, uidOf(u.sum)
}

// keep keeps the memory of b for later, if that is not too much.
func keep(buf *[]byte, b []byte) {
	if cap(b) <= mostKept {
		*buf = b
	}
}

// appendUID appends what the identifier of an event is made of.
func appendUID(b []byte, ev *Event) []byte {
	b = append(b, uidDomain...)
	b = appendUIDText(b, ev.Host)
	b = appendUIDText(b, ev.Channel)
	if !ev.Provider.OK && ev.ProviderGUID.OK {
		b = ev.ProviderGUID.V.AppendTo(appendUIDNumber(b, guidTextLen, 8, true))
	} else {
		b = appendUIDText(b, ev.Provider)
	}
	b = appendUIDNumber(b, uint64(ev.EventID.V), 4, ev.EventID.OK)
	b = appendUIDNumber(b, ev.EventRecordID.V, 8, ev.EventRecordID.OK)
	b = appendUIDNumber(b, uint64(ev.Time.V), 8, ev.Time.OK)
	b = appendUIDNumber(b, uint64(len(ev.Data)), 8, ev.Data != nil)
	return append(b, ev.Data...)
}

// uidOf returns the identifier that begins with the hash.
func uidOf(sum [sha256.Size]byte) GUID {
	g := GUID(sum[:16])
	g[6] = g[6]&0x0F | 0x80
	g[8] = g[8]&0x3F | 0x80
	return g
}

func appendUIDText(b []byte, s Opt[string]) []byte {
	b = appendUIDNumber(b, uint64(len(s.V)), 8, s.OK)
	if s.OK {
		b = append(b, s.V...)
	}
	return b
}

// appendUIDNumber appends the byte that says known or not, then size bytes of v.
func appendUIDNumber(b []byte, v uint64, size int, known bool) []byte {
	if !known {
		return append(b, 0)
	}
	b = binary.LittleEndian.AppendUint64(append(b, 1), v)
	return b[:len(b)-8+size]
}
