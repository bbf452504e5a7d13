package sevenzip

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Reader reads the files of an archive one after the other.
type Reader struct {
	r     io.ReaderAt
	size  int64
	claim func(int64) error

	folders []folder
	files   []file // those to come

	next   int       // folder
	folder *folder   // the one being read
	data   io.Reader // what it decodes to
	err    error     // why there is no more of it
	left   int       // files in it

	inflaters []io.Reader // used again for each folder; as many as one had
	inflating int         // of them, those that the folder has

	file file
	rest int64 // bytes of the file that are not read
	sum  uint32
}

// File is a file of the archive.
type File struct {
	Name string
	Size int64 // in bytes
}

// NewReader reads the header of the archive of the given size. An error is a
// [cursor.Error], or that of reading.
//
// Claim is asked before work that is no part of what Read returns: for bytes of
// memory that a few in the archive ask for, and for those between coders. What it
// refuses is an error about the folder or the header.
func NewReader(r io.ReaderAt, size int64, claim func(n int64) error) (*Reader, error) {
	z := &Reader{r: r, size: size, claim: claim}
	if err := z.readHeader(); err != nil {
		return nil, err
	}
	return z, nil
}

// Next goes to the next file that has bytes, in the order of the archive; Read
// then reads it. Directories and empty files are passed over. io.EOF is the end.
// Another error is about all files that are left of a folder, and the call after
// it goes on with those behind.
func (r *Reader) Next() (*File, error) {
	for len(r.files) > 0 && !r.files[0].stream {
		r.files = r.files[1:]
	}
	if len(r.files) == 0 {
		return nil, io.EOF
	}
	for r.left == 0 {
		// There is a folder left: parseFiles compared their numbers.
		r.folder, r.left = &r.folders[r.next], r.folders[r.next].files
		r.next++
		r.rest = 0
		if r.left > 0 {
			r.data = nil // before there is another dictionary
			r.data, r.err = r.open(r.folder)
		}
	}
	if r.err == nil && r.rest > 0 {
		r.skip()
	}
	if r.err != nil {
		return nil, r.lose()
	}
	r.file, r.files = r.files[0], r.files[1:]
	r.left--
	r.rest, r.sum = r.file.size, 0
	return &File{r.file.name, r.file.size}, nil
}

// skip reads what is left of a file, to get to the next.
func (r *Reader) skip() {
	n, err := io.CopyN(io.Discard, r.data, r.rest)
	r.rest -= n
	if err != nil {
		r.err = r.broken(r.folder, err)
	}
}

// maxTold is how much of a name an error has: there may be one for each folder, and
// nothing bounds names but the header.
const maxTold = 1000

// lose gives up the files that are left of a folder.
func (r *Reader) lose() error {
	lost, first := 0, ""
	for ; r.left > 0 && len(r.files) > 0; r.files = r.files[1:] {
		if !r.files[0].stream {
			continue
		}
		if lost++; lost == 1 {
			first = r.files[0].name
		}
		r.left--
	}
	var about *cursor.Error
	if !errors.As(r.err, &about) {
		return r.err
	}
	e := *about
	if n := len(first); n > maxTold {
		e.Detail = fmt.Sprintf("%s; not read: one whose name of %d bytes begins with %q", e.Detail, n, first[:maxTold])
	} else {
		e.Detail = fmt.Sprintf("%s; not read: %q", e.Detail, first)
	}
	if lost > 1 {
		e.Detail += fmt.Sprintf(" and %d more", lost-1)
	}
	return &e
}

// Read reads the file that Next went to.
func (r *Reader) Read(b []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.rest == 0 {
		return 0, io.EOF
	}
	n, err := r.data.Read(b[:min(int64(len(b)), r.rest)])
	r.sum = crc32.Update(r.sum, crc32.IEEETable, b[:n])
	r.rest -= int64(n)
	switch {
	case r.rest == 0:
		if r.file.crc.ok && r.file.crc.sum != r.sum {
			return n, malformed(startSize+r.folder.start, "file", "CRC %08x instead of %08x", r.sum, r.file.crc.sum)
		}
		return n, nil
	case err != nil:
		r.err = r.broken(r.folder, err)
	}
	return n, r.err
}

// at reads n bytes at an offset.
func (r *Reader) at(offset int64, n int, field string) (cursor.Cursor, error) {
	if int64(n) > r.size-offset {
		return cursor.Cursor{}, &cursor.Error{Offset: min(offset, r.size), Field: field, Err: cursor.ErrTruncated,
			Detail: fmt.Sprintf("%d bytes at %#x, the archive ends at %#x", n, offset, r.size)}
	}
	b := make([]byte, n)
	if m, err := r.r.ReadAt(b, offset); m < n {
		return cursor.Cursor{}, err
	}
	return cursor.New(b, offset), nil
}

// broken says that the bytes of a folder do not decode.
func (r *Reader) broken(f *folder, err error) error {
	var known *cursor.Error
	if errors.As(err, &known) {
		return err
	}
	e := &cursor.Error{Offset: startSize + f.start, Field: "folder", Detail: err.Error(), Err: cursor.ErrMalformed}
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		e.Detail = "its bytes end too early"
	}
	return e
}

func (r *Reader) refused(f *folder, format string, args ...any) error {
	return &cursor.Error{Offset: startSize + f.start, Field: "folder", Detail: fmt.Sprintf(format, args...), Err: cursor.ErrUnsupported}
}
