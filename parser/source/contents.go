package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync"
)

// Content is a source that is no archive, or a member of one that is none
// either, being read forward. It is good until the next step of the iteration.
type Content struct {
	Source
	io.Reader
	u *unpacking
}

// Consumed returns how many bytes of the file or pipe were read so far, those
// that were stepped over among them.
func (c *Content) Consumed() int64 {
	if c.u == nil {
		return 0
	}
	return c.u.root.raw.n
}

// Contents yields what is in s: s itself, or if it is an archive by its first
// bytes, each of its members, and in turn of those that are archives, in the
// order of the archive. Nothing is written anywhere, and of an archive that can
// be read forward nothing is kept.
//
// An error is about s, or about the archive or the member that the Content then
// names, and iteration goes on. An error of package parser in it says what the bytes do not
// allow, or which limit was met. Reading ends when ctx is done.
//
// Path stays that of s. Member is the path within it: names of archives and in
// them joined by slashes, as in "host1.zip/logs/Security.evtx". A compressed file
// is an archive of one member, named as it without suffix; if that is a tar or
// another archive it is none of the names. What a name says ("..", a drive) is
// only a name.
func (s Source) Contents(ctx context.Context) iter.Seq2[Content, error] {
	return s.contents(ctx, defaultLimits)
}

func (s Source) contents(ctx context.Context, max limits) iter.Seq2[Content, error] {
	return func(yield func(Content, error) bool) {
		r, err := s.Open()
		if err != nil {
			yield(Content{Source: s}, err)
			return
		}
		if f, ok := r.(*os.File); ok && s.Digest == nil && s.Size >= 0 {
			r = hold(f)
		}
		defer r.Close()
		if s.Digest != nil {
			var finish func(context.Context)
			r, finish = digest(r, s.Digest)
			stopped, all := false, yield
			yield = func(c Content, err error) bool {
				stopped = !all(c, err)
				return !stopped
			}
			defer func() {
				if !stopped {
					finish(ctx)
				}
			}()
		}
		root := roots.Get().(*stream)
		defer func() { roots.Put(root.reset(nil)) }()
		u := &unpacking{root: root.reset(reading{ctx, r}), yield: yield}
		if f, ok := r.(file); ok && s.Size >= 0 {
			u.root.raw.file, u.root.raw.size = f, s.Size
		}
		u.budget = budget{limits: max, in: func() int64 { return u.root.raw.n }}
		u.decoders = unused.Get().(*decoders)
		u.decoders.begin()
		defer func() { unused.Put(u.decoders) }()
		u.content(&layer{Source: s, stream: u.root, u: u})
	}
}

// roots are streams, used again for each source: most are small files, for which a
// new buffer would cost more than reading them.
var roots = sync.Pool{New: func() any { return newStream() }}

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

// telling reads a Content, and remembers the error it told.
type telling struct {
	*stream
	u *unpacking
}

func (t telling) Read(b []byte) (int, error) {
	n, err := t.stream.Read(b)
	if err != nil && err != io.EOF {
		t.u.told = err
	}
	return n, err
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
