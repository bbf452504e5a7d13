package netsh

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
)

// required returns the text of a field that its structure always has.
func (d *Decoder) required(parent int32, names ...string) string {
	return d.present(d.only(parent, names...), names[0])
}

// present returns the text of an element, of which there should be some.
func (d *Decoder) present(i int32, name string) string {
	text, ok := d.leaf(i)
	if ok && text == "" {
		d.miss(name)
	}
	return text
}

// number reads an unsigned number of at most that many bits.
func (d *Decoder) number(parent int32, bits int, names ...string) model.Opt[uint64] {
	text := d.required(parent, names...)
	if text == "" {
		return model.Opt[uint64]{}
	}
	v, ok := model.ParseUint(text, bits)
	if !ok {
		d.unreadable("number", names[0], text)
	}
	return model.Opt[uint64]{V: v, OK: ok}
}

// as is a number in the type of its field.
func as[T ~uint8 | ~uint16 | ~uint32 | ~uint64](n model.Opt[uint64]) model.Opt[T] {
	return model.Opt[T]{V: T(n.V), OK: n.OK}
}

func (d *Decoder) unreadable(what, name, text string) {
	d.say(what+"-unreadable", name+" "+model.Quote(text))
}

// enumerator reads one of Microsoft's names or a number, which is kept even if
// it has no name.
func enumerator[T ~uint32](d *Decoder, parse func(string) (T, bool), parent int32, names ...string) model.Opt[T] {
	text := d.required(parent, names...)
	if text == "" {
		return model.Opt[T]{}
	}
	v, ok := parse(text)
	if !ok {
		var n uint64
		n, ok = model.ParseUint(text, 32)
		v = T(n)
	}
	if !ok {
		d.unreadable("enumerator", names[0], text)
	}
	return model.Opt[T]{V: v, OK: ok}
}

// named is a number that Microsoft's headers have a name for.
type named struct {
	name  string
	value uint32
}

// lookup reads a name or a number.
func lookup(table []named, text string) (uint32, bool) {
	for i := range table {
		if table[i].name == text {
			return table[i].value, true
		}
	}
	v, ok := model.ParseUint(text, 32)
	return uint32(v), ok
}

// named reads an enumerator of a table.
func (d *Decoder) named(table []named, parent int32, names ...string) model.Opt[uint32] {
	text := d.required(parent, names...)
	if text == "" {
		return model.Opt[uint32]{}
	}
	v, ok := lookup(table, text)
	if !ok {
		d.unreadable("enumerator", names[0], text)
	}
	return model.Opt[uint32]{V: v, OK: ok}
}

// flags reads a list of flags, <item> each, or their sum as a number. The sum
// is known only if all of them are; what is known of it is in bits.
func (d *Decoder) flags(table []named, parent int32, name string) (sum model.Opt[uint32], bits uint32) {
	i := d.only(parent, name)
	if i == 0 {
		d.miss(name)
		return sum, 0
	}
	if d.nodes[i].child == 0 {
		text, ok := d.leaf(i)
		if text == "" {
			sum.OK = d.counted(i, name) && ok
			return sum, 0
		}
		v, ok := model.ParseUint(text, 32)
		if !ok {
			d.unreadable("flag", name, text)
		}
		return model.Opt[uint32]{V: uint32(v), OK: ok}, uint32(v)
	}
	known := d.counted(i, name)
	for k := d.nodes[i].child; k != 0; k = d.nodes[k].next {
		text, _ := d.leaf(k)
		v, ok := lookup(table, text)
		if !ok {
			d.unreadable("flag", name, text)
			known = false
		}
		bits |= v
	}
	if known {
		sum = model.Some(bits)
	}
	return sum, bits
}

// counted says whether a list has as many items as it says.
func (d *Decoder) counted(i int32, name string) bool {
	n := &d.nodes[i]
	if want, ok := n.numItems(); ok && want != int(n.children) {
		d.say("count-differs", fmt.Sprintf("%s %d items, not %d", name, n.children, want))
		return false
	}
	return true
}

// errorCode reads a system error: netsh has its symbol, ERROR_IPSEC_IKE_NO_CERT.
func (d *Decoder) errorCode(parent int32) model.Opt[model.Win32Error] {
	const name = "failureErrorCode"
	text := d.required(parent, name)
	if text == "" {
		return model.Opt[model.Win32Error]{}
	}
	if v, ok := model.ParseUint(text, 32); ok {
		return model.Some(model.Win32Error(v))
	}
	if text[0] == '-' { // an HRESULT as a signed number
		if v, err := strconv.ParseInt(text, 10, 32); err == nil {
			return model.Some(model.Win32Error(uint32(v)))
		}
	}
	if e, ok := model.ErrorBySymbol(text); ok {
		return model.Some(e)
	}
	d.unreadable("error-code", name, text)
	return model.Opt[model.Win32Error]{}
}

// guid reads a GUID, in braces or bare.
func (d *Decoder) guid(i int32, name string) model.Opt[model.GUID] {
	text := d.present(i, name)
	if text == "" {
		return model.Opt[model.GUID]{}
	}
	g, ok := model.ParseGUID(text)
	if !ok {
		d.unreadable("guid", name, text)
	}
	return model.Opt[model.GUID]{V: g, OK: ok}
}

// sid reads a SID.
func (d *Decoder) sid(parent int32, name string) model.Opt[string] {
	text := d.required(parent, name)
	if text == "" {
		return model.Opt[string]{}
	}
	if !model.ValidSID(text) {
		d.unreadable("sid", name, text)
		return model.Opt[string]{}
	}
	return model.Some(text)
}

// optional reads a text that may well be empty, which is none.
func (d *Decoder) optional(parent int32, name string) model.Opt[string] {
	text, _ := d.leaf(d.only(parent, name))
	return model.Opt[string]{V: text, OK: text != ""}
}

// blobText reads an FWP_BYTE_BLOB that holds UTF-16LE: <data> with hexadecimal
// digits, beside which <asString> gives each byte as a character and is not
// looked at. The NULs at its end are no part of the text.
func (d *Decoder) blobText(parent int32, name string) model.Opt[string] {
	i := d.only(parent, name)
	if i == 0 {
		d.miss(name)
		return model.Opt[string]{}
	}
	b, ok := d.blob(i, name)
	if !ok {
		return model.Opt[string]{}
	}
	if len(b)%2 != 0 {
		d.say("text-odd-size", fmt.Sprintf("%s %d bytes", name, len(b)))
	}
	units := make([]uint16, len(b)/2)
	for k := range units {
		units[k] = uint16(b[2*k]) | uint16(b[2*k+1])<<8
	}
	for len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	return model.Some(string(utf16.Decode(units)))
}

// blob reads an FWP_BYTE_BLOB: <data> or the text of the element itself. It is
// empty if there is nothing, and not ok if that cannot be read.
func (d *Decoder) blob(i int32, name string) (b []byte, ok bool) {
	if d.nodes[i].child != 0 {
		if i = d.only(i, "data"); i == 0 {
			d.miss(name + " data")
			return nil, false
		}
	}
	text, ok := d.leaf(i)
	if !ok {
		return nil, false
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		d.unreadable("hex", name, text)
		return nil, false
	}
	return b, true
}

// ipv4 reads a dotted address.
func ipv4(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a, err == nil && a.Is4()
}

// ipv6 reads an address of IPv6 without scope.
func ipv6(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a, err == nil && a.Is6() && a.Zone() == ""
}

// bytesOf returns exactly n bytes written as pairs of hexadecimal digits, with
// - or : between them or nothing.
func bytesOf(text string, n int) ([]byte, bool) {
	if len(text) == 3*n-1 {
		digits := make([]byte, 0, 2*n)
		for i := range n {
			if i > 0 && text[3*i-1] != '-' && text[3*i-1] != ':' {
				return nil, false
			}
			digits = append(digits, text[3*i], text[3*i+1])
		}
		text = string(digits)
	}
	b, err := hex.DecodeString(text)
	return b, err == nil && len(b) == n
}
