package evtx

import (
	"bytes"
	"slices"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// pending is an old record that is whole.
type pending struct {
	offset  int64
	id      uint64
	written model.FILETIME
	raw     []byte
	xml     binxml.Remnant
	lost    bool // its chunk has lost its signature
	covers  bool // its size covers others
	covered bool // that of another covers it

	stranded bool   // it is a current record, which does not decode in its chunk
	odd      string // what is wrong with the chunk that a definition of its stands in
	state    model.RecordState

	packed int // position in a chunk that was compressed, 0 if it was not
}

// pendings are old records that are being found, and what they are made of, of each what
// follows that of the one before.
type pendings struct {
	all       []pending
	bytes     []byte // the record, and its BinXML if that is not in place
	instances []binxml.Instance
}

// add adds a record, of which it copies all.
func (s *pendings) add(p pending) {
	s.all = append(s.all, p)
	if s.bytes = append(s.bytes, p.raw...); !p.xml.InPlace {
		s.bytes = append(s.bytes, p.xml.XML...)
	}
	s.instances = append(s.instances, p.xml.Instances...)
}

// take returns them in memory of their own, and forgets them.
func (s *pendings) take() []pending {
	all, bytes, instances := slices.Clone(s.all), bytes.Clone(s.bytes), slices.Clone(s.instances)
	next := func(n int) (b []byte) {
		b, bytes = bytes[:n:n], bytes[n:]
		return b
	}
	for i := range all {
		p := &all[i]
		p.raw = next(len(p.raw))
		if n := len(p.xml.XML); p.xml.InPlace {
			p.xml.XML = p.raw[recordHeaderSize:][:n:n]
		} else {
			p.xml.XML = next(n)
		}
		n := len(p.xml.Instances)
		p.xml.Instances, instances = instances[:n:n], instances[n:]
	}
	clear(s.all)
	clear(s.instances)
	s.all, s.bytes, s.instances = s.all[:0], s.bytes[:0], s.instances[:0]
	return all
}
