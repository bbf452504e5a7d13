package source

import (
	"bytes"
	"io"

	"github.com/qmparse/qmparse/parser/source/sevenzip"
)

func is7z(head []byte) bool { return bytes.HasPrefix(head, []byte(sevenzip.Signature)) }

// open7z opens a 7z, whose directory is at its end: in a file where it is, from
// elsewhere only if it is small enough to be kept.
func open7z(l *layer) (archive, error) {
	if err := l.window("7z", 2); err != nil {
		return nil, err
	}
	claim := func(n int64) error { return l.claim("7z", n) }
	if l.raw.file != nil {
		l.raw.n = l.raw.size // all of it counts as read
		r, err := sevenzip.NewReader(l.raw.file, l.raw.size, claim)
		return sevenZip{r, l}, err
	}
	room := l.u.held - l.held
	b, err := io.ReadAll(io.LimitReader(l, room+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(b)) > room:
		return nil, limitError(l.offset(), "a 7z of more than %d bytes that is not a file of its own: unpack what it is in", room)
	}
	l.held += int64(len(b))
	r, err := sevenzip.NewReader(bytes.NewReader(b), int64(len(b)), claim)
	return sevenZip{r, l}, err
}

type sevenZip struct {
	r *sevenzip.Reader
	l *layer
}

func (a sevenZip) next() (*member, error) {
	a.l.rest(a.r)
	f, err := a.r.Next()
	if err != nil {
		return nil, err
	}
	return &member{f.Name, f.Size, a.r}, nil
}
