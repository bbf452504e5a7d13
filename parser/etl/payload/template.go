package payload

import (
	"cmp"
	"slices"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

//go:generate go run ./internal/gen

// template is the fields of one event and version of Microsoft-Windows-WFP, from
// the manifests of builds 7600, 10240, 17134 and 18990. An event and version has
// several if Windows changed the fields and not the version. In templates.tsv
// since and until are the first and the last of those builds that have it, until
// empty if that is the last of all.
//
// EndCertHash of 1005 and 1009 has no length there. It is 20 bytes: those of
// endCertHash in FWPM_NET_EVENT_IKEEXT_MM_FAILURE (IKEEXT_CERT_HASH_LEN).
type template struct {
	id        uint16
	version   uint8
	windows7  bool // build 7600 has it
	windows10 bool // builds from 10240 on have it
	fields    []field
}

// templatesOf returns the event's templates.
func templatesOf(e *Event) []template {
	if e.Provider != wfp {
		return nil
	}
	i, _ := slices.BinarySearchFunc(templates[:], e, func(t template, e *Event) int {
		return cmp.Or(cmp.Compare(t.id, e.ID), cmp.Compare(t.version, e.Version))
	})
	end := i
	for end < len(templates) && templates[end].id == e.ID && templates[end].version == e.Version {
		end++
	}
	return templates[i:end]
}

// mayBe says whether an event of that build is expected to have the template.
// What Windows between 7 and 10 has was not looked at.
func (t *template) mayBe(build uint32) bool {
	const windows7, windows8, windows10 = 7600, 9200, 10240
	switch {
	case build >= windows10:
		return t.windows10
	case build >= windows7 && build < windows8:
		return t.windows7
	}
	return true
}

// reading is how the number before strings is meant. For the manifest it is how
// many strings there are, each with its NUL; the code that the message compiler
// makes of a manifest logs them as one run of characters, whose number the
// provider says (so its notes). Windows 10 has two numbers, Count and Length, and
// its manifest names Length. No public trace has such strings. The readings agree
// if there are none, and the length of the payload tells most others apart.
type reading uint8

const (
	readStrings    reading = iota // so many strings
	readCharacters                // so many characters
	readings
)

// attempt is one way to read a payload.
type attempt struct {
	t  *template
	as reading
	// ends are where its strings end; ways to read that share the template and
	// these read the same.
	ends [2]int
}

// fits are the ways to read a payload to its last byte, as far as they differ.
type fits struct {
	ways [3]attempt // two, or too many
	n    int
	last attempt // that was made

	furthest error // of those that do not fit
	at       int
}

// try tries the template in every reading.
func (d *Decoder) try(e *Event, t *template, f *fits) {
	for as := range readings {
		d.begin(e)
		var err error
		if f.last, err = d.attempt(t, as); err == nil && f.n < len(f.ways) && !slices.ContainsFunc(f.ways[:f.n], f.last.same) {
			f.ways[f.n] = f.last
			f.n++
		}
		if err != nil && (f.furthest == nil || d.c.Pos() > f.at) {
			f.furthest, f.at = err, d.c.Pos()
		}
		if f.last.ends == [2]int{} {
			break // no strings yet or at all: the readings do not differ
		}
	}
}

// template reads the payload by the event's template. Of several the payload
// decides: it is the one that takes it to its last byte, looked for first among
// those that the build is expected to have.
func (d *Decoder) template(e *Event) error {
	all := templatesOf(e)
	var f fits
	for i := range all {
		if len(all) == 1 || all[i].mayBe(e.Build) {
			d.try(e, &all[i], &f)
		}
	}
	other := false
	if f.n == 0 && len(all) > 1 {
		for i := range all {
			if !all[i].mayBe(e.Build) {
				d.try(e, &all[i], &f)
				other = true
			}
		}
	}
	switch {
	case f.n == 0 && f.furthest == nil:
		d.c.Fail(cursor.ErrUnsupported, "event", "no template of event %d version %d", e.ID, e.Version)
		return d.c.Err()
	case f.n == 0:
		return f.furthest
	case f.n == 2 && f.ways[0].differsInNames(f.ways[1]):
	case f.n > 1:
		d.begin(e)
		d.c.Fail(cursor.ErrUnsupported, "payload", "of event %d version %d: it fits several templates", e.ID, e.Version)
		return d.c.Err()
	}
	if f.last != f.ways[0] {
		d.begin(e)
		if _, err := d.attempt(f.ways[0].t, f.ways[0].as); err != nil {
			return err
		}
	}
	if f.n == 2 {
		d.keepShared(f.ways[1].t)
	}
	if other {
		d.say("template-of-other-build", "event %d version %d has the fields of %s, the trace is of build %d",
			e.ID, e.Version, f.ways[0].t.windows(), e.Build)
	}
	return nil
}

// windows returns which Windows has the template.
func (t *template) windows() string {
	if t.windows10 {
		return "Windows 10"
	}
	return "Windows 7"
}

// same says whether two ways to read give the same.
func (a attempt) same(b attempt) bool { return a.t == b.t && a.ends == b.ends }

// attempt reads the payload one way. The result is of use with an error too: it
// says which strings were met.
func (d *Decoder) attempt(t *template, as reading) (attempt, error) {
	a := attempt{t: t, as: as}
	before, arrays := uint64(0), 0
	for i := range t.fields {
		f := &t.fields[i]
		at := d.push(f)
		var v value
		switch f.arity {
		case arityOne:
			v = d.value(f)
		case aritySize:
			v = value{form: formBinary, b: d.take(uint64(f.n), f.name)}
		case aritySizeBefore:
			v = value{form: formBinary, b: d.take(before, f.name)}
		case arityBefore:
			v.form = formArray
			if before != 0 {
				d.strings(f, as, before)
				a.ends[arrays%len(a.ends)] = d.c.Pos()
			}
			arrays++
		}
		if d.c.Err() != nil {
			break
		}
		d.items[at].value, d.items[at].end = v, len(d.items)
		before = v.n
	}
	return a, d.finish()
}

// strings reads the strings of an array, n of them or of n characters.
func (d *Decoder) strings(f *field, as reading, n uint64) {
	if as == readCharacters {
		b := d.take(2*n, f.name)
		for len(b) > 0 {
			end, next := indexNUL(b, 2), 0
			if next = end + 2; end < 0 { // the last, cut off
				end, next = len(b), len(b)
			}
			d.items[d.push(f)].value = value{form: formUTF16, b: b[:end]}
			b = b[next:]
		}
		return
	}
	if left := d.c.Len(); n > uint64(left)/2 {
		d.c.Fail(cursor.ErrTruncated, f.name, "%d strings cannot be in the %d bytes left", n, left)
	}
	for i := uint64(0); i < n && d.c.Err() == nil; i++ {
		at := d.push(f)
		d.items[at].value = value{form: formUTF16, b: untilNUL(&d.c, f.name, 2)}
	}
}

// differsInNames says whether two ways to read give the same values, under other
// names.
func (a attempt) differsInNames(b attempt) bool {
	return a.t != b.t && a.as == b.as && a.ends == b.ends && slices.EqualFunc(a.t.fields, b.t.fields, func(f, g field) bool {
		return f.in == g.in && f.arity == g.arity && f.n == g.n
	})
}

// keepShared leaves of the items those whose field has the same name in the other
// template, and says what the rest are.
func (d *Decoder) keepShared(other *template) {
	d.limit = maxText
	kept := d.items[:0]
	var rest []byte
	for i, k := 0, 0; i < len(d.items); k++ {
		it := d.items[i]
		name := other.fields[k].name
		if it.f.name == name {
			by := len(kept) - i
			for _, within := range d.items[i:it.end] {
				within.end += by
				kept = append(kept, within)
			}
		} else {
			if rest != nil {
				rest = append(rest, ", "...)
			}
			rest = append(rest, it.f.name+" or "+name+" "...)
			rest = d.appendValue(rest, i)
		}
		i = it.end
	}
	d.items = kept
	d.say("template-ambiguous", "%s", rest)
}
