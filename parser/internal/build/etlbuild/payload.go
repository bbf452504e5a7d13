package etlbuild

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
)

// Payload is the data of an event: values one behind the other, without
// alignment, little-endian.
type Payload []byte

// U8 to F64 are numbers of so many bits.
func (p Payload) U8(v uint8) Payload    { return append(p, v) }
func (p Payload) U16(v uint16) Payload  { return binary.LittleEndian.AppendUint16(p, v) }
func (p Payload) U32(v uint32) Payload  { return binary.LittleEndian.AppendUint32(p, v) }
func (p Payload) U64(v uint64) Payload  { return binary.LittleEndian.AppendUint64(p, v) }
func (p Payload) F32(v float32) Payload { return p.U32(math.Float32bits(v)) }
func (p Payload) F64(v float64) Payload { return p.U64(math.Float64bits(v)) }

// Raw is bytes as they are.
func (p Payload) Raw(b []byte) Payload { return append(p, b...) }

// Bool is win:Boolean, 4 bytes.
func (p Payload) Bool(v bool) Payload {
	if v {
		return p.U32(1)
	}
	return p.U32(0)
}

// Text is UTF-16 with its NUL.
func (p Payload) Text(text string) Payload { return p.Units(append(utf16.Encode([]rune(text)), 0)...) }

// Units is UTF-16 code units, without a NUL of their own.
func (p Payload) Units(units ...uint16) Payload {
	for _, u := range units {
		p = p.U16(u)
	}
	return p
}

// ANSI is bytes with a NUL.
func (p Payload) ANSI(text string) Payload { return append(append(p, text...), 0) }

// Counted16 is bytes behind their number in 16 bits, Counted32 in 32.
func (p Payload) Counted16(b []byte) Payload { return p.U16(uint16(len(b))).Raw(b) }
func (p Payload) Counted32(b []byte) Payload { return p.U32(uint32(len(b))).Raw(b) }

// Time is a FILETIME.
func (p Payload) Time(t model.FILETIME) Payload { return p.U64(uint64(t)) }

// SystemTime is a SYSTEMTIME: year, month, day of week, day, hour, minute,
// second, millisecond.
func (p Payload) SystemTime(parts [8]uint16) Payload { return p.Units(parts[:]...) }

// GUID is a GUID: its first three parts are little-endian.
func (p Payload) GUID(g model.GUID) Payload {
	p = append(p, g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6])
	return append(p, g[8:]...)
}

// SID is a security identifier, of text that is none nothing.
func (p Payload) SID(text string) Payload { return append(p, sid(text)...) }

// sid is the bytes of S-1-5-18: revision, number of sub-authorities, authority
// in 48 big-endian bits, sub-authorities.
func sid(text string) []byte {
	part := strings.Split(text, "-")
	if len(part) < 3 || !model.ValidSID(text) {
		return nil
	}
	authority, err := strconv.ParseUint(part[2], 0, 48)
	if err != nil {
		return nil
	}
	b := binary.BigEndian.AppendUint64(nil, authority)
	b[0], b[1] = 1, byte(len(part)-3)
	for _, s := range part[3:] {
		v, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return nil
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

// guid is a GUID from text that is one.
func guid(text string) model.GUID {
	g, _ := model.ParseGUID(text)
	return g
}
