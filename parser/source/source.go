package source

import (
	"errors"
	"io"
	"os"
	"time"
)

// Stdin is the path that names standard input.
const Stdin = "-"

// ErrNotRegular is what a directory holds that is neither file nor directory.
var ErrNotRegular = errors.New("not a regular file")

// ErrLink is a link to a file or directory elsewhere that a directory holds. It may lead out of
// what was collected, to the machine that reads, so it is followed only if it is named.
var ErrLink = errors.New("is a link and is not followed; name it to have that read")

// Source is one named run of bytes.
type Source struct {
	Path   string // as it was named, or found below a named directory
	Member string // inside an archive; "" if none
	Named  bool   // named itself, not found in a directory
	Size   int64  // in bytes; -1 if it cannot be known before reading

	Modified time.Time // of a regular file, when it was found; else zero
	Digest   *Digest   // set by whoever wants it: of the whole, filled in by Contents

	stdin io.Reader
}

// Open opens the source for reading from its start, once.
func (s *Source) Open() (io.ReadCloser, error) {
	if s.stdin != nil {
		return io.NopCloser(s.stdin), nil
	}
	return os.Open(s.Path)
}
