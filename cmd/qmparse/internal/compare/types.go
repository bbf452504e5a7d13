package compare

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/qmparse/qmparse/parser/binxml"
)

// types are the values of a record with their types and bytes.
type types struct {
	values   map[string][]binxml.Value // by path, in document order
	elements map[string]int            // how many elements have the path

	// wrong is where in the chunk the first value stands whose size is not that of
	// its type; golang-evtx reads what is behind it from the wrong place.
	wrong int32
}

func newTypes(event *binxml.Element, err error) *types {
	t := &types{values: map[string][]binxml.Value{}, elements: map[string]int{}, wrong: math.MaxInt32}
	if err != nil || event == nil {
		return t // nothing is known, so nothing is explained
	}
	for _, n := range event.Children {
		e := n.Element
		if e == nil {
			continue
		}
		switch local(e.Name) {
		case "System":
			t.add("System", e, local)
		case "EventData":
			t.add("data", e, local)
		case "UserData":
			t.add("data", e, local)
		default:
			t.element("data/"+local(e.Name), e)
		}
	}
	return t
}

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

func (t *types) element(path string, e *binxml.Element) {
	t.elements[path]++
	t.add(path, e, local)
}

// add adds what is in element e.
func (t *types) add(path string, e *binxml.Element, key func(string) string) {
	for _, a := range e.Attrs {
		for _, v := range a.Value {
			t.value(path+"/"+key(a.Name), v)
		}
	}
	for _, n := range e.Children {
		if n.Element == nil {
			t.value(path, n.Value)
			continue
		}
		name := key(n.Element.Name)
		if path == "data" && name == "Data" {
			for _, a := range n.Element.Attrs {
				if a.Name == "Name" && len(a.Value) == 1 && a.Value[0].Text() != "" {
					name = a.Value[0].Text()
				}
			}
		}
		t.element(path+"/"+name, n.Element)
	}
}

func (t *types) value(path string, v binxml.Value) {
	t.values[path] = append(t.values[path], v)
	if v.Pos > 0 && v.Pos < t.wrong && !sized(v) {
		t.wrong = v.Pos
	}
}

// sized says whether golang-evtx reads as many bytes of a value as it has.
func sized(v binxml.Value) bool {
	n := len(v.Data)
	switch v.Type {
	case binxml.TypeInt8, binxml.TypeUInt8:
		return n == 1
	case binxml.TypeInt16, binxml.TypeUInt16:
		return n == 2
	case binxml.TypeInt32, binxml.TypeUInt32, binxml.TypeHexInt32, binxml.TypeBool:
		return n == 4
	case binxml.TypeInt64, binxml.TypeUInt64, binxml.TypeHexInt64, binxml.TypeReal64, binxml.TypeFileTime:
		return n == 8
	case binxml.TypeGUID, binxml.TypeSysTime:
		return n == 16
	case binxml.TypeSID:
		return n >= 8 && n == 8+4*int(v.Data[1])
	case binxml.TypeString:
		return n%2 == 0
	}
	if v.Type.IsArray() {
		switch arrayAs(v.Type) {
		case binxml.TypeString, binxml.TypeUInt16:
			return n%2 == 0
		case binxml.TypeUInt64:
			return n%8 == 0
		}
	}
	return true
}

// arrayAs returns as an array of what golang-evtx reads one of type t, 0 for
// none. It asks for the bits of a type where it means its number.
func arrayAs(t binxml.Type) binxml.Type {
	for _, as := range []binxml.Type{binxml.TypeString, binxml.TypeUInt16, binxml.TypeUInt64} {
		if t&as == as {
			return as
		}
	}
	return 0
}

// limit returns why golang-evtx has theirs at the path: the limit of the first
// value there that it cannot hold, if what it makes of all of them is theirs.
func (t *types) limit(path string, theirs any) Limit {
	path, item := unindexed(path)
	values := t.values[path]
	if item >= 0 && item < len(values) {
		values = values[item : item+1] // one of several elements of a name
	}
	var reason Limit
	var must []any
	for _, v := range values {
		if v.Pos >= t.wrong {
			return ValueSize // what is there cannot be foretold
		}
		form, limit := golangForm(v)
		if reason == "" {
			reason = limit
		}
		must = append(must, form)
	}
	must, is := flat(must...), flat(theirs)
	if reason == "" || !reflect.DeepEqual(must, is) && !unknown(must, is) {
		return ""
	}
	return reason
}

// unindexed is the path without the number of the item, -1 if there is none, and
// without what stands for the text of an element.
func unindexed(path string) (string, int) {
	path = strings.TrimSuffix(path, "/#text")
	i := strings.LastIndexByte(path, '[')
	if !strings.HasSuffix(path, "]") || i < 0 {
		return path, -1
	}
	item, err := strconv.Atoi(path[i+1 : len(path)-1])
	if err != nil {
		return path, -1
	}
	return strings.TrimSuffix(path[:i], "/#text"), item
}

const unknownType = "Unknown value: Size: %d ValType: 0x%02x Unk: 0x00 @ "

// unknown says whether both are one text about a type; where the value stands, at
// the end of it, is not compared.
func unknown(must, is []any) bool {
	if len(must) != 1 || len(is) != 1 {
		return false
	}
	m, _ := must[0].(string)
	s, _ := is[0].(string)
	return strings.HasPrefix(m, "Unknown value: ") && strings.HasPrefix(s, m)
}

// golangForm returns what golang-evtx makes of a value, as decoded JSON, and which
// limit keeps it from being the value itself.
func golangForm(v binxml.Value) (any, Limit) {
	if !sized(v) {
		return nil, ValueSize
	}
	if v.Type.IsArray() {
		return golangArray(v)
	}
	switch v.Type {
	case binxml.TypeNull:
		return nil, ""
	case binxml.TypeAnsiString:
		return base64.StdEncoding.EncodeToString(v.Data), ""
	case binxml.TypeSID:
		return asSID(v.Text()), ""
	case binxml.TypeReal64:
		f, _ := v.Float()
		return fmt.Sprintf("%f", f), RealDecimals
	case binxml.TypeBool:
		n := binary.LittleEndian.Uint32(v.Data)
		return strconv.FormatBool(n == 1), when(n > 1, BoolValue)
	case binxml.TypeSysTime:
		return systemTime(v.Data), SystemTime
	case binxml.TypeFileTime:
		n := int64(binary.LittleEndian.Uint64(v.Data))
		return fileTime(n), when(n < 0, FileTimeRange)
	case binxml.TypeGUID:
		return strings.ToUpper(v.Text()), ""
	case binxml.TypeHexInt32:
		n, _ := v.Uint()
		return fmt.Sprintf("0x%04x", n), ""
	case binxml.TypeHexInt64:
		n, _ := v.Uint()
		return fmt.Sprintf("0x%08x", n), ""
	case binxml.TypeReal32, binxml.TypeSizeT, binxml.TypeEvtHandle, binxml.TypeEvtXML:
		return fmt.Sprintf(unknownType, len(v.Data), uint8(v.Type)), UnsupportedType
	}
	return v.Text(), ""
}

func when(is bool, limit Limit) Limit {
	if is {
		return limit
	}
	return ""
}

func golangArray(v binxml.Value) (any, Limit) {
	switch as := arrayAs(v.Type); as {
	case binxml.TypeString:
		var items []any
		for _, s := range strings.SplitAfter(string(utf16.Decode(units(v.Data))), "\x00") {
			if s, ended := strings.CutSuffix(s, "\x00"); ended && s != "" {
				items = append(items, s)
			}
		}
		if v.Type == binxml.TypeString|binxml.TypeArray {
			return orNull(items), StringArray
		}
		return orNull(items), ArrayType
	case binxml.TypeUInt16, binxml.TypeUInt64:
		size := 2
		if as == binxml.TypeUInt64 {
			size = 8
		}
		var items []any
		for b := v.Data; len(b) >= size; b = b[size:] {
			var wide [8]byte
			copy(wide[:], b[:size])
			items = append(items, json.Number(strconv.FormatUint(binary.LittleEndian.Uint64(wide[:]), 10)))
		}
		return orNull(items), when(v.Type != as|binxml.TypeArray, ArrayType)
	}
	return fmt.Sprintf(unknownType, len(v.Data), uint8(v.Type)), UnsupportedType
}

// orNull is an array, or null if it has no items: so Go prints a slice that was
// never made.
func orNull(items []any) any {
	if items == nil {
		return nil
	}
	return items
}

func units(b []byte) []uint16 {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return u
}

// ansiText is a text in Windows-1252, without the NULs at its end.
func ansiText(b []byte) string {
	return binxml.Value{Type: binxml.TypeAnsiString, Data: b}.Text()
}

// systemTime is golang-evtx's time of a SYSTEMTIME.
func systemTime(b []byte) string {
	var w [8]int
	for i := range w {
		w[i] = int(int16(binary.LittleEndian.Uint16(b[2*i:])))
	}
	return goTime(time.Date(w[0], time.Month(w[1]), w[3], w[4], w[5], w[6], w[7]*1000, time.UTC))
}

// fileTime is golang-evtx's time of a FILETIME.
func fileTime(ticks int64) string {
	const perSecond, unix = 10_000_000, 11_644_473_600
	seconds := ticks/perSecond - unix
	return goTime(time.Unix(seconds, (ticks%perSecond)*100))
}

func goTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
