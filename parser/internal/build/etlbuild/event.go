package etlbuild

import "github.com/qmparse/qmparse/model"

// Types of extended items.
const (
	ItemRelatedActivity = 1
	ItemSID             = 2
	ItemSession         = 3
	ItemInstance        = 4
	ItemStack32         = 5
	ItemStack64         = 6
	ItemPEBSIndex       = 7
	ItemCounters        = 8
	ItemPSMKey          = 9
	ItemEventKey        = 10
	ItemSchema          = 11
	ItemTraits          = 12
	ItemProcessStartKey = 13
	ItemControlGUID     = 14
	ItemQPCDelta        = 15
	ItemContainer       = 16
	ItemStackKey32      = 17
	ItemStackKey64      = 18
)

// Item is an extended item of an event:
//
//	0  2  size with this header and padding, a multiple of 8
//	2  2  Type
//	4  2  bit 0: another follows
//	6  2  size of Data
//	8     Data
type Item struct {
	Type uint16
	Data []byte
}

// RelatedActivity is the activity that the event's own comes from.
func RelatedActivity(g model.GUID) Item { return Item{ItemRelatedActivity, Payload(nil).GUID(g)} }

// UserSID is the user that logged the event.
func UserSID(text string) Item { return Item{ItemSID, sid(text)} }

// Stack64 is a stack of a 64-bit process: a match id and addresses.
func Stack64(match uint64, addresses ...uint64) Item {
	p := Payload(nil).U64(match)
	for _, a := range addresses {
		p = p.U64(a)
	}
	return Item{ItemStack64, p}
}

// Stack32 is a stack of a 32-bit process.
func Stack32(match uint64, addresses ...uint32) Item {
	p := Payload(nil).U64(match)
	for _, a := range addresses {
		p = p.U32(a)
	}
	return Item{ItemStack32, p}
}

// Traits is a provider's name in UTF-8 and, if it is in one, its group:
//
//	0  2  size
//	2     name, NUL
//	   2  size of a trait with these two bytes
//	   1  its type, 1 for the group
//	  16  GUID
func Traits(name string, group model.GUID) Item {
	p := Payload(nil).U16(0).ANSI(name)
	if group != (model.GUID{}) {
		p = p.U16(2 + 1 + 16).U8(1).GUID(group)
	}
	return Item{ItemTraits, sized(p, 0)}
}

const flagExtended = 1

// Event is EVENT_HEADER, of types 0x12 and 0x13, 80 bytes:
//
//	 0  2  size
//	 4  2  Flags, 1 for items
//	 6  2  Property
//	 8  4  thread
//	12  4  process
//	16  8  time
//	24 16  Provider
//	40  2  ID
//	42  1  Version
//	43  1  Channel
//	44  1  Level
//	45  1  Opcode
//	46  2  Task
//	48  8  Keywords
//	56  8  ProcessorTime
//	64 16  Activity
//	80     items, Payload
type Event struct {
	Stamp
	Flags, Property                 uint16
	Provider                        model.GUID
	ID                              uint16
	Version, Channel, Level, Opcode uint8
	Task                            uint16
	Keywords, ProcessorTime         uint64
	Activity                        model.GUID
	Items                           []Item
	Payload                         []byte
}

func (r Event) stamp() *Stamp { return &r.Stamp }

func (r Event) encode(s *Stamp) []byte {
	if len(r.Items) > 0 {
		r.Flags |= flagExtended
	}
	p := Payload(nil).U16(0).U8(s.kind(typeEvent, typeEvent+1)).U8(markerTrace).U16(r.Flags).U16(r.Property)
	p = s.identity(p).GUID(r.Provider).U16(r.ID).U8(r.Version).U8(r.Channel).U8(r.Level).U8(r.Opcode).U16(r.Task)
	p = p.U64(r.Keywords).U64(r.ProcessorTime).GUID(r.Activity)
	for i, item := range r.Items {
		more := uint16(1)
		if i == len(r.Items)-1 {
			more = 0
		}
		size := (8 + len(item.Data) + 7) &^ 7
		p = p.U16(uint16(size)).U16(item.Type).U16(more).U16(uint16(len(item.Data))).Raw(item.Data)
		p = p.Raw(make([]byte, size-8-len(item.Data)))
	}
	return sized(p.Raw(r.Payload), 0)
}
