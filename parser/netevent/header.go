package netevent

import (
	"fmt"
	"hash/crc32"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Signature begins a dump. Its line ends and the byte above 127 show what a
// transfer as text has changed.
const Signature = "\x89WNE\r\n\x1a\n"

// HeaderSize is the size of the header of a dump.
const HeaderSize = 32

const (
	major = 1
	minor = 0
)

// Machine is an IMAGE_FILE_MACHINE constant (winnt.h): what the collector ran
// as.
type Machine uint16

// The machines that Windows has net events on.
const (
	MachineI386  Machine = 0x014C
	MachineARMNT Machine = 0x01C4
	MachineAMD64 Machine = 0x8664
	MachineARM64 Machine = 0xAA64
)

// String returns the machine's short name, or its number.
func (m Machine) String() string {
	switch m {
	case MachineI386:
		return "x86"
	case MachineARMNT:
		return "ARM"
	case MachineAMD64:
		return "x64"
	case MachineARM64:
		return "ARM64"
	}
	return fmt.Sprintf("IMAGE_FILE_MACHINE(%#04x)", uint16(m))
}

// pointerSize returns the size of the machine's pointers, 0 if it is unknown.
func (m Machine) pointerSize() uint8 {
	switch m {
	case MachineI386, MachineARMNT:
		return 4
	case MachineAMD64, MachineARM64:
		return 8
	}
	return 0
}

// Header is the file header of a dump, 32 bytes:
//
//	 0  8  signature        89 57 4E 45 0D 0A 1A 0A
//	 8  2  major            1
//	10  2  minor            0
//	12  1  pointerSize      8 or 4
//	13  1  netEventVersion  n of FWPM_NET_EVENTn
//	14  2  machine          IMAGE_FILE_MACHINE
//	16  4  netEventSize     sizeof(FWPM_NET_EVENTn) where it was collected
//	20  8  reserved         0
//	28  4  crc32c           of the bytes before
type Header struct {
	Major, Minor    uint16 // a [Writer] writes 1.0 whatever they are
	PointerSize     uint8
	NetEventVersion uint8
	Machine         Machine
	NetEventSize    uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// parseHeader reads a header. odd is what is wrong with one that can be used
// all the same; with an error it cannot.
func parseHeader(b []byte, offset int64) (h Header, odd []error, err error) {
	c := cursor.New(b, offset)
	if sig := c.Bytes(len(Signature), "signature"); sig != nil && string(sig) != Signature {
		c = cursor.New(b, offset)
		detail := "is not that of a dump"
		if string(sig[:4]) == Signature[:4] {
			detail = "is damaged as a transfer as text does; transfer the file as binary"
		}
		c.Fail(cursor.ErrMalformed, "signature", "%s", detail)
	}
	at := c
	h.Major = c.U16("major")
	h.Minor = c.U16("minor")
	if c.Err() == nil && h.Major != major {
		at.Fail(cursor.ErrUnsupported, "major", "version %d.%d", h.Major, h.Minor)
		return h, nil, at.Err()
	}
	at = c
	h.PointerSize = c.U8("pointerSize")
	if c.Err() == nil && h.PointerSize != 8 && h.PointerSize != 4 {
		at.Fail(cursor.ErrMalformed, "pointerSize", "%d", h.PointerSize)
		return h, nil, at.Err()
	}
	at = c
	h.NetEventVersion = c.U8("netEventVersion")
	if c.Err() == nil && h.NetEventVersion > MaxVersion {
		at.Fail(cursor.ErrUnsupported, "netEventVersion", "FWPM_NET_EVENT%d", h.NetEventVersion)
		return h, nil, at.Err()
	}
	h.Machine = Machine(c.U16("machine"))
	h.NetEventSize = c.U32("netEventSize")
	reserved := c.U64("reserved")
	sum := c.U32("crc32c")
	if err := c.Err(); err != nil {
		return h, nil, err
	}

	say := func(at int64, field, format string, args ...any) {
		odd = append(odd, &cursor.Error{Offset: offset + at, Field: field, Detail: fmt.Sprintf(format, args...), Err: cursor.ErrMalformed})
	}
	if want := crc32.Checksum(b[:HeaderSize-4], castagnoli); sum != want {
		say(28, "header crc32c", "%#08x, the bytes give %#08x", sum, want)
	}
	switch size := h.Machine.pointerSize(); size {
	case h.PointerSize:
	case 0:
		say(14, "machine", "unknown: %v", h.Machine)
	default:
		say(14, "machine", "%v has %d-byte pointers, the dump %d-byte ones", h.Machine, size, h.PointerSize)
	}
	if l, err := LayoutFor(int(h.NetEventVersion), int(h.PointerSize)); err == nil && int64(h.NetEventSize) != int64(l.Size()) {
		say(16, "netEventSize", "%d, FWPM_NET_EVENT%d has %d", h.NetEventSize, h.NetEventVersion, l.Size())
	}
	if reserved != 0 && h.Minor <= minor {
		say(20, "header reserved", "%#x, not 0", reserved)
	}
	return h, odd, nil
}

// CheckHeader says whether b begins with the header of a dump that can be read, and whether
// nothing is wrong with it.
func CheckHeader(b []byte) (readable, sound bool) {
	if len(b) < HeaderSize {
		return false, false
	}
	_, odd, err := parseHeader(b[:HeaderSize], 0)
	return err == nil, err == nil && len(odd) == 0
}
