package evtx_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/internal/peer"
)

// fromRustEvtx brings a record of the Rust crate evtx into our form: attributes
// are in #attributes, text beside them is #text, the second of two elements of
// one name is NAME_1.
func fromRustEvtx(r *peer.Record) (e event) {
	e.recordID = r.RecordID
	ev, _ := r.Event["Event"].(map[string]any)
	system, _ := ev["System"].(map[string]any)
	for name, v := range system {
		m, ok := v.(map[string]any)
		if !ok {
			if v != nil {
				e.setSystem(name, fmt.Sprint(v))
			}
			continue
		}
		if text := m["#text"]; text != nil {
			e.setSystem(name, fmt.Sprint(text))
		}
		attributes, _ := m["#attributes"].(map[string]any)
		for a, v := range attributes {
			if v != nil {
				e.setSystem(name+"/"+a, fmt.Sprint(v))
			}
		}
	}
	parts := map[string]any{}
	for name, v := range ev {
		switch name {
		case "System", "#attributes":
		case "EventData", "UserData":
			if m, ok := rustValue(v).(map[string]any); ok {
				for k, v := range m {
					parts[k] = v
				}
			}
		default:
			parts[name] = rustValue(v)
		}
	}
	e.data = parts
	return e
}

// rustValue takes attributes and text out of their members.
func rustValue(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	attributes, _ := m["#attributes"].(map[string]any)
	for k, v := range attributes {
		if k != "xmlns" && !strings.HasPrefix(k, "xmlns:") {
			out[k] = v
		}
	}
	for k, v := range m {
		if k != "#attributes" {
			out[k] = rustValue(v)
		}
	}
	if text, ok := out["#text"]; ok && len(out) == 1 {
		return text
	}
	for k, v := range out {
		if _, ok := out[k+"_1"]; ok {
			list := []any{v}
			for n := 1; ; n++ {
				k := fmt.Sprintf("%s_%d", k, n)
				v, ok := out[k]
				if !ok {
					break
				}
				list = append(list, v)
				delete(out, k)
			}
			out[k] = list
		}
	}
	return out
}

// sameRust is sameValue with times of six digits.
func sameRust(ours, theirs string) bool {
	if len(ours) == 28 && strings.HasSuffix(ours, "Z") && len(theirs) == 27 {
		return ours[:26] == theirs[:26]
	}
	return sameValue(ours, theirs)
}

func TestRustEvtx(t *testing.T) {
	t.Parallel()
	const cut = "behind a bad record it does not go on with the chunk"
	const late = "a time after 9999 is an error"
	c := comparison{
		reader: peer.RustEvtx(t), form: fromRustEvtx, same: sameRust, digits: 6, ids: true, slow: true,
		crashes: map[string]string{"001": "the empty file", "002": "no log", "003": "no log"},
		known: []known{
			{"of several values of one Data the last is given", func(_ string, d difference) bool {
				o, ok := d.ours.([]any)
				return ok && len(o) > 1 && len(compareData("", o[len(o)-1], d.theirs, sameRust)) == 0
			}},
			{"reals are written in another way", func(_ string, d difference) bool {
				o, err1 := strconv.ParseFloat(leaf(d.ours), 64)
				t, err2 := strconv.ParseFloat(leaf(d.theirs), 64)
				return err1 == nil && err2 == nil && math.Float64bits(o) == math.Float64bits(t)
			}},
			{"reals of an array are written in another way, the last of them is given", func(log string, d difference) bool {
				return strings.HasPrefix(log, "oddities-values") && strings.HasPrefix(d.path, "data/Real") && d.theirs == "-2.0"
			}},
			{"a lone surrogate is dropped", func(_ string, d difference) bool {
				return strings.ReplaceAll(leaf(d.ours), "\ufffd", "") == d.theirs
			}},
			{"a text ends at its first NUL", func(_ string, d difference) bool {
				head, _, found := strings.Cut(leaf(d.ours), "\x00")
				return found && head == d.theirs
			}},
			in("oddities-values", "a Bool is four bytes, and a number if it is neither 0 nor 1", "data/AllOnes", "data/ByteFalse", "data/ByteTrue", "data/Two"),
			in("oddities-values", "an authority above 32 bits is decimal", "data/SIDAuthority"),
			in("oddities-xml", "unnamed Data beside named ones, and those of a record without template, are left out", "data/Data"),
			in("oddities-xml", "attributes of an element with text are left out", "data/AttributeNull"),
			{"a root of UserData that is text alone is not an object", func(log string, d difference) bool {
				o, ok := d.ours.(map[string]any)
				return strings.HasPrefix(log, "oddities-xml") && ok && len(o) == 1 && o["#text"] == d.theirs
			}},
			in("oddities-xml", "prefixes stay", "data/Root", "data/q:Root"),
		},
		unread: map[string]count{
			"006":             {88, cut},
			"008":             {31, cut},
			"011":             {41, cut},
			"013":             {21, cut},
			"028":             {89, "it leaves out the last chunk, which the file ends in"},
			"031":             {114, cut},
			"damaged":         {10, cut},
			"truncated":       {5, "it leaves out the last chunk, which the file ends in"},
			"oddities-xml":    {4, "an instance in a definition, a character reference (two records) and a CDATA section are errors"},
			"oddities-values": {4, "a string of an odd number of bytes, late times, an array of ANSI strings and cut values are errors"},
			"wfp-1007-v0":     {4, late},
			"wfp-1007-v1":     {4, late},
		},
	}
	c.run(t)
}
