package binxml

import (
	"cmp"
	"slices"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Records of a log repeat each other: the same template, values of the same types
// and sizes, and among them the same provider, channel, host and event id. What
// System says of these can only be what it said before, since it is made of the
// same bytes. So the decoder remembers what kinds of records it has met, and
// where in them the bytes stand that tell the kinds apart; Glance compares those
// bytes and decodes nothing. Whatever it has not met it leaves to Document.

// Kind is what records have in common that have the same provider, event id,
// channel and host, because they have the same template, the same types and sizes
// of values, and in all values that these fields are made of the same bytes. Two
// kinds may have the same fields.
type Kind struct {
	// Of is the caller's, nil at first.
	Of any

	Timed bool // TimeCreated is known

	layout    *layout
	id        uint16
	key, more string // the bytes of the layout's extents
	next      *Kind  // in the bucket
}

// kindFields says which System fields tell kinds apart.
var kindFields = [systemFields]bool{ProviderName: true, ProviderGUID: true, EventID: true, Channel: true, Computer: true}

// plan says which values of a template's instances its kinds are told apart by.
type plan struct {
	known bool     // false if only decoding can tell
	key   []uint16 // indices of values, that of EventID first
}

// findPlan works out the plan of a program whose System fields are known. It has
// one if every field is a literal or one substitution, as in any template that
// Windows writes.
func (p *program) findPlan() {
	p.plan = plan{}
	if p.bound || p.trailing || p.badNames > 0 || len(p.system) == 0 {
		return
	}
	timed := false
	for i := range p.system {
		s := &p.system[i]
		if s.end == s.i {
			continue // without a value
		}
		n := &p.nodes[s.i]
		if s.end != s.i+1 || n.kind != kindText && n.kind != kindCDATA && n.kind != kindSubstitution {
			return
		}
		switch {
		case s.field == TimeCreated:
			if timed || n.kind != kindSubstitution {
				return
			}
			timed = true
		case kindFields[s.field] && n.kind == kindSubstitution && !slices.Contains(p.plan.key, n.sub):
			if s.field == EventID {
				p.plan.key = slices.Insert(p.plan.key, 0, n.sub)
			} else {
				p.plan.key = append(p.plan.key, n.sub)
			}
		}
	}
	p.plan.known = true
}

// layout is one way in which the values of a template's instances are laid out,
// and the kinds that were met in it. Positions count from the first value.
type layout struct {
	count   uint32    // of values
	specs   string    // their descriptors, without the last one if anyLast
	anyLast bool      // the last value may have any size
	last    uint16    // its type, and the byte behind it
	size    int       // of all values, without the last one if anyLast
	time    int       // where the FILETIME of TimeCreated stands; -1 if it has none
	id      int       // where the event id stands if it has two bytes, else -1
	key     extent    // what else tells kinds apart,
	more    []extent  // and what of that stands elsewhere
	rest    []valueOf // of the other System fields, in document order
	data    int       // which value is the event's data; -1 if none is, or not all of them
	dataAt  int       // where it stands

	userData bool // it stands in UserData
	none     bool // what is laid out like this is of no kind
	missing  bool // the template asks for more values
	buckets  [maxKindBuckets]*Kind
}

// valueOf says where the value of a System field stands.
type valueOf struct {
	field  SystemField
	typ    Type
	number bool // its bytes are the number that it is
	at, n  int
	lit    *Value // instead, if it is literal
}

type extent struct{ at, n int }

// match says whether b begins with the descriptors of the layout, and has all values behind
// them.
func (l *layout) match(b []byte) bool {
	n := len(l.specs)
	if n > len(b) || string(b[:n]) != l.specs {
		return false
	}
	_, behind := l.values(b[n:])
	return behind >= 0
}

// values returns b from the first value on, and how many bytes there are behind the values,
// of what stands behind the descriptors that are the same in all values of the layout. That
// is negative if b does not have them all.
func (l *layout) values(b []byte) (values []byte, behind int) {
	size := l.size
	if l.anyLast {
		last, ok := cursor.Uint32(b, 0)
		if !ok || uint16(last>>16) != l.last {
			return nil, -1
		}
		b = b[4:]
		size += int(last & 0xffff)
	}
	return b, len(b) - size
}

// find returns the kind with such values, nil if it is not known. There are as many as match
// has found.
func (l *layout) find(values []byte) *Kind {
	id := l.eventID(values)
	key := values[l.key.at : l.key.at+l.key.n]
	for k := l.buckets[kindBucket(id)]; k != nil; k = k.next {
		if k.id == id && string(key) == k.key && (l.more == nil || l.moreOf(values) == k.more) {
			return k
		}
	}
	return nil
}

// kindBucket spreads ids, of which many are multiples of 16.
func kindBucket(id uint16) uint16 { return (id ^ id>>4) % maxKindBuckets }

// eventID returns the event id, 0 if the layout does not say where it stands.
func (l *layout) eventID(values []byte) uint16 {
	id, _ := cursor.Uint16(values, l.id)
	return id
}

func (l *layout) moreOf(values []byte) string {
	var all []byte
	for _, x := range l.more {
		all = append(all, values[x.at:x.at+x.n]...)
	}
	return string(all)
}

// Whole says that System has something to say of each record of the kind beside
// its fields, so that [Decoder.Rest] is not enough.
func (k *Kind) Whole() bool { return k.layout.missing }

// OfKind says whether f is one of the fields that tell kinds apart.
func (f SystemField) OfKind() bool { return f < systemFields && kindFields[f] }

// Kind returns the kind of the document's record, which Glance knows from now on;
// nil if there is none.
func (doc *Document) Kind() *Kind {
	d, p := doc.d, doc.p
	if doc.depth > 0 || !doc.Templated || doc.cut != nil || !p.plan.known {
		return nil
	}
	start := doc.start()
	l := doc.layout(start)
	if l.none {
		return nil
	}
	values := d.chunk[start:]
	if k := l.find(values); k != nil {
		return k
	}
	k := &Kind{
		Timed:  l.time >= 0,
		layout: l,
		id:     l.eventID(values),
		key:    string(values[l.key.at : l.key.at+l.key.n]),
		more:   l.moreOf(values),
	}
	bucket, kept := &l.buckets[kindBucket(k.id)], 1
	k.next = *bucket
	*bucket = k
	for old := k.next; old != nil; old = old.next {
		if kept++; kept == maxBucket {
			old.next = nil
		}
	}
	if d.kinds++; d.kinds > maxKinds {
		d.forgetKinds()
	}
	return k
}

// start returns the position of the first value in the chunk.
func (doc *Document) start() int {
	if len(doc.values) == 0 {
		return 0
	}
	return int(doc.values[0].Pos)
}

// layout returns the layout of the document's values, which begin at start: a new
// one if it was not met before.
func (doc *Document) layout(start int) *layout {
	p, count := doc.p, len(doc.values)
	at := start - 4*count
	for _, l := range p.layouts {
		if l.count == uint32(count) && l.match(doc.d.chunk[at:]) {
			return l
		}
	}
	l := doc.newLayout(start)
	l.specs = string(doc.d.chunk[at:start])
	for i := range doc.values {
		l.size += len(doc.values[i].Data)
	}
	if l.anyLast {
		last, _ := cursor.Uint32(doc.d.chunk, start-4)
		l.specs, l.last = l.specs[:len(l.specs)-4], uint16(last>>16)
		l.size -= len(doc.values[count-1].Data)
	}
	if len(p.layouts) == maxLayouts {
		p.layouts = p.layouts[:maxLayouts-1]
	}
	p.layouts = append(p.layouts, l)
	return l
}

// newLayout finds where the System fields stand among the values. There are no
// kinds in it if the time is not one that Glance can read, and if the kinds would
// take too much to remember.
func (doc *Document) newLayout(start int) *layout {
	p, count := doc.p, len(doc.values)
	l := &layout{count: uint32(count), time: -1, id: -1, data: -1, anyLast: count > 0}
	for i := range p.nodes {
		if n := &p.nodes[i]; n.kind == kindSubstitution && int(n.sub) >= count {
			l.missing = true
		}
	}
	for i := range p.system {
		slot := &p.system[i]
		if slot.end == slot.i || doc.omitted(&p.nodes[slot.element]) {
			continue
		}
		n := &p.nodes[slot.i]
		if n.kind != kindSubstitution {
			if !kindFields[slot.field] {
				l.rest = append(l.rest, valueOf{field: slot.field, lit: &n.lit})
			}
			continue
		}
		v := doc.value(n)
		if v.Type == TypeNull {
			continue
		}
		if slot.field == TimeCreated {
			l.time = int(v.Pos) - start
			l.anyLast = l.anyLast && int(n.sub) != count-1
			l.none = v.Type != TypeFileTime || len(v.Data) != 8
		}
		if !kindFields[slot.field] {
			l.anyLast = l.anyLast && int(n.sub) != count-1
			_, number := v.Uint()
			l.rest = append(l.rest, valueOf{field: slot.field, typ: v.Type, number: number && v.Type != TypeSysTime,
				at: int(v.Pos) - start, n: len(v.Data)})
		}
	}
	var keys []extent
	long := 0
	for i, sub := range p.plan.key {
		if int(sub) >= count {
			continue
		}
		l.anyLast = l.anyLast && int(sub) != count-1
		v := &doc.values[sub]
		long += len(v.Data)
		if i == 0 && len(v.Data) == 2 {
			l.id = int(v.Pos) - start
		} else {
			keys = append(keys, extent{int(v.Pos) - start, len(v.Data)})
		}
	}
	l.none = l.none || long > maxKindKey
	if sub, userData, ok := p.dataValue(); ok && int(sub) < count && doc.values[sub].Type == TypeBinXML {
		l.data, l.dataAt, l.userData = int(sub), int(doc.values[sub].Pos)-start, userData
	}
	if keys = join(keys); len(keys) > 0 {
		l.key = keys[0]
	}
	if len(keys) > 1 {
		l.more = keys[1:]
	}
	return l
}

// dataValue returns which value is the data of an event: the only part beside System, or all
// that is in UserData, which is that part.
func (p *program) dataValue() (sub uint16, userData, ok bool) {
	if len(p.parts) != 1 {
		return 0, false, false
	}
	n := &p.nodes[p.parts[0]]
	if n.kind == kindElement && n.name.local == "UserData" && n.end == n.attrs+1 && n.attrs == p.parts[0]+1 {
		value := &p.nodes[n.attrs]
		if n.sub != noDependency && n.sub != value.sub {
			return 0, false, false
		}
		n, userData = value, true
	}
	return n.sub, userData, n.kind == kindSubstitution
}

// join sorts extents and makes one of those that stand one behind the other.
func join(all []extent) []extent {
	slices.SortFunc(all, func(a, b extent) int { return cmp.Compare(a.at, b.at) })
	joined := all[:0]
	for _, x := range all {
		if n := len(joined); n > 0 && joined[n-1].at+joined[n-1].n == x.at {
			joined[n-1].n += x.n
		} else {
			joined = append(joined, x)
		}
	}
	return joined
}

// forgetKinds makes room for others.
func (d *Decoder) forgetKinds() {
	for _, variants := range d.cache {
		for _, p := range variants {
			p.layouts = nil
		}
	}
	for _, t := range d.ofRecords.at {
		if t.program != nil {
			t.program.layouts = nil
		}
	}
	clear(d.ofRecords.recent[:])
	d.kinds = 0
}
