package source

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// unpacking is one source being unpacked.
type unpacking struct {
	budget
	root    *stream
	streams []*stream // of the layers, by depth, used again for each member
	yield   func(Content, error) bool
	*decoders

	told error // the last error that was yielded, or that the reader of a Content returned
	over error // the limit that ended it all
}

// layer is a source or a member whose bytes are being read.
type layer struct {
	Source
	*stream
	u       *unpacking
	depth   int
	windows int   // of the decoders around it
	held    int64 // bytes of the archives around it that are kept
}

// content yields what the layer is or holds; false to stop.
func (u *unpacking) content(l *layer) bool {
	head, _ := l.Peek(sniffSize) // an error comes again to whoever reads
	f := formatOf(head)
	switch {
	case f == nil:
		return u.yield(Content{l.Source, telling{l.stream, u}, u}, nil) && !u.ended(l)
	case l.depth == u.depth:
		return u.fail(l.Source, limitError(0, "%s within %d archives and compressed files", f.name, u.depth))
	case f.decompress != nil:
		return u.compressed(l, f)
	}
	a, err := f.open(l)
	if err != nil {
		return u.fail(l.Source, err)
	}
	if c, ok := a.(io.Closer); ok {
		defer c.Close()
	}
	return u.archive(l, a)
}

// compressed yields what a compressed file is or holds; false to stop.
func (u *unpacking) compressed(l *layer, f *format) bool {
	r, err := f.decompress(l)
	if err != nil {
		return u.fail(l.Source, err)
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	in := u.within(l, l.Source, &decoding{Reader: r, format: f.name, from: l})
	head, err := in.Peek(sniffSize)
	switch {
	case len(head) == 0 && err != io.EOF:
		return u.fail(l.Source, err)
	case IsArchive(head):
		if !u.content(in) {
			return false
		}
		// What is behind the end of the archive within decides whether the
		// compressed file is whole.
		_, err := io.Copy(io.Discard, in)
		if u.ended(l) {
			return false
		}
		return err == nil || u.repeated(err) || u.fail(l.Source, err)
	}
	if in.Source, err = u.named(l, plainName(l.Source)); err != nil {
		return u.fail(in.Source, err)
	}
	in.Named = l.Named // who names the one names the other
	return u.content(in)
}

// archive yields what is in the members; false to stop.
func (u *unpacking) archive(l *layer, a archive) bool {
	for damages := 0; ; {
		m, err := a.next()
		if u.ended(l) {
			return false
		}
		about := l.Source
		if err == nil {
			about, err = u.named(l, m.name)
		}
		switch {
		case err == nil:
			if !u.member(l, about, m) {
				return false
			}
			continue
		case err == io.EOF:
			if more := damages - u.damages; more > 0 {
				return u.fail(l.Source, l.refused("archive", "%d more places or members of it are not read", more))
			}
			return true
		case u.repeated(err) && !errors.Is(err, ErrNotRegular):
			continue
		}
		var one memberError
		if errors.As(err, &one) {
			var long error
			switch about, long = u.named(l, one.name); {
			case long == nil:
				err = one.error
			case errors.Is(err, ErrNotRegular): // it is passed over, whatever its name
				name := l.Member + "/" + decodeName(one.name)
				name = strings.ToValidUTF8(name[:min(len(name), maxQuoted)], "") + "…"
				about, err = Source{Path: l.Path, Member: strings.TrimPrefix(name, "/"), Size: -1}, ErrNotRegular
			default:
				err = fmt.Errorf("%w; and of it: %w", long, one.error)
			}
		}
		if !errors.Is(err, ErrNotRegular) {
			if damages++; damages > u.damages {
				continue
			}
		}
		if !u.fail(about, err) {
			return false
		}
	}
}

// member yields what is in a member; false to stop.
func (u *unpacking) member(l *layer, s Source, m *member) bool {
	if u.seen++; u.seen > u.members {
		u.over = limitError(l.offset(), "more than %d members", u.members)
		return !u.ended(l)
	}
	s.Size = m.size
	return u.content(u.within(l, s, m)) && !u.ended(l)
}

// within returns the layer of what was found in l.
func (u *unpacking) within(l *layer, s Source, r io.Reader) *layer {
	for len(u.streams) <= l.depth {
		u.streams = append(u.streams, newStream())
	}
	return &layer{
		Source: s, stream: u.streams[l.depth].reset(metered{r, u}), u: u,
		depth: l.depth + 1, windows: l.windows, held: l.held,
	}
}

// fail yields an error about a source; false to stop.
func (u *unpacking) fail(s Source, err error) bool {
	u.told = err
	return u.yield(Content{Source: s, u: u}, err)
}

// repeated says whether err was told already: one that the bytes below have comes
// up through every decoder around them.
func (u *unpacking) repeated(err error) bool { return u.told != nil && errors.Is(err, u.told) }

// ended says whether a limit ended the run, and reports it if nobody else did.
func (u *unpacking) ended(l *layer) bool {
	if u.over != nil && !u.repeated(u.over) {
		u.fail(l.Source, u.over)
	}
	return u.over != nil
}

// metered counts what comes out of an archive.
type metered struct {
	io.Reader
	u *unpacking
}

func (m metered) Read(b []byte) (int, error) {
	if m.u.over != nil {
		return 0, m.u.over
	}
	n, err := m.Reader.Read(b)
	if over := m.u.spend(n); over != nil {
		m.u.over = over
		return 0, over
	}
	return n, err
}

// maxQuoted is how much of a name that is too long is told, of its start and of its end.
const maxQuoted = 100

// named returns the source of a member of l that is called so. A name that is too
// long is an error about l itself: with less than all of it the member would pass
// for another one.
func (u *unpacking) named(l *layer, name string) (Source, error) {
	name = decodeName(name)
	n := len(name)
	if l.Member != "" {
		n += len(l.Member) + 1
	}
	if n > u.name {
		return l.Source, limitError(l.offset(), "the name of a member is %d bytes long, more than %d; it begins with %q and ends in %q",
			n, u.name, name[:min(len(name), maxQuoted)], name[max(0, len(name)-maxQuoted):])
	}
	if l.Member != "" {
		name = l.Member + "/" + name
	}
	return Source{Path: l.Path, Member: name, Size: -1}, nil
}
