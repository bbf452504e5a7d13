package etl

import "github.com/qmparse/qmparse/parser/internal/cursor"

// flagExtended of an EVENT_HEADER says that extended items follow it.
const flagExtended = 1

// ItemType is the type of an extended item, EVENT_HEADER_EXT_TYPE_* (evntcons.h).
type ItemType uint16

// The types that are read.
const (
	ItemRelatedActivity ItemType = 1
	ItemSID             ItemType = 2
	ItemSchemaTL        ItemType = 11 // the schema of a TraceLogging event
	ItemProviderTraits  ItemType = 12 // the name of a TraceLogging provider
)

// Items are the extended items of an EVENT_HEADER that say something about the
// event, as their bytes; nil is none. Others (stacks and the like) are stepped
// over.
type Items struct {
	RelatedActivity []byte
	SID             []byte
	Schema          []byte
	SchemaAt        int // where it stands in the record
	ProviderTraits  []byte
}

// read reads the items, each of
//
//	0  2  total size  a multiple of 8
//	2  2  type
//	4  2  flags       1: another item follows
//	6  2  data size
//	8     data, and padding
//
// Of an item that comes twice the first counts.
func (it *Items) read(c *cursor.Cursor) {
	const header = 8
	for n := 0; ; n++ {
		if n == maxItems {
			c.Fail(cursor.ErrMalformed, "extended items", "more than %d", maxItems)
			return
		}
		start := *c
		total := int(c.U16("extended item size"))
		typ := ItemType(c.U16("extended item type"))
		more := c.U16("extended item flags")&1 != 0
		size := int(c.U16("extended item data size"))
		if c.Err() != nil {
			return
		}
		if total%8 != 0 || size > total-header {
			start.Fail(cursor.ErrMalformed, "extended item size", "%d, with %d bytes of data", total, size)
			c.Adopt(&start)
			return
		}
		at := c.Pos()
		data := c.Bytes(size, "extended item")
		c.Skip(total-header-size, "extended item padding")
		if c.Err() != nil {
			return
		}
		switch typ {
		case ItemRelatedActivity:
			keep(&it.RelatedActivity, data)
		case ItemSID:
			keep(&it.SID, data)
		case ItemSchemaTL:
			if it.Schema == nil {
				it.SchemaAt = at
			}
			keep(&it.Schema, data)
		case ItemProviderTraits:
			keep(&it.ProviderTraits, data)
		}
		if !more {
			return
		}
	}
}

func keep(dst *[]byte, data []byte) {
	if *dst == nil {
		*dst = data
	}
}
