package evtx

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// Behind the current records of a chunk stand what is left of older ones: the log
// service writes each chunk from one buffer that it does not clear, and a chunk of
// a log that has wrapped holds what it held before. Such a record is whole if its
// size stands at its end; but its template, which stood somewhere else in the chunk,
// may have been overwritten by another. The id in the record tells: it is part of
// the GUID of its template. What then is missing can be found in other chunks.

// Salvage recovers old records of a log: it is told what all chunks have, in order, and
// returns the records with all that they need to be decoded.
type Salvage struct {
	// KeepRepeats also yields records that are copies of others.
	KeepRepeats bool

	heads     *binxml.Decoder // of records that are put together for it
	templates library
	composed  composed
	known     known
	pending   [][]pending      // of each chunk
	bytes     int              // of pending
	found     map[key]struct{} // recovered, and not yet known
	unread    map[key]struct{} // known, but stranded: copies of them are no repeats
	refused   refused
	account   Account
	scratch   scratch
}

// scratch is memory of what is made of one old record.
type scratch struct {
	resolved  resolved
	positions []uint32
	values    []binxml.Value
	head      []byte // a chunk that is made of the head of a record
}

// key tells records apart.
type key struct {
	id      uint64
	written model.FILETIME
}

// maxPending bounds the bytes of old records that wait for the end of the log, where
// it is known which templates there are and what they repeat. If there are more they
// are judged by what has been read.
const maxPending = 6 << 20

// maxUnread bounds the current records that are remembered as not to be decoded.
const maxUnread = 64 << 10

// Refusal is a reason why an old record is not recovered.
type Refusal uint8

// The reasons.
const (
	Repeats       Refusal = iota // a record with its id and time was read
	TemplateGone                 // a template that it needs is nowhere in the log, and its values are in no layout that is known
	TemplateVague                // several templates may be the one that it needs
	ValuesMisfit                 // its values do not fill it as their types and sizes say
	NamesGone                    // names of elements that are no template's were overwritten
	NoBinXML                     // it does not hold BinXML, or nested beyond what is supported
	TooMuch                      // names that it shares with others would take too much memory
	Undecodable                  // with its template it does not decode without fault

	Refusals = iota // how many there are
)

var refusalNames = [Refusals]string{"repeats", "template_gone", "template_vague", "values_misfit", "names_gone", "no_binxml", "too_much", "undecodable"}

// String returns the reason in lower-case words joined by underscores.
func (r Refusal) String() string { return refusalNames[r] }

// refused counts records by why they were refused.
type refused [Refusals]int64

// NewSalvage returns a Salvage that has seen nothing.
func NewSalvage() *Salvage {
	return &Salvage{heads: binxml.NewDecoder(), found: map[key]struct{}{}, unread: map[key]struct{}{}}
}

// Forget makes the Salvage as new, for another log: it keeps memory, and the templates of
// records put together that were compiled, on which nothing depends.
func (s *Salvage) Forget() {
	s.heads.Chunk(nil, 0)
	s.known.forgetLog()
	*s = Salvage{heads: s.heads, known: s.known, scratch: scratch{positions: s.scratch.positions, head: s.scratch.head},
		found: map[key]struct{}{}, unread: map[key]struct{}{}}
}

// Add adds what the next chunk tells.
func (s *Salvage) Add(k *Slack) {
	s.known.addAll(k.runs, k.marks)
	for _, t := range k.templates {
		s.templates.add(t)
	}
	for _, r := range k.unread {
		if len(s.unread) < maxUnread {
			s.unread[r] = struct{}{}
		}
	}
	s.bytes += k.bytes
	s.pending = append(s.pending, k.pending...)
	for why, n := range k.refused {
		s.refused[why] += n
	}
	s.account.Add(k.account)
}

// Full says that Remnants should be called before more is added.
func (s *Salvage) Full() bool { return s.bytes >= maxPending || s.known.full() }

// Remnants returns the old records of what was added so far that it did not return before.
func (s *Salvage) Remnants() *Remnants {
	r := &Remnants{}
	for _, chunk := range s.pending {
		for i := range chunk {
			if p := &chunk[i]; s.wanted(p) {
				if found := s.restore(p); found != nil {
					r.add(p, found)
				}
			}
		}
	}
	clear(s.pending)
	s.pending, s.bytes = s.pending[:0], 0
	r.refused, s.refused = s.refused, refused{}
	r.Account, s.account = s.account, Account{}
	s.remember()
	return r
}

// wanted says that an old record is no repeat of another, or that repeats are wanted.
func (s *Salvage) wanted(p *pending) bool {
	if s.KeepRepeats || !s.repeats(key{p.id, p.written}) {
		return true
	}
	if !p.stranded { // else its chunk has counted it
		s.refused[Repeats]++
		s.account.Repeats += int64(len(p.raw))
	}
	return false
}

// restore returns an old record with all that it needs, valid until the next call, or nil if
// it cannot be had.
func (s *Salvage) restore(p *pending) *resolved {
	found, why := s.resolve(p)
	if why != Refusals {
		if !p.stranded { // else an error says so
			s.refused[why]++
			s.account.Old(int64(len(p.raw)), false, p.lost)
		}
		return nil
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
	s.found[key{p.id, p.written}] = struct{}{}
	return found
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
