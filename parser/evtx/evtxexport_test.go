package evtx_test

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/internal/peer"
)

// element is an element of XML.
type element struct {
	name     string
	attrs    [][2]string
	children []*element
	text     string // all that is no element
}

// parseXML reads one element.
func parseXML(text string) (*element, error) {
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.Strict = false // & in an attribute stands there as it is
	var open []*element
	root := &element{}
	open = append(open, root)
	for len(root.children) == 0 || len(open) > 1 {
		tok, err := dec.RawToken()
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, text)
		}
		top := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			e := &element{name: tok.Name.Local}
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					e.attrs = append(e.attrs, [2]string{a.Name.Local, a.Value})
				}
			}
			top.children = append(top.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(tok)
		}
	}
	return root.children[0], nil
}

// value is the element as the column data has it: text, or an object of
// attributes, elements and text.
func (e *element) value(named bool) any {
	m := map[string]any{}
	for _, a := range e.attrs {
		if !named || a[0] != "Name" {
			m[a[0]] = a[1]
		}
	}
	if len(m) == 0 && len(e.children) == 0 {
		return e.text
	}
	e.members(m, false)
	if strings.TrimSpace(e.text) != "" {
		m["#text"] = e.text
	}
	return m
}

// members adds the elements within; what repeats is a list.
func (e *element) members(m map[string]any, eventData bool) {
	for _, c := range e.children {
		name, named := c.name, false
		if eventData && name == "Data" {
			for _, a := range c.attrs {
				if a[0] == "Name" && a[1] != "" {
					name, named = a[1], true
				}
			}
		}
		v := c.value(named)
		if old, ok := m[name]; ok {
			if list, ok := old.([]any); ok {
				v = append(list, v)
			} else {
				v = []any{old, v}
			}
		}
		m[name] = v
	}
}

// fromXML brings an event in XML into our form.
func fromXML(text string) (e event) {
	ev, err := parseXML(text)
	if err != nil {
		e.err = err
		return e
	}
	parts := map[string]any{}
	for _, part := range ev.children {
		switch part.name {
		case "System":
			for _, field := range part.children {
				e.setSystem(field.name, strings.TrimSpace(field.text))
				for _, a := range field.attrs {
					e.setSystem(field.name+"/"+a[0], a[1])
				}
			}
		case "EventData":
			for _, a := range part.attrs {
				parts[a[0]] = a[1]
			}
			part.members(parts, true)
		case "UserData":
			for _, root := range part.children {
				parts[root.name] = root.value(false)
			}
		default:
			parts[part.name] = part.value(false)
		}
	}
	e.data = parts
	return e
}

func fromEvtxExport(r *peer.Record) event {
	e := fromXML(r.XML)
	e.xml = r.XML
	return e
}

// sameXML is sameValue with line ends as XML readers give them, and with what our
// XML has in another form than the data: GUIDs in braces, SYSTEMTIME with three
// digits.
func sameXML(ours, theirs string) bool {
	if len(ours) == 38 && ours[0] == '{' && ours[37] == '}' {
		ours = ours[1:37]
	}
	if len(ours) == 24 && strings.HasSuffix(ours, "Z") && ours[10] == 'T' {
		ours = ours[:23] + "0000Z"
	}
	ours = strings.ReplaceAll(strings.ReplaceAll(ours, "\r\n", "\n"), "\r", "\n")
	return ours == theirs || sameValue(ours, theirs)
}

func TestEvtxExport(t *testing.T) {
	t.Parallel()
	const (
		cut      = "behind a bad record it does not go on with the chunk"
		literals = "it stops at the first record without template"
		null     = "it stops at NULL under a normal substitution"
		tail     = "it leaves out the last chunk, which the file ends in"
	)
	c := comparison{
		reader: peer.EvtxExport(t), form: fromEvtxExport, same: sameXML, digits: 7,
		crashes: map[string]string{
			"001": "the empty file", "002": "no log", "003": "no log",
			"007": literals, "012": literals, "014": literals, "017": literals, "018": literals, "026": literals, "027": literals, "033": literals,
			"forwarded": literals, "security-4654-transport": null, "wfp-1007": null,
			"010":             "it stops at an element whose name it does not find",
			"oddities-xml":    "it stops at an empty attribute value",
			"oddities-values": "it stops at a NUL within a text, and at a string of an odd number of bytes",
		},
		known: []known{
			{"a character beyond the BMP is another", func(_ string, d difference) bool {
				return strings.Contains(leaf(d.ours), "\U0001f511") && strings.Contains(leaf(d.theirs), "\U0001f112")
			}},
			{"a text of white space alone is left out", func(_ string, d difference) bool {
				return strings.TrimSpace(leaf(d.ours)) == "" && d.theirs == ""
			}},
			{"a time that is in no calendar or after 9999 is its parts", func(_ string, d difference) bool {
				return strings.HasPrefix(leaf(d.theirs), "(0x") && strings.HasPrefix(leaf(d.ours), "+")
			}},
			{"reals have seven digits and no sign of infinity", func(_ string, d difference) bool {
				f, err := strconv.ParseFloat(leaf(d.ours), 64)
				mantissa, exponent, _ := strings.Cut(fmt.Sprintf("%e", f), "e")
				n, _ := strconv.Atoi(exponent)
				return err == nil && (fmt.Sprintf("%se%+04d", mantissa, n) == leaf(d.theirs) || math.IsInf(f, 0) && d.theirs == "Inf")
			}},
			in("oddities-values", "a negative number has the magnitude of its other bits", "data/MinusOne", "data/Int", "xml/MinusOne", "xml/Int"),
			in("oddities-values", "an authority above 32 bits is decimal", "data/SIDAuthority", "xml/SIDAuthority"),
			in("oddities-values", "SizeT is decimal", "data/SizeT", "xml/SizeT"),
		},
		unread: map[string]count{
			"006": {88, cut}, "008": {34, cut}, "011": {41, cut}, "013": {21, cut}, "031": {114, cut}, "damaged": {10, cut},
			"007": {1, literals}, "012": {154, literals}, "014": {11, literals}, "017": {6, literals}, "018": {455, literals}, "026": {55, literals},
			"027": {91, literals}, "033": {10, literals}, "forwarded": {5, literals},
			"010": {316, "it stops at an element whose name it does not find"},
			"028": {89, tail}, "truncated": {5, tail},
			"security-4654-transport": {2, null}, "wfp-1007-v0": {1, null}, "wfp-1007-v1": {1, null},
			"oddities-xml":    {15, "it stops at an empty attribute value"},
			"oddities-values": {6, "it stops at a NUL within a text, and at a string of an odd number of bytes"},
		},
		extra: map[string]count{
			"oddities-values": {1, "the beginning of an event with a NUL in it, and the rest of another"},
		},
	}
	c.run(t)
}
