package evtx_test

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/internal/peer"
)

// fromGolangEvtx brings a record of golang-evtx into our form. How it shapes
// elements and writes values is documented at internal/peer/golangevtx.
func fromGolangEvtx(r *peer.Record) (e event) {
	e.offset, e.recordID = r.Offset, r.RecordID
	ev, _ := r.Event["Event"].(map[string]any)
	system, _ := ev["System"].(map[string]any)
	for name, v := range system {
		switch v := v.(type) {
		case string:
			if name != "Channel" && v == "" && systemForms[name] == nil {
				e.setSystem("Provider/Name", name) // Provider without Guid
			}
			e.setSystem(name, v)
		case map[string]any:
			for attribute, v := range v {
				path := name + "/" + attribute
				if attribute == "Value" {
					path = name
				}
				if v != nil {
					e.setSystem(path, fmt.Sprint(v))
				}
			}
		}
	}
	parts := map[string]any{}
	for name, v := range ev {
		switch name {
		case "System":
		case "EventData":
			if m, ok := v.(map[string]any); ok {
				for k, v := range golangMembers(m) {
					parts[k] = v
				}
			}
		case "UserData":
			if m, ok := v.(map[string]any); ok {
				for k, v := range m {
					parts[k] = golangValue(v)
				}
			}
		default:
			parts[name] = golangValue(v)
		}
	}
	e.data = parts
	return e
}

// golangMembers joins Data, Data1, Data2 … in their order.
func golangMembers(m map[string]any) map[string]any {
	out := map[string]any{}
	type numbered struct {
		n int
		v any
	}
	var unnamed []numbered
	for k, v := range m {
		if rest, ok := strings.CutPrefix(k, "Data"); ok {
			if n, err := strconv.Atoi("0" + rest); err == nil {
				unnamed = append(unnamed, numbered{n, golangValue(v)})
				continue
			}
		}
		out[k] = golangValue(v)
	}
	if unnamed != nil {
		slices.SortFunc(unnamed, func(a, b numbered) int { return a.n - b.n })
		var list []any
		for _, u := range unnamed {
			if l, ok := u.v.([]any); ok {
				list = append(list, l...)
			} else {
				list = append(list, u.v)
			}
		}
		out["Data"] = list
	}
	return out
}

// golangValue takes the text out of {"Value": text}.
func golangValue(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for k, v := range m {
		if k == "xmlns" || strings.HasPrefix(k, "xmlns:") {
			continue
		}
		if k == "Value" {
			k = "#text"
		}
		out[k] = golangValue(v)
	}
	if text, ok := out["#text"]; ok && len(out) == 1 {
		return text
	}
	return out
}

func TestGolangEvtx(t *testing.T) {
	t.Parallel()
	c := comparison{
		reader: peer.GolangEvtx(t), form: fromGolangEvtx, same: sameValue, digits: 7, offsets: true, ids: true,
		crashes: map[string]string{"001": "the empty file", "003": "a file of 16 bytes"},
		known: []known{
			{"empty members of an array of strings are dropped", func(_ string, d difference) bool {
				o, ok := d.ours.([]any)
				kept := slices.DeleteFunc(slices.Clone(o), func(v any) bool { return v == "" })
				return ok && len(kept) < len(o) && len(compareData("", kept, d.theirs, sameValue)) == 0
			}},
			{"an ANSI string is base64 of its bytes", func(_ string, d difference) bool {
				b, err := base64.StdEncoding.DecodeString(leaf(d.theirs))
				return err == nil && len(b) > 0 && strings.TrimRight(string(b), "\x00") == leaf(d.ours)
			}},
			{"an element with a Name and text alone loses its own name", func(log string, d difference) bool {
				return strings.HasPrefix(log, "117") && (d.path == "data/ComplexData" && d.theirs == missing || d.ours == missing && strings.HasSuffix(d.path, "State"))
			}},
			{"a type it does not know is a text about it", func(_ string, d difference) bool {
				s, ok := d.theirs.(string)
				return ok && strings.HasPrefix(s, "Unknown value: Size: ")
			}},
			{"reals have six decimals", func(_ string, d difference) bool {
				f, err := strconv.ParseFloat(leaf(d.ours), 64)
				return err == nil && (fmt.Sprintf("%f", f) == d.theirs || math.IsInf(f, -1) && d.theirs == "-Inf")
			}},
			{"a time after 9999 has no sign, and one after 30828 wraps", func(_ string, d difference) bool {
				return strings.HasPrefix(leaf(d.ours), "+") &&
					(asTime(leaf(d.theirs)) == leaf(d.ours)[1:] || leaf(d.ours)[1:20] == strings.TrimSuffix(leaf(d.theirs), "Z")[:19] || d.theirs == "1600-12-31T23:59:59.9999999Z")
			}},
			in("oddities-values", "a Bool is true only if it is 1 in four bytes", "data/AllOnes", "data/ByteTrue", "data/Two"),
			in("oddities-values", "an authority above 32 bits is decimal", "data/SIDAuthority"),
			in("oddities-values", "milliseconds of a SYSTEMTIME are taken for microseconds, and its members are not checked", "data/SysTime"),
			in("oddities-values", "arrays of these types are read as arrays of strings or of nothing", "data/FileTimes", "data/GUIDs", "data/Hex64s", "data/Int",
				"data/Real32s", "data/SizeTs", "data/Bools", "data/SIDs", "data/Unterminated"),
			in("oddities-values", "the size of a value is not looked at, and the next begins where the last ended", "data/Behind", "data/FileTimeCut",
				"data/GUIDCut", "data/SIDCut", "data/UInt16InFour", "data/UInt32InTwo", "data/UInt64Empty"),
		},
		unread: map[string]count{
			"006":             {88, "behind a bad record its walk of the chunk breaks off"},
			"008":             {31, "behind a bad record its walk of the chunk breaks off"},
			"009":             {1, "UserData that is an element, not a template instance, is an error"},
			"010":             {340, "UserData that is an element, not a template instance, is an error"},
			"011":             {41, "behind a bad record its walk of the chunk breaks off"},
			"013":             {21, "behind a bad record its walk of the chunk breaks off"},
			"031":             {114, "behind a bad record its walk of the chunk breaks off"},
			"damaged":         {10, "behind a bad record its walk of the chunk breaks off"},
			"oddities-xml":    {24, "a token that it does not know costs the chunk"},
			"oddities-values": {1, "an empty ANSI string is an error"},
		},
		extra: map[string]count{
			"028":       {1, "the record that the file ends in, filled up with zeros"},
			"truncated": {1, "the record that the file ends in, filled up with zeros"},
			"011":       {1, "an overwritten record whose values do not end within it: all but its level and Computer are null"},
			"damaged":   {10, "the chunk without its signature"},
		},
	}
	c.run(t)
}
