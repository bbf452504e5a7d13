package rawbuild

import (
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/dumpbuild"
)

// Event is a net event to be written. Its Version is not looked at: Base and
// BodySize say which structures it has. A part behind the image is there if its
// bit of Header.Flags is set; what Header does not know is then empty, S-1-0-0
// for a SID.
type Event struct {
	model.NetEvent

	PointerSize int // 8 or 4; 0 is 8
	Base        int // size of the event image; 0 is 240, with 4-byte pointers 112
	BodySize    int // 0 is the largest that the type has

	// AppID and EffectiveName are the bytes of the blobs, if not nil: any size,
	// with or without NUL. Else they are made of the header's texts.
	AppID, EffectiveName []byte

	// Body is the body of a type that the model has no structure for; nil is one
	// with a value in every member and no pointers.
	Body   []byte
	NoBody bool

	// Of a base of 240: which private tails are announced, and what they are.
	InternalFlags      uint32
	TerminatingFilters uint16
	Private            []byte

	LeftOver []byte // behind everything

	Garbage      bool // bytes that are undefined and dead pointers are CD
	NullPointers bool // dead pointers are NULL
}

// Flags of a header, FWPM_NET_EVENT_FLAG_*_SET, that announce a part.
const (
	flagAppID         = 0x20
	flagUserID        = 0x40
	flagPackageID     = 0x400
	flagEnterpriseID  = 0x800
	flagEffectiveName = 0x2000
)

func (e *Event) pointerSize() int {
	if e.PointerSize == 0 {
		return 8
	}
	return e.PointerSize
}

func (e *Event) base() int {
	switch {
	case e.Base != 0:
		return e.Base
	case e.pointerSize() == 4:
		return 112
	}
	return 240
}

func (e *Event) fill() byte {
	if e.Garbage {
		return 0xCD
	}
	return 0
}

// Payload returns the event as the payload of an ETW event.
func (e Event) Payload() []byte {
	b := e.outer()
	part := func(flag uint32, p []byte) {
		if e.Header.Flags.V&flag != 0 {
			b = padded(append(b, p...), 8, e.fill())
		}
	}
	part(flagAppID, e.appID())
	part(flagUserID, sid(e.Header.UserID))
	part(flagPackageID, sid(e.Header.PackageSID))
	part(flagEnterpriseID, dumpbuild.Text(e.Header.EnterpriseID.V))
	part(flagEffectiveName, e.effectiveName())
	if !e.NoBody {
		b = padded(append(b, e.body()...), 8, e.fill())
		b = append(b, e.tail()...)
	}
	b = append(b, e.Private...)
	return append(b, e.LeftOver...)
}

// outer makes the event image: FWPM_NET_EVENTn, and for a base of 240 private
// fields behind it.
func (e *Event) outer() []byte {
	m := e.image()
	e.header(m)
	m.pad(m.align) // the header is a structure of its own
	m.u32(uint32(e.Type))
	m.pointer(true)
	m.pad(m.align)
	if e.base() == 240 {
		e.private(m)
	}
	return m.b
}

// private adds the private fields of a base of 240:
//
//	152  4  internalFlags
//	168  8  fqbnName, bit 0
//	176  2  number of terminating filters
//	184  8  terminating filters
//	192  8  filterOrigin, bit 1
//	208  8  of bit 2
//	232  8  of bit 3
func (e *Event) private(m *image) {
	m.u32(e.InternalFlags)
	m.undefined(12, 1)
	m.pointer(e.InternalFlags&1 != 0)
	m.u16(e.TerminatingFilters)
	m.undefined(6, 1)
	m.pointer(e.TerminatingFilters != 0)
	m.pointer(e.InternalFlags&2 != 0)
	m.undefined(8, 1)
	m.pointer(e.InternalFlags&4 != 0)
	m.undefined(16, 1)
	m.pointer(e.InternalFlags&8 != 0)
}

func (e *Event) appID() []byte         { return blob(e.AppID, e.Header.AppID) }
func (e *Event) effectiveName() []byte { return blob(e.EffectiveName, e.Header.EffectiveName) }

func blob(b []byte, text model.Opt[string]) []byte {
	if b != nil || text.V == "" {
		return b
	}
	return dumpbuild.Text(text.V)
}

func sid(text model.Opt[string]) []byte {
	if !text.OK {
		return dumpbuild.SID(model.NullSID)
	}
	return dumpbuild.SID(text.V)
}
