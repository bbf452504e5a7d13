package source

import (
	"context"
	"io"
	"iter"
	"os"
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
