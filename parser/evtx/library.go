package evtx

import (
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// maxLibrary bounds the bytes of the definitions that are kept for old records. The
// largest logs have some hundred templates of 1 to 4 KiB.
const maxLibrary = 8 << 20

// library has the template definitions of the chunks read so far, each once.
type library struct {
	byID  map[uint32][]entry
	bytes int
}

// entry is a definition, and whether it stood among current records; else it is as
// old as the records that it is wanted for.
type entry struct {
	*binxml.Definition
	live bool
}

// add adds a definition; what is beyond the bound is left out.
func (l *library) add(t *binxml.Definition, live bool) {
	same := l.byID[t.ID]
	for i := range same {
		if have := same[i].Definition; have == t || have.Content() == t.Content() {
			same[i].live = same[i].live || live
			return
		}
	}
	if l.bytes += len(t.Content()); l.bytes > maxLibrary {
		return
	}
	if l.byID == nil {
		l.byID = map[uint32][]entry{}
	}
	l.byID[t.ID] = append(same, entry{t, live})
}

// find returns the one definition with that id, and that GUID if it is known. Of
// several none is right for certain, unless only one stood among current records.
func (l *library) find(id uint32, guid model.Opt[model.GUID]) (t *binxml.Definition, several bool) {
	live := false
	for _, e := range l.byID[id] {
		switch {
		case guid.OK && e.GUID != guid.V:
		case t == nil || e.live && !live:
			t, live, several = e.Definition, e.live, false
		case e.live == live:
			several = true
		}
	}
	if several {
		return nil, true
	}
	return t, false
}

// has says whether a definition stood among current records, too.
func (l *library) has(t *binxml.Definition) bool {
	for _, e := range l.byID[t.ID] {
		if e.live && e.Content() == t.Content() {
			return true
		}
	}
	return false
}
