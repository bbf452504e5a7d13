package evtx

import (
	"bytes"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Slack is what chunks tell a [Salvage], as a rule one: which records they have, their
// templates, and the old records behind the current ones. It depends on nothing but the
// chunks, and keeps nothing of their memory. The zero Slack is empty.
type Slack struct {
	runs      []run // of the current records
	marks     []uint32
	templates []entry
	pending   [][]pending // of each chunk that has some
	bytes     int         // of them
	unread    []key       // current records that are stranded
	refused   refused
	account   Account
}

// Forget makes it empty, and keeps its memory.
func (k *Slack) Forget() {
	clear(k.templates)
	clear(k.pending)
	*k = Slack{runs: k.runs[:0], marks: k.marks[:0], templates: k.templates[:0], pending: k.pending[:0], unread: k.unread[:0]}
}

// Slack adds to k what the chunk c tells a Salvage. Before the next record is decoded its
// chunk is to be given to Chunk; if that is c it costs less so.
func (d *Decoder) Slack(c *Chunk, k *Slack) {
	d.Chunk(c)
	for r, err := range c.records(func(pos, end int) (int, bool) { return k.records(c.Data, pos, end), false }) {
		if err == nil {
			k.add(r.ID, r.Written)
		}
	}
	end := c.liveEnd + int(c.pastFree)
	s := slackReader{Slack: k, d: d, c: c, live: end}
	sound := s.definitions()
	s.search()
	if sound && (!c.checksums || headerSum(c.Data) == c.Header.CRC) {
		d.begun = c
	} else {
		s.stranded()
	}
	s.end()
}

// Lost adds to k what is told by bytes that stand at offset, where a chunk should, and have
// lost its signature: as Slack does.
func (d *Decoder) Lost(data []byte, offset int64, k *Slack) {
	c := &Chunk{Offset: offset, Data: data, verified: true} // it has no checksums
	d.Chunk(c)
	s := slackReader{Slack: k, d: d, c: c, lost: true}
	s.search()
	s.end()
}

// add adds a current record.
func (k *Slack) add(id uint64, written model.FILETIME) {
	if goesOn(k.runs, id) {
		k.runs[len(k.runs)-1].n++
	} else {
		k.runs = append(k.runs, run{first: id, start: int32(len(k.marks)), n: 1})
	}
	k.marks = append(k.marks, mark(written))
}

// records adds the records from position pos of a chunk on, as long as they are whole and
// the next one's id follows, and returns the position of the first of which that is not so,
// or end or what is behind it. Where ids are missing a record may hide others.
func (k *Slack) records(chunk []byte, pos, end int) int {
	for pos < end {
		size := wholeAt(chunk, pos)
		if size == 0 || pos+size+recordHeaderSize > len(chunk) {
			break
		}
		id, written := headAt(chunk, pos)
		if next, _ := headAt(chunk, pos+size); next != id+1 {
			break
		}
		k.add(id, written)
		pos += size
	}
	return pos
}

// slackReader reads what a chunk tells.
type slackReader struct {
	*Slack
	d    *Decoder
	c    *Chunk
	live int  // all below belongs to newer records
	lost bool // the chunk has lost its signature
}

// stranded takes the current records of a chunk that do not decode there: with the first
// records of a chunk the templates of all are gone, and others may have them.
func (s *slackReader) stranded() {
	var ev model.Event
	for r, err := range s.c.Records() {
		if err != nil || r.Torn || r.Covers || s.d.System(&r, &ev) == nil {
			continue
		}
		if len(s.unread) < maxUnread {
			s.unread = append(s.unread, key{r.ID, r.Written})
		}
		if refused := s.refused; s.take(&r) {
			s.d.pending.all[len(s.d.pending.all)-1].stranded = true
		} else {
			s.refused = refused // an error says that it does not decode
		}
	}
}

// definitions reads the template definitions of the chunk among its current records, and
// says whether all are sound.
//
//	384  128  32 positions, each of the first definition of a chain
//
// and there:
//
//	0  4  position of the next
func (s *slackReader) definitions() (sound bool) {
	const heads, size = 384, 24
	data := s.c.Data
	sound = true
	left := len(data) / size // there can be no more
	for i := range 32 {
		pos, ok := cursor.Uint32(data, heads+4*i)
		for ok && pos >= chunkHeaderSize && int64(pos) < int64(s.live) && left > 0 {
			if s.d.xml.Defined(pos) {
				break // a chain that was made to lead into itself or another
			}
			left--
			t, err := s.d.xml.Definition(pos)
			if sound = sound && err == nil; err == nil {
				s.templates = append(s.templates, entry{t, true, s.c.Verify() == nil})
			}
			pos, ok = cursor.Uint32(data, int(pos))
		}
	}
	return sound
}

// search takes the old records of the chunk.
func (s *slackReader) search() {
	data := s.c.Data
	if s.live >= len(data) {
		return
	}
	if cursor.IsZero(data[s.live:]) {
		s.account.Zero += int64(len(data) - s.live)
		return
	}
	done := s.live // up to there bytes are accounted for
	rest := func(end int) {
		b := data[done:end]
		zero := zeroWords(b)
		s.account.Zero += zero
		if s.lost {
			s.account.Damaged += int64(len(b)) - zero
		} else {
			s.account.Undecodable += int64(len(b)) - zero
		}
	}
	covered := 0 // up to there old records are hidden
	for pos, refused := s.live, 0; ; {
		next := bytes.Index(data[pos:], []byte(recordSignature))
		if next < 0 {
			break
		}
		pos += next
		size := wholeAt(data, pos)
		if size == 0 && pos >= covered {
			pos++
			continue
		}
		r, err := s.c.record(pos, false)
		r.Covered = pos < covered
		switch {
		case err == nil && s.take(&r):
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
	rest(len(data))
}

// maxRefused bounds the bytes of records of a chunk that are looked at in vain, and within
// which others are looked for: they may have been made to overlap.
const maxRefused = 4 * ChunkSize

// take takes an old record; false if it is none.
func (s *slackReader) take(r *Record) bool {
	xml, err := s.d.xml.Remnant(r.pos+recordHeaderSize, r.pos+len(r.Data)-4, s.live)
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
		if err := s.c.Verify(); err != nil && in.Current {
			odd = err.Error()
		}
		if !in.Doubtful {
			s.templates = append(s.templates, entry{in.Own, false, !s.lost && (!in.Current || odd == "")})
		}
	}
	p := pending{offset: r.Offset, id: r.ID, written: r.Written, raw: r.Data, xml: xml, lost: s.lost, covers: r.Covers, covered: r.Covered, odd: odd, state: model.StateSlack}
	if r.State == model.StateCarved && (s.live == 0 || r.pos < int(s.c.Header.FreeOffset)) {
		p.state = r.State
	}
	if s.c.Compressed {
		p.packed = r.pos
	}
	s.d.pending.add(p)
	return true
}

// end hands over the old records.
func (s *slackReader) end() {
	const overhead = 256
	found := &s.d.pending
	if n := len(found.all); n > 0 {
		s.bytes += len(found.bytes) + overhead*n
		s.pending = append(s.pending, found.take())
	}
}

func refusal(err error) Refusal {
	switch err {
	case binxml.ErrMisfit:
		return ValuesMisfit
	case binxml.ErrNames:
		return NamesGone
	case binxml.ErrGrowth:
		return TooMuch
	}
	return NoBinXML
}
