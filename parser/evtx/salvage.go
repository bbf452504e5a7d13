package evtx

import (
	"bytes"
	"cmp"
	"fmt"
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

	xml       *binxml.Decoder
	heads     *binxml.Decoder // of records that are put together for it
	decoder   *Decoder        // of records in their chunk; nil before it is needed
	templates library
	known     known
	pending   []pending
	bytes     int              // of pending
	most      int              // of them
	found     map[key]struct{} // recovered, and not yet known
	unread    map[key]struct{} // known, but stranded: copies of them are no repeats
	refused   refused
	account   Account
	alone     []byte // a chunk that is zero but for one record
	made      []byte // a chunk that is made of a record's head
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

// maxUnread bounds the current records that are remembered as not to be decoded.
const maxUnread = 64 << 10

// pending is an old record that is whole.
type pending struct {
	offset  int64
	id      uint64
	written model.FILETIME
	raw     []byte
	xml     *binxml.Remnant
	lost    bool // its chunk has lost its signature
	covers  bool // its size covers others
	covered bool // that of another covers it

	stranded bool   // it is a current record, which does not decode in its chunk
	odd      string // what is wrong with the chunk that a definition of its stands in
	state    model.RecordState

	packed int // position in a chunk that was compressed, 0 if it was not
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
	return &Salvage{xml: binxml.NewDecoder(), heads: binxml.NewDecoder(), most: maxPending, found: map[key]struct{}{}, unread: map[key]struct{}{}}
}

// Forget makes the Salvage as new, for another log: it keeps memory, and the templates that
// were compiled, on which nothing depends.
func (s *Salvage) Forget() {
	s.xml.Chunk(nil, 0)
	s.heads.Chunk(nil, 0)
	s.known.forgetLog()
	*s = Salvage{xml: s.xml, heads: s.heads, decoder: s.decoder, known: s.known, most: s.most,
		found: map[key]struct{}{}, unread: map[key]struct{}{}}
}

// Chunk looks at a chunk of the log. It keeps nothing of its memory.
func (s *Salvage) Chunk(c *Chunk) {
	s.xml.Chunk(c.Data, c.Offset)
	for r, err := range c.records(func(pos, end int) (int, bool) { return s.known.records(c.Data, pos, end), false }) {
		if err == nil {
			s.known.add(r.ID, r.Written)
		}
	}
	end := c.liveEnd + int(c.pastFree)
	sound := s.definitions(c, end)
	s.slack(c, end, false)
	if !sound || c.checksums && headerSum(c.Data) != c.Header.CRC {
		s.stranded(c, end)
	}
}

// stranded takes the current records of a chunk that do not decode there: with the first
// records of a chunk the templates of all are gone, and others may have them.
func (s *Salvage) stranded(c *Chunk, end int) {
	if s.decoder == nil {
		s.decoder = NewDecoder()
	}
	s.decoder.Chunk(c)
	var ev model.Event
	for r, err := range c.Records() {
		if err != nil || r.Torn || r.Covers || s.decoder.System(&r, &ev) == nil {
			continue
		}
		if len(s.unread) < maxUnread {
			s.unread[key{r.ID, r.Written}] = struct{}{}
		}
		if refused := s.refused; s.old(c, &r, end, false) {
			s.pending[len(s.pending)-1].stranded = true
		} else {
			s.refused = refused // an error says that it does not decode
		}
	}
}

// Lost looks at bytes that stand where a chunk should and have lost its signature.
func (s *Salvage) Lost(data []byte, offset int64) {
	c := &Chunk{Offset: offset, Data: data}
	s.xml.Chunk(c.Data, c.Offset)
	s.slack(c, 0, true)
}

// definitions adds the template definitions of a chunk among its current records to
// the library, and says whether all are sound.
//
//	384  128  32 positions, each of the first definition of a chain
//
// and there:
//
//	0  4  position of the next
func (s *Salvage) definitions(c *Chunk, end int) (sound bool) {
	const heads, size = 384, 24
	sound = true
	left := len(c.Data) / size // a chain may have been made to have no end
	for i := range 32 {
		pos, ok := cursor.Uint32(c.Data, heads+4*i)
		for ok && pos >= chunkHeaderSize && int64(pos) < int64(end) && left > 0 {
			left--
			t, err := s.xml.Definition(pos)
			if sound = sound && err == nil; err == nil {
				s.templates.add(t, true, func() bool { return c.Verify() == nil })
			}
			pos, ok = cursor.Uint32(c.Data, int(pos))
		}
	}
	return sound
}

// slack takes the records of the chunk from position live on; all below belongs to
// newer ones.
func (s *Salvage) slack(c *Chunk, live int, lost bool) {
	if live >= len(c.Data) {
		return
	}
	if cursor.IsZero(c.Data[live:]) {
		s.account.Zero += int64(len(c.Data) - live)
		return
	}
	done := live // up to there bytes are accounted for
	rest := func(end int) {
		b := c.Data[done:end]
		zero := zeroWords(b)
		s.account.Zero += zero
		if lost {
			s.account.Damaged += int64(len(b)) - zero
		} else {
			s.account.Undecodable += int64(len(b)) - zero
		}
	}
	covered := 0 // up to there old records are hidden
	for pos, refused := live, 0; ; {
		next := bytes.Index(c.Data[pos:], []byte(recordSignature))
		if next < 0 {
			break
		}
		pos += next
		size := wholeAt(c.Data, pos)
		if size == 0 && pos >= covered {
			pos++
			continue
		}
		r, err := c.record(pos, false)
		r.Covered = pos < covered
		switch {
		case err == nil && s.old(c, &r, live, lost):
			rest(pos)
			if r.Covers {
				covered = max(covered, r.end)
			}
			pos += len(r.Data)
			done = pos
		case refused < maxRefused:
			refused += max(size, 1)
			pos++ // there may be whole ones in what is none
		default:
			pos += max(size, 1)
		}
	}
	rest(len(c.Data))
}

// maxRefused bounds the bytes of records of a chunk that are looked at in vain, and within
// which others are looked for: they may have been made to overlap.
const maxRefused = 4 * ChunkSize

// old takes an old record; false if it is none.
func (s *Salvage) old(c *Chunk, r *Record, live int, lost bool) bool {
	xml, err := s.xml.Remnant(r.pos+recordHeaderSize, r.pos+len(r.Data)-4, live)
	if err != nil {
		s.refused[refusal(err)]++
		return false
	}
	odd := ""
	for i := range xml.Instances {
		in := &xml.Instances[i]
		if in.Own == nil {
			continue
		}
		if err := c.Verify(); err != nil && in.Current {
			odd = err.Error()
		}
		if !in.Doubtful {
			s.templates.add(in.Own, false, func() bool { return !lost && (!in.Current || odd == "") })
		}
	}
	const overhead = 256
	raw := append([]byte(nil), r.Data...)
	s.bytes += len(raw) + len(xml.XML) + overhead
	p := pending{offset: r.Offset, id: r.ID, written: r.Written, raw: raw, xml: xml, lost: lost, covers: r.Covers, covered: r.Covered, odd: odd, state: model.StateSlack}
	if r.State == model.StateCarved && (live == 0 || r.pos < int(c.Header.FreeOffset)) {
		p.state = r.State
	}
	if c.Compressed {
		p.packed = r.pos
	}
	s.pending = append(s.pending, p)
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
		b := newRemnants(s.bytes / 2) // of which half are the records, and half their BinXML
		for i := range s.pending {
			p := &s.pending[i]
			if b.full() {
				s.tell(b)
				if !yield(b) {
					return
				}
				b = newRemnants(s.bytes / 2)
			}
			k := key{p.id, p.written}
			if !s.KeepRepeats && s.repeats(k) {
				if !p.stranded { // else its chunk has counted it
					s.refused[Repeats]++
					s.account.Repeats += int64(len(p.raw))
				}
				continue
			}
			found, why := s.resolve(p)
			if why != refusals {
				if !p.stranded { // else an error says so
					s.refused[why]++
					s.account.Old(int64(len(p.raw)), false, p.lost)
				}
				continue
			}
			if p.stranded {
				found.say("template-lost", "a current record, which does not decode with what its chunk has of templates")
			}
			if p.packed > 0 {
				found.say("compressed", fmt.Sprintf("at position %#x of a chunk that was compressed", p.packed))
			}
			if p.covers {
				found.say(coversCode, coversText)
			}
			if p.covered {
				found.say(coveredCode, coveredText)
			}
			if p.lost {
				found.say("chunk-lost", "its chunk has no signature: it may be a current record or an old one")
			}
			s.found[k] = struct{}{}
			b.add(p, found)
			*p = pending{}
		}
		s.pending, s.bytes = s.pending[:0], 0
		s.tell(b)
		s.remember()
		if len(b.Records) > 0 || b.refused != (refused{}) || b.Account != (Account{}) {
			yield(b)
		}
	}
}

// repeats says whether a record was recovered, or is a current one that decodes.
func (s *Salvage) repeats(k key) bool {
	if _, found := s.found[k]; found {
		return true
	}
	if _, unread := s.unread[k]; unread {
		return false
	}
	return s.known.has(k.id, k.written)
}

// tell moves what was counted to a batch.
func (s *Salvage) tell(b *Remnants) {
	b.refused, s.refused = s.refused, refused{}
	b.Account, s.account = s.account, Account{}
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
		delete(s.unread, k)
	}
	clear(s.found)
}
