package evtx

import "github.com/qmparse/qmparse/parser/binxml"

// composed are definitions that were made of what is known of Windows: many old records need
// the same.
type composed map[composedKey]*binxml.Definition

// composedKey is what one is made of: of an event the layout and the root element of the data,
// of data the list.
type composedKey struct {
	id     uint32 // of the template
	layout *systemLayout
	root   string
	list   *fieldList
}

// maxComposed bounds how many there are. A log needs some.
const maxComposed = 256

func (c *composed) event(id uint32, layout *systemLayout, root string) *binxml.Definition {
	return c.get(composedKey{id: id, layout: layout, root: root})
}

func (c *composed) data(id uint32, list *fieldList) *binxml.Definition {
	return c.get(composedKey{id: id, list: list})
}

func (c *composed) get(k composedKey) *binxml.Definition {
	t := (*c)[k]
	if t != nil {
		return t
	}
	if k.list != nil {
		t = binxml.EventDataDefinition(k.id, k.list.names)
	} else {
		t = k.layout.definition(k.id, k.root)
	}
	if *c == nil || len(*c) == maxComposed {
		*c = composed{}
	}
	(*c)[k] = t
	return t
}
