package cab

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Reader reads a cabinet forward, file by file.
type Reader struct {
	b  *bufio.Reader
	at int64 // how far it was read

	reserve int // bytes in each block
	folders []folder
	files   []File // those to come

	folder int // the one being read
	blocks *blocks
	left   int64 // of the file being read
}

// NewReader reads the header and the lists of the cabinet that b reads from its
// start. An error is a [cursor.Error], or that of reading.
func NewReader(b *bufio.Reader) (*Reader, error) {
	r := &Reader{b: b, folder: -1}
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	// Files are read in the order in which they lie in the folders, which is the
	// order in which cabinets list them.
	slices.SortStableFunc(r.files, func(a, b File) int {
		return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.start, b.start))
	})
	return r, nil
}

// Next goes to the next file, whose bytes Read then reads. io.EOF is the end.
// Another error is about one file, or about all that are left of a folder, and the
// call after it goes on with those behind.
func (r *Reader) Next() (*File, error) {
	if len(r.files) == 0 {
		return nil, io.EOF
	}
	f := r.files[0]
	if f.folder != r.folder {
		if err := r.open(f.folder); err != nil {
			return nil, r.lose(err)
		}
	}
	if r.blocks.err != nil {
		return nil, r.lose(r.blocks.err)
	}
	at := r.blocks.position()
	if f.start < at {
		r.files = r.files[1:]
		return nil, &cursor.Error{Offset: r.at, Field: "uoffFolderStart", Detail: fmt.Sprintf("file %q begins within the one before it", f.Name), Err: cursor.ErrMalformed}
	}
	r.left = f.start - at
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, r.lose(err)
	}
	r.left = f.Size
	r.files = r.files[1:]
	return &f, nil
}

// lose gives up the files that are left of a folder because of err.
func (r *Reader) lose(err error) error {
	first, n := r.files[0], 1
	for n < len(r.files) && r.files[n].folder == first.folder {
		n++
	}
	r.files = r.files[n:]
	var about *cursor.Error
	if !errors.As(err, &about) {
		return err
	}
	lost := *about
	lost.Detail = strings.TrimPrefix(fmt.Sprintf("%s; not read: %q", lost.Detail, first.Name), "; ")
	if n > 1 {
		lost.Detail += fmt.Sprintf(" and %d more", n-1)
	}
	return &lost
}

// Read reads the file that Next went to.
func (r *Reader) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.blocks.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	return n, err
}

// read reads n bytes of the cabinet.
func (r *Reader) read(n int, field string) (cursor.Cursor, error) {
	b, at := make([]byte, n), r.at
	m, err := io.ReadFull(r.b, b)
	r.at += int64(m)
	if err != nil {
		return cursor.Cursor{}, r.short(err, at, field)
	}
	return cursor.New(b, at), nil
}

// skipTo goes to a later place of the cabinet.
func (r *Reader) skipTo(to int64, field string) error {
	if to < r.at {
		return &cursor.Error{Offset: r.at, Field: field, Detail: fmt.Sprintf("%#x is before this place", to), Err: cursor.ErrUnsupported}
	}
	n, err := io.CopyN(io.Discard, r.b, to-r.at)
	r.at += n
	if err != nil {
		return r.short(err, r.at, field)
	}
	return nil
}

// short makes of the end of the bytes an error of the cabinet; other errors are
// those of reading it.
func (r *Reader) short(err error, at int64, field string) error {
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	return &cursor.Error{Offset: at, Field: field, Detail: fmt.Sprintf("the bytes end at %#x", r.at), Err: cursor.ErrTruncated}
}
