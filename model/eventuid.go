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

// UIDHasher makes identifiers of events with state that it reuses. It serves
// one goroutine at a time.
type UIDHasher struct {
	h   hash.Hash
	buf [512]byte // what is not yet hashed
	n   int       // of buf
	sum [sha256.Size]byte
}

// NewUIDHasher returns a hasher ready for use.
func NewUIDHasher() *UIDHasher { return &UIDHasher{h: sha256.New()} }

// EventUID is the function [EventUID] without its allocations.
func (u *UIDHasher) EventUID(ev *Event) GUID {
	u.h.Reset()
	u.n = copy(u.buf[:], uidDomain)
	u.text(ev.Host)
	u.text(ev.Channel)
	if !ev.Provider.OK && ev.ProviderGUID.OK {
		u.guid(ev.ProviderGUID.V)
	} else {
		u.text(ev.Provider)
	}
	u.number(uint64(ev.EventID.V), 4, ev.EventID.OK)
	u.number(ev.EventRecordID.V, 8, ev.EventRecordID.OK)
	u.number(uint64(ev.Time.V), 8, ev.Time.OK)
	u.number(uint64(len(ev.Data)), 8, ev.Data != nil)
	u.flush()
	u.h.Write(ev.Data)
	sum := u.h.Sum(u.sum[:0])

	var g GUID
	copy(g[:], sum)
	g[6] = g[6]&0x0F | 0x80
	g[8] = g[8]&0x3F | 0x80
	return g
}

func (u *UIDHasher) text(s Opt[string]) {
	u.number(uint64(len(s.V)), 8, s.OK)
	if !s.OK {
		return
	}
	for rest := s.V; rest != ""; {
		if u.n == len(u.buf) {
			u.flush()
		}
		n := copy(u.buf[u.n:], rest)
		u.n += n
		rest = rest[n:]
	}
}

// guid writes the text of g as a known text.
func (u *UIDHasher) guid(g GUID) {
	u.number(guidTextLen, 8, true)
	if u.n+guidTextLen > len(u.buf) {
		u.flush()
	}
	u.n = len(g.AppendTo(u.buf[:u.n]))
}

// number writes the byte that says known or not, then size bytes of v.
func (u *UIDHasher) number(v uint64, size int, known bool) {
	if u.n+1+8 > len(u.buf) {
		u.flush()
	}
	if !known {
		u.buf[u.n] = 0
		u.n++
		return
	}
	u.buf[u.n] = 1
	binary.LittleEndian.PutUint64(u.buf[u.n+1:], v) // the bytes above size are written over
	u.n += 1 + size
}

func (u *UIDHasher) flush() {
	u.h.Write(u.buf[:u.n])
	u.n = 0
}
