package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// Difference is one thing that the readers do not agree on, or that golang-evtx
// cannot hold.
type Difference struct {
	// Field is where: "record id", "System/EventID", "data/Rule/Part[2]".
	Field string
	// Ours and Theirs are decoded JSON, or Missing.
	Ours, Theirs any
	// Limit is why, if it is known.
	Limit Limit
}

type missing struct{}

// Missing is the value of a field that a reader does not have.
var Missing any = missing{}

// Record compares a record as qmparse has read it, its data included, with the
// event that golang-evtx made of it, decoded JSON. tree gives qmparse's typed
// values and is asked only if there is a difference.
func Record(ev *model.Event, tree func() (*binxml.Element, error), theirs any) ([]Difference, error) {
	c := &comparer{tree: tree}
	var data any
	if ev.Data != nil {
		dec := json.NewDecoder(bytes.NewReader(ev.Data))
		dec.UseNumber()
		if err := dec.Decode(&data); err != nil {
			return nil, fmt.Errorf("data at offset %#x: %w", ev.Offset, err)
		}
	}
	ours, _ := data.(map[string]any)
	outer, _ := theirs.(map[string]any)
	event, _ := outer["Event"].(map[string]any)
	c.system(ev, event["System"])
	c.object("data", ours, parts(event))
	return c.found, nil
}

// parts is what of golang-evtx's event is in the column data.
func parts(event map[string]any) map[string]any {
	all := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(event)) {
		switch v := event[name]; name {
		case "System":
		case "EventData", "UserData":
			if m, ok := v.(map[string]any); ok {
				maps.Copy(all, m)
			} else if !blank(v) {
				all["Value"] = v
			}
		default:
			all[name] = v
		}
	}
	return all
}

// RecordID is the difference of the ids that the readers found in the record's head.
func RecordID(ours, theirs uint64) Difference {
	return Difference{Field: "record id", Ours: strconv.FormatUint(ours, 10), Theirs: strconv.FormatUint(theirs, 10)}
}

type comparer struct {
	tree  func() (*binxml.Element, error)
	types *types // of the tree, once it was asked for
	found []Difference
}

// differ notes a difference, and its reason if that is known.
func (c *comparer) differ(path string, ours, theirs any) {
	c.found = append(c.found, Difference{path, ours, theirs, c.values().limit(path, theirs)})
}

func (c *comparer) limited(limit Limit, path string, ours, theirs any) {
	c.found = append(c.found, Difference{path, ours, theirs, limit})
}

func (c *comparer) values() *types {
	if c.types == nil {
		c.types = newTypes(c.tree())
	}
	return c.types
}

// object compares the members of an object by name.
func (c *comparer) object(path string, ours, theirs map[string]any) {
	left := members(theirs)
	var renamed []string
	for _, k := range slices.Sorted(maps.Keys(ours)) {
		key := k
		if _, ok := left[k]; k == "#text" && !ok {
			key = "Value"
		}
		t, ok := left[key]
		delete(left, key)
		more := numbered(left, key, ours)
		if list, isList := ours[k].([]any); isList {
			if ok {
				more = append([]any{t}, more...)
			}
			if len(more) == 0 && named(list...) {
				renamed = append(renamed, k)
			} else {
				c.list(path+"/"+k, list, flat(more...))
			}
			continue
		}
		if len(more) > 0 {
			// An element that is left out of ours, for want of its value, is empty in
			// theirs and has the name without a number.
			if more = slices.DeleteFunc(append(more, t), blank); len(more) == 1 {
				t = more[0]
			} else {
				t = more
			}
		} else if !ok {
			if t, ok = dataNamed(left, k); !ok {
				t = Missing
				if named(ours[k]) {
					renamed = append(renamed, k)
					continue
				}
			}
		}
		c.value(path+"/"+k, ours[k], t)
	}
	for _, k := range renamed {
		list, isList := ours[k].([]any)
		if !isList {
			list = []any{ours[k]}
		}
		for _, v := range list {
			c.renamed(path+"/"+k, v.(map[string]any), left)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(left)) {
		if !blank(left[k]) {
			c.differ(path+"/"+k, Missing, left[k])
		}
	}
}

// members is a copy of an object of golang-evtx without declarations of namespaces.
func members(m map[string]any) map[string]any {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(k string, _ any) bool { return k == "xmlns" || strings.HasPrefix(k, "xmlns:") })
	return m
}

// numbered takes the members key1, key2 … out of left in their order: siblings of
// one name have their number among all siblings behind it. Ours has such a name
// itself if an element is called so.
func numbered(left map[string]any, key string, ours map[string]any) (values []any) {
	var numbers []int
	for k := range left {
		if rest, ok := strings.CutPrefix(k, key); ok && rest != "" && rest[0] != '0' && rest[0] != '+' && rest[0] != '-' {
			if _, own := ours[k]; !own {
				if n, err := strconv.Atoi(rest); err == nil {
					numbers = append(numbers, n)
				}
			}
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		k := key + strconv.Itoa(n)
		values = append(values, left[k])
		delete(left, k)
	}
	return values
}

// dataNamed takes out of left the Data of that name that has other attributes, too:
// it keeps its element's name in golang-evtx and is told by the attribute.
func dataNamed(left map[string]any, name string) (any, bool) {
	for _, k := range slices.Sorted(maps.Keys(left)) {
		if m, ok := left[k].(map[string]any); ok && strings.HasPrefix(k, "Data") && m["Name"] == name {
			delete(left, k)
			m = maps.Clone(m)
			delete(m, "Name")
			return m, true
		}
	}
	return nil, false
}

// named says whether all values are elements with a Name and at most text.
func named(values ...any) bool {
	for _, v := range values {
		m, _ := v.(map[string]any)
		_, hasText := m["#text"]
		if _, ok := m["Name"].(string); !ok || len(m) > 2 || len(m) == 2 && !hasText {
			return false
		}
	}
	return len(values) > 0
}

// renamed compares such an element with the member that has its Name as key.
func (c *comparer) renamed(path string, ours, left map[string]any) {
	name := ours["Name"].(string)
	t, ok := left[name]
	if !ok {
		c.differ(path, ours, Missing)
		return
	}
	delete(left, name)
	c.limited(ElementName, path, ours, map[string]any{name: t})
	if text, ok := ours["#text"]; ok {
		c.value(path+"/#text", text, t)
	} else if !blank(t) {
		c.differ(path+"/#text", Missing, t)
	}
}

// value compares a value of any kind. An empty object of golang-evtx is an element
// without content.
func (c *comparer) value(path string, ours, theirs any) {
	if m, ok := theirs.(map[string]any); ok {
		if m = members(m); len(m) == 0 {
			theirs = Missing
		} else if v, ok := m["Value"]; ok && len(m) == 1 {
			theirs = v
		}
	}
	switch o := ours.(type) {
	case map[string]any:
		switch t := theirs.(type) {
		case map[string]any:
			c.object(path, o, t)
		case nil, missing:
			c.object(path, o, nil)
		default:
			c.object(path, o, map[string]any{"Value": t})
		}
	case []any:
		c.list(path, o, flat(theirs))
	default:
		if !sameLeaf(ours, theirs) {
			c.differ(path, ours, theirs)
		}
	}
}

// list compares the items of an array, or elements of one name.
func (c *comparer) list(path string, ours, theirs []any) {
	ours = flat(ours...)
	if allBlank(ours) && allBlank(theirs) && (len(ours) == 0 || len(theirs) <= 1) {
		return
	}
	before := len(c.found)
	if len(ours) == len(theirs) {
		for i := range ours {
			c.value(fmt.Sprintf("%s[%d]", path, i), ours[i], theirs[i])
		}
	} else if len(theirs) == 1 && len(ours) > 1 && c.values().elements[path] == len(ours) && sameLeaf(ours[len(ours)-1], theirs[0]) {
		c.limited(RepeatedName, path, ours, theirs[0])
	} else {
		c.differ(path, ours, list(theirs))
	}
	if len(c.found) > before && c.found[before].Limit == "" {
		// As a whole it may be what it must be.
		if limit := c.values().limit(path, theirs); limit != "" {
			c.found = append(c.found[:before], Difference{path, ours, list(theirs), limit})
		}
	}
}

// list makes an array of no item Missing.
func list(items []any) any {
	if len(items) == 0 {
		return Missing
	}
	return items
}

// flat makes one array of values some of which may be arrays.
func flat(values ...any) (all []any) {
	for _, v := range values {
		switch v := v.(type) {
		case []any:
			all = append(all, flat(v...)...)
		case missing:
		default:
			all = append(all, v)
		}
	}
	return all
}

func allBlank(values []any) bool {
	return !slices.ContainsFunc(values, func(v any) bool { return !blank(v) })
}

// blank says whether a value of either reader is none: NULL, no content, or an
// empty text.
func blank(v any) bool {
	switch v := v.(type) {
	case nil, missing:
		return true
	case string:
		return v == ""
	case []any:
		return allBlank(v)
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func sameLeaf(ours, theirs any) bool {
	if blank(ours) {
		null, empty := ours == nil && theirs == "", ours == "" && theirs == nil
		return blank(theirs) && !null && !empty
	}
	var o string
	switch v := ours.(type) {
	case string:
		o = v
	case json.Number:
		o = v.String()
	case bool:
		o = strconv.FormatBool(v)
	}
	switch t := theirs.(type) {
	case string:
		return sameText(o, t)
	case json.Number:
		return o == t.String()
	}
	return false
}
