package payload

import (
	"strings"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// ProviderTraits returns the name of a TraceLogging provider from an event's
// extended item 12, EVENT_HEADER_EXT_TYPE_PROV_TRAITS:
//
//	0  2  size  of all, with this
//	2  …  name  UTF-8 with NUL
//	…  …  traits, each a size of 2 bytes, a type, and bytes; not looked at
//
// It is false if the bytes are not so, or the name is empty.
func ProviderTraits(traits []byte) (name string, ok bool) {
	c := cursor.New(traits, 0)
	if int(c.U16("size")) != len(traits) {
		return "", false
	}
	text, _, found := strings.Cut(string(c.Bytes(c.Len(), "name")), "\x00")
	if !found || text == "" {
		return "", false
	}
	return validText(text), true
}

// validText is text with U+FFFD for each byte that is not UTF-8.
func validText(text string) string { return string([]rune(text)) }
