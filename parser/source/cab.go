package source

import (
	"bytes"

	"github.com/qmparse/qmparse/parser/source/cab"
)

func isCab(head []byte) bool { return bytes.HasPrefix(head, []byte(cab.Signature)) }

type cabArchive struct {
	l *layer
	r *cab.Reader
}

func openCab(l *layer) (archive, error) {
	r, err := cab.NewReader(l.Reader)
	if err != nil {
		return nil, l.broken("cab", err)
	}
	return &cabArchive{l, r}, nil
}

func (a *cabArchive) next() (*member, error) {
	a.l.rest(a.r)
	f, err := a.r.Next()
	if err != nil {
		return nil, err
	}
	name := string(f.Name)
	if !f.UTF8 {
		name = oldName(f.Name)
	}
	return &member{name, f.Size, a.r}, nil
}
