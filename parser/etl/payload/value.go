package payload

import (
	"bytes"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// value is one value as it was read. Its bytes are the payload's.
type value struct {
	form form
	size uint8  // bytes of a number
	n    uint64 // a number, a time, the bits of a float; of an int sign-extended
	b    []byte
}

// form says how a value is written.
type form uint8

const (
	formNull form = iota
	formInt
	formUint
	formHex
	formBool
	formFloat
	formTime
	formIPv4   // n is the address in network order, read as little-endian
	formChar   // n
	formUTF16  // b, without terminating NUL
	formANSI   // b, without terminating NUL, Windows-1252
	formUTF8   // b, without terminating NUL
	formGUID   // b: 16 bytes
	formSID    // b: a SID and nothing else
	formIPv6   // b: 16 bytes
	formSocket // b: a SOCKADDR that socketAddress reads
	formBinary // b
	formArray  // the items within
	formStruct // the items within
)

// item is a value in its place. Items within it follow it.
type item struct {
	value
	f   *field
	end int // index behind the last item within
}

// push adds an item without value and returns its index; 0 if there are too
// many, with the cursor's error set.
func (d *Decoder) push(f *field) int {
	if !d.room(f, 1) {
		return 0
	}
	d.items = append(d.items, item{f: f, end: len(d.items) + 1})
	return len(d.items) - 1
}

// room says whether there may be n items more; if not, the cursor's error is set.
func (d *Decoder) room(f *field, n int) bool {
	if n <= d.most-len(d.items) {
		return true
	}
	d.c.Fail(cursor.ErrUnsupported, f.name, "more than %d values in one event", d.most)
	return false
}

// take reads n bytes, which a field before says there are.
func (d *Decoder) take(n uint64, name string) []byte {
	if left := d.c.Len(); n > uint64(left) {
		d.c.Fail(cursor.ErrTruncated, name, "need %d bytes, have %d", n, left)
		return nil
	}
	return d.c.Bytes(int(n), name)
}

// value reads one value of the field's type.
func (d *Decoder) value(f *field) value {
	c, name := &d.c, f.name
	switch f.in {
	case inNull:
		return value{}
	case inUnicodeString:
		return value{form: formUTF16, b: untilNUL(c, name, 2)}
	case inANSIString:
		return d.text8(f, untilNUL(c, name, 1))
	case inInt8:
		return d.number(f, int64(int8(c.U8(name))), 1)
	case inInt16:
		return d.number(f, int64(int16(c.U16(name))), 2)
	case inInt32:
		return d.number(f, int64(int32(c.U32(name))), 4)
	case inInt64:
		return d.number(f, int64(c.U64(name)), 8)
	case inUint8:
		return d.number(f, int64(c.U8(name)), 1)
	case inUint16:
		return d.number(f, int64(c.U16(name)), 2)
	case inUint32, inHexInt32:
		return d.number(f, int64(c.U32(name)), 4)
	case inUint64, inHexInt64:
		return d.number(f, int64(c.U64(name)), 8)
	case inPointer:
		if d.pointer == 4 {
			return d.number(f, int64(c.U32(name)), 4)
		}
		return d.number(f, int64(c.U64(name)), 8)
	case inFloat:
		return value{form: formFloat, size: 4, n: uint64(c.U32(name))}
	case inDouble:
		return value{form: formFloat, size: 8, n: c.U64(name)}
	case inBool32:
		return value{form: formBool, n: uint64(c.U32(name))}
	case inGUID:
		return value{form: formGUID, b: c.Bytes(16, name)}
	case inFiletime:
		return value{form: formTime, n: c.U64(name)}
	case inSystemtime:
		return d.systemTime(name)
	case inSID:
		return value{form: formSID, b: d.sid(name)}
	case inCountedString:
		at := c.Offset()
		return d.text16(d.take(uint64(c.U16(name)), name), at)
	case inCountedANSIString:
		return d.text8(f, trimNUL(d.take(uint64(c.U16(name)), name)))
	case inBinary, inCountedBinary:
		return f.binary(d.take(uint64(c.U16(name)), name))
	}
	c.Fail(cursor.ErrUnsupported, name, "in type %d", f.in) // compile lets none through
	return value{}
}

// number is an integer as the field's out type means it; i is sign-extended if
// the in type is signed. An out type that does not go with the in type says
// nothing, as in Windows.
func (d *Decoder) number(f *field, i int64, size uint8) value {
	v := value{form: formUint, size: size, n: uint64(i)}
	signed := false
	switch f.in {
	case inInt8, inInt16, inInt32, inInt64:
		v.form, signed = formInt, true
	case inHexInt32, inHexInt64, inPointer:
		v.form = formHex
	}
	switch f.out {
	case outString:
		switch f.in {
		case inInt8, inUint8:
			d.sayANSI(byte(i))
			return value{form: formChar, n: uint64(ansiRune(byte(i)))}
		case inUint16:
			return value{form: formChar, n: v.n}
		}
	case outBoolean:
		if f.in == inUint8 {
			v.form = formBool
		}
	case outNTStatus, outHResult:
		if size == 4 {
			v.form = formHex
		}
	case outHex, outCodePointer:
		v.form = formHex
	case outPort:
		if f.in == inUint16 {
			v.n = v.n>>8 | v.n&0xff<<8
		}
	case outIPv4:
		if f.in == inUint32 {
			v.form = formIPv4
		}
	}
	if signed && v.form == formHex {
		v.n &= 1<<(8*size) - 1
	}
	return v
}

// binary is bytes as the field's out type means them.
func (f *field) binary(b []byte) value {
	v := value{form: formBinary, b: b}
	switch f.out {
	case outIPv6:
		if len(b) == 16 {
			v.form = formIPv6
		}
	case outSocketAddress:
		if _, ok := socketAddress(b); ok {
			v.form = formSocket
		}
	}
	return v
}

// text16 is UTF-16 of a given size, at that offset in the file.
func (d *Decoder) text16(b []byte, at int64) value {
	if len(b)%2 != 0 {
		d.say("value-size", "%d bytes of UTF-16 at offset %#x", len(b), at)
	}
	b = b[:len(b)&^1]
	for len(b) > 0 && b[len(b)-1]|b[len(b)-2] == 0 {
		b = b[:len(b)-2]
	}
	return value{form: formUTF16, b: b}
}

// trimNUL cuts the terminating NULs from 8-bit text.
func trimNUL(b []byte) []byte { return bytes.TrimRight(b, "\x00") }

// text8 is 8-bit text as the field's out type means it.
func (d *Decoder) text8(f *field, b []byte) value {
	switch f.out {
	case outUTF8, outXML, outJSON:
		return value{form: formUTF8, b: b}
	}
	return d.ansi(b)
}

// sid reads a SID ([MS-DTYP] 2.4.2).
func (d *Decoder) sid(name string) []byte {
	const header, maxSubAuthorities = 8, 15
	c := d.c
	revision, count := c.U8(name), c.U8(name)
	switch {
	case c.Err() != nil:
		d.c.Adopt(&c)
	case revision != 1 || count > maxSubAuthorities:
		d.c.Fail(cursor.ErrMalformed, name, "a SID of revision %d with %d subauthorities", revision, count)
	}
	return d.c.Bytes(header+4*int(count), name)
}

// systemTime reads a SYSTEMTIME. One that is no date is kept as bytes.
func (d *Decoder) systemTime(name string) value {
	at := d.c.Offset()
	b := d.c.Bytes(16, name)
	if len(b) < 16 {
		return value{}
	}
	t, ok := model.FILETIMEFromSystemTime([16]byte(b))
	if !ok {
		d.say("value-undecodable", "SYSTEMTIME %X at offset %#x", b, at)
		return value{form: formBinary, b: b}
	}
	return value{form: formTime, n: uint64(t)}
}
