package evtx

import (
	"slices"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// maxLibrary bounds the bytes of the definitions that are kept for old records. The
// largest logs have some hundred templates of 1 to 4 KiB.
const maxLibrary = 8 << 20

// maxAlike bounds the definitions with one id. Real logs have one or two.
const maxAlike = 64

// maxLeftOut bounds the ids that are kept of definitions that are not.
const maxLeftOut = 64 << 10

// library has the template definitions of the chunks read so far, each once. A GUID seems
// to be made of the content: of 496 in 116 logs of many machines, 105 of them in several,
// none has two contents. Two under one id are damage, or were made.
type library struct {
	byID    map[uint32][]entry
	bytes   int
	leftOut map[uint32]bool // ids of which some were left out; true if one that is certain was
	any     bool            // of other ids, too: of any
}

// entry is a definition, and what speaks for it: that it stood among current records, and
// in a chunk whose checksums are right. Else it is as old as the records that it is wanted
// for, or may have been damaged: the names of fields in it have no checksum of their own.
type entry struct {
	*binxml.Definition
	live, sound bool
}

// certain says whether all speaks for it.
func (e *entry) certain() bool { return e.live && e.sound }

// add adds a definition; what is beyond the bound is left out.
func (l *library) add(t entry) {
	same := l.byID[t.ID]
	for i := range same {
		e := &same[i]
		if e.Definition != t.Definition && e.Content() != t.Content() {
			continue
		}
		if t.certain() {
			e.live, e.sound = true, true
		} else if !e.live {
			e.sound = e.sound || t.sound
		}
		return
	}
	if len(same) == maxAlike {
		l.crowd(same, t)
		return
	}
	if l.bytes+len(t.Content()) > maxLibrary {
		l.leaveOut(t.ID, t.certain())
		return
	}
	l.bytes += len(t.Content())
	if l.byID == nil {
		l.byID = map[uint32][]entry{}
	}
	l.byID[t.ID] = append(same, t)
}

// crowd adds a definition to as many of its id as are kept: one that is certain instead of one
// that is not.
func (l *library) crowd(same []entry, t entry) {
	lost := t.certain()
	i := slices.IndexFunc(same, func(e entry) bool { return !e.certain() })
	if lost && i >= 0 {
		if more := len(t.Content()) - len(same[i].Content()); l.bytes+more <= maxLibrary {
			l.bytes += more
			same[i], lost = t, false
		}
	}
	l.leaveOut(t.ID, lost)
}

// leaveOut notes that a definition was left out.
func (l *library) leaveOut(id uint32, certain bool) {
	if l.leftOut == nil {
		l.leftOut = map[uint32]bool{}
	}
	was, noted := l.leftOut[id]
	if !noted && len(l.leftOut) == maxLeftOut {
		l.any = true
		return
	}
	l.leftOut[id] = was || certain
}

// find returns the one definition with that id, and that GUID if it is known. Of several
// none is right for certain, unless all speaks for only one.
func (l *library) find(id uint32, guid model.Opt[model.GUID]) (found *entry, several bool) {
	all := l.byID[id]
	for i := range all {
		e := &all[i]
		switch {
		case guid.OK && e.GUID != guid.V:
		case found == nil || e.certain() && !found.certain():
			found, several = e, false
		case e.certain() == found.certain():
			several = true
		}
	}
	// What was left out may be another one.
	lost, some := l.leftOut[id]
	if several || lost || l.any || some && (found == nil || !found.certain()) {
		return nil, true
	}
	return found, false
}

// has says whether all speaks for a definition.
func (l *library) has(t *binxml.Definition) bool {
	for i := range l.byID[t.ID] {
		if e := &l.byID[t.ID][i]; e.certain() && e.Content() == t.Content() {
			return true
		}
	}
	return false
}
