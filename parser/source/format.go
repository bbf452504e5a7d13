package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// format is a kind of archive, or of compressed file.
type format struct {
	name  string
	sniff func(head []byte) bool

	// open opens an archive. An error says that it cannot be read at all.
	open func(*layer) (archive, error)
	// decompress opens what is one compressed file.
	decompress func(*layer) (io.Reader, error)
}

// formats are all kinds that are read, known by their first bytes.
var formats = []*format{
	{name: "zip", sniff: isZip, open: openZip},
	{name: "gzip", sniff: isGzip, decompress: openGzip},
	{name: "7z", sniff: is7z, open: open7z},
	{name: "zstd", sniff: isZstd, decompress: openZstd},
	{name: "xz", sniff: isXz, decompress: openXz},
	{name: "cab", sniff: isCab, open: openCab},
	{name: "tar", sniff: isTar, open: openTar},
}

// sniffSize is how much is looked at: the header of a tar's first member.
const sniffSize = 512

func formatOf(head []byte) *format {
	for _, f := range formats {
		if f.sniff(head) {
			return f
		}
	}
	return nil
}

// IsArchive says whether a file that begins with head, 512 bytes of it if there
// are so many, is one that [Source.Contents] unpacks.
func IsArchive(head []byte) bool { return formatOf(head) != nil }

// archive is an opened archive.
type archive interface {
	// next returns the next member, in the order of the archive. Its bytes are
	// good until the next call, whether they were read or not.
	//
	// io.EOF is the end. Another error is about a place of the archive, or, if it
	// is a memberError, about one member; the call after it comes further, or to
	// the end.
	next() (*member, error)
}

// member is a file in an archive.
type member struct {
	name string
	size int64 // -1 if it is not known before reading
	io.Reader
}

// memberError is about a member that cannot be read.
type memberError struct {
	name string
	error
}

func (e memberError) Unwrap() error { return e.error }

// decoding reads the bytes that a library decodes from a layer, and gives its
// errors the place where they arose.
type decoding struct {
	io.Reader
	format string
	from   *layer
	err    error // but for io.EOF
}

func (d *decoding) Read(b []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.Reader.Read(b)
	if err != nil && err != io.EOF {
		d.err = d.from.broken(d.format, err)
		err = d.err
	}
	return n, err
}

// broken makes of an error that a decoder has with the layer one that says where.
// An error of the bytes below is not the decoder's, and stays as it is.
func (l *layer) broken(field string, err error) error {
	var known *cursor.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if below := l.raw.err; below != nil && below != io.EOF && (errors.Is(err, below) || isEnd(err)) {
		return below
	}
	e := &cursor.Error{Offset: l.offset(), Field: field, Detail: err.Error(), Err: cursor.ErrMalformed}
	if isEnd(err) {
		e.Detail, e.Err = "it ends too early", cursor.ErrTruncated
	}
	return e
}

// rest reads what is left of a member, to get to the next; what comes out of it
// counts. An error comes again when the archive goes on.
func (l *layer) rest(r io.Reader) { io.Copy(io.Discard, metered{r, l.u}) }

// refused is the error for what the format allows and qmparse does not read.
func (l *layer) refused(field, format string, args ...any) error {
	return &cursor.Error{Offset: l.offset(), Field: field, Detail: fmt.Sprintf(format, args...), Err: cursor.ErrUnsupported}
}

// end checks that nothing but zeros, which fill up blocks, is behind the end of
// an archive. With an error the layer stands at what is there.
func (l *layer) end(format string) error {
	for {
		b, err := l.Peek(sniffSize)
		if len(b) == 0 {
			if err == io.EOF {
				err = nil
			}
			return l.broken(format, err)
		}
		zeros := len(b) - len(bytes.TrimLeft(b, "\x00"))
		if err := l.skip(int64(zeros)); err != nil {
			return l.broken(format, err)
		}
		if zeros < len(b) {
			return &cursor.Error{Offset: l.offset(), Field: format, Detail: "bytes behind its end", Err: cursor.ErrMalformed}
		}
	}
}
