package evtx

import (
	"bytes"
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Behind the current records of a chunk stand what is left of older ones: the log
// service writes each chunk from one buffer that it does not clear, and a chunk of
// a log that has wrapped holds what it held before. Such a record is whole if its
// size stands at its end; but its template, which stood somewhere else in the chunk,
// may have been overwritten by another. The id in the record tells: it is part of
// the GUID of its template. What then is missing can be found in other chunks.

// Salvage recovers old records of a log: it is shown all chunks in order, and
// yields the records in batches that decode without it.
type Salvage struct {
	// KeepRepeats also yields records that are copies of others.
	KeepRepeats bool

	xml     *binxml.Decoder
	heads   *binxml.Decoder // of records that are put together for it
	library library
	known   known
	pending []pending
	bytes   int              // of pending
	most    int              // of them
	found   map[key]struct{} // recovered, and not yet known
	refused refused
}

// key tells records apart.
type key struct {
	id      uint64
	written model.FILETIME
}

// maxPending bounds the bytes of old records that wait for the end of the log, where
// it is known which templates there are and what they repeat. If there are more they
// are judged by what has been read.
const maxPending = 8 << 20

// pending is an old record that is whole.
type pending struct {
	offset  int64
	id      uint64
	written model.FILETIME
	raw     []byte
	xml     *binxml.Remnant
	lost    bool // its chunk has lost its signature
}

// Refusal is a reason why an old record is not recovered.
type Refusal uint8

// The reasons.
const (
	Repeats       Refusal = iota // a record with its id and time was read
	TemplateGone                 // a template that it needs is nowhere in the log
	TemplateVague                // several templates may be the one that it needs
	ValuesMisfit                 // its values do not fill it as their types and sizes say
	NamesGone                    // names of elements that are no template's were overwritten
	NoBinXML                     // it does not hold BinXML, or nested beyond what is supported
	Undecodable                  // with its template it does not decode without fault
	refusals
)

var refusalNames = [refusals]string{"repeats", "template_gone", "template_vague", "values_misfit", "names_gone", "no_binxml", "undecodable"}

// String returns the reason in lower-case words joined by underscores.
func (r Refusal) String() string { return refusalNames[r] }

// refused counts records by why they were refused.
type refused [refusals]int64

// NewSalvage returns a Salvage that has seen nothing.
func NewSalvage() *Salvage {
	return &Salvage{xml: binxml.NewDecoder(), heads: binxml.NewDecoder(), most: maxPending, found: map[key]struct{}{}}
}

// Chunk looks at a chunk of the log. It keeps nothing of its memory.
func (s *Salvage) Chunk(c *Chunk) {
	s.xml.Chunk(c.Data, c.Offset)
	end := c.used()
	know := func(pos, end int) int { return s.known.records(c.Data, pos, end) }
	for r, err := range c.records(know) {
		if err != nil {
			continue
		}
		s.known.add(r.ID, r.Written)
		if r.State == model.StatePastFree {
			end = r.pos + len(r.Data)
		}
	}
	s.definitions(c, end)
	s.slack(c, end, false)
}

// Lost looks at bytes that stand where a chunk should and have lost its signature.
func (s *Salvage) Lost(data []byte, offset int64) {
	c := &Chunk{Offset: offset, Data: data}
	s.xml.Chunk(c.Data, c.Offset)
	s.slack(c, 0, true)
}

// definitions adds the template definitions of a chunk among its current records to
// the library.
//
//	384  128  32 positions, each of the first definition of a chain
//
// and there:
//
//	0  4  position of the next
func (s *Salvage) definitions(c *Chunk, end int) {
	const heads, size = 384, 24
	left := len(c.Data) / size // a chain may have been made to have no end
	for i := range 32 {
		pos, ok := cursor.Uint32(c.Data, heads+4*i)
		for ok && pos >= chunkHeaderSize && int64(pos) < int64(end) && left > 0 {
			left--
			if t, err := s.xml.Definition(pos); err == nil {
				s.library.add(t, true)
			}
			pos, ok = cursor.Uint32(c.Data, int(pos))
		}
	}
}

// slack takes the records of the chunk from position live on; all below belongs to
// newer ones.
func (s *Salvage) slack(c *Chunk, live int, lost bool) {
	if live >= len(c.Data) || isZero(c.Data[live:]) {
		return
	}
	for pos := live; ; {
		next := bytes.Index(c.Data[pos:], []byte(recordSignature))
		if next < 0 {
			return
		}
		pos += next
		r, err := c.record(pos)
		if err == nil && !r.Torn && s.old(&r, live, lost) {
			pos += len(r.Data)
		} else {
			pos++ // there may be whole ones in what is none
		}
	}
}

// old takes an old record; false if it is none.
func (s *Salvage) old(r *Record, live int, lost bool) bool {
	xml, err := s.xml.Remnant(r.pos+recordHeaderSize, r.pos+len(r.Data)-4, live)
	if err != nil {
		s.refused[refusal(err)]++
		return false
	}
	for i := range xml.Instances {
		if in := &xml.Instances[i]; in.Own != nil && !in.Doubtful {
			s.library.add(in.Own, false)
		}
	}
	const overhead = 256
	raw := append([]byte(nil), r.Data...)
	s.bytes += len(raw) + cap(xml.XML) + overhead
	s.pending = append(s.pending, pending{offset: r.Offset, id: r.ID, written: r.Written, raw: raw, xml: xml, lost: lost})
	return true
}

func refusal(err error) Refusal {
	switch err {
	case binxml.ErrMisfit:
		return ValuesMisfit
	case binxml.ErrNames:
		return NamesGone
	}
	return NoBinXML
}

// Full says that Remnants should be called before the next chunk.
func (s *Salvage) Full() bool { return s.bytes >= s.most || s.known.full() }

// Remnants yields the old records of the chunks so far that were not yielded before,
// in batches.
func (s *Salvage) Remnants() iter.Seq[*Remnants] {
	return func(yield func(*Remnants) bool) {
		b := newRemnants()
		for i := range s.pending {
			p := &s.pending[i]
			if b.full() {
				b.refused, s.refused = s.refused, refused{}
				if !yield(b) {
					return
				}
				b = newRemnants()
			}
			k := key{p.id, p.written}
			if _, found := s.found[k]; !s.KeepRepeats && (found || s.known.has(p.id, p.written)) {
				s.refused[Repeats]++
				continue
			}
			found, why := s.resolve(p.xml)
			if why != refusals {
				s.refused[why]++
				continue
			}
			if p.lost {
				found.say("chunk-lost", "its chunk has no signature: it may be a current record or an old one")
			}
			s.found[k] = struct{}{}
			b.add(p, found)
			*p = pending{}
		}
		s.pending, s.bytes = s.pending[:0], 0
		b.refused, s.refused = s.refused, refused{}
		s.remember()
		if len(b.Records) > 0 || b.refused != (refused{}) {
			yield(b)
		}
	}
}

// remember makes what was recovered known.
func (s *Salvage) remember() {
	if s.known.full() {
		s.known.forget()
	}
	found := slices.SortedFunc(maps.Keys(s.found), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.written, b.written))
	})
	for _, k := range found {
		s.known.add(k.id, k.written)
	}
	clear(s.found)
}
