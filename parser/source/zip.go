package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// isZip knows a zip by its first member, by the mark of one that was made in
// volumes, or by the end of one that is empty.
func isZip(head []byte) bool {
	for _, magic := range []string{"PK\x03\x04", "PK\x07\x08PK\x03\x04", "PK00PK\x03\x04", "PK\x05\x06\x00\x00\x00\x00"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

// zipArchive reads a zip forward, member by member, and not by the directory at
// its end as archive/zip does: so it can come from a pipe or lie in another
// archive without being kept, one that was cut gives what is before the cut, and
// members cannot lie in each other, which is what bombs are made of. What the
// directory lists is then compared with what was found.
type zipArchive struct {
	l       *layer
	starts  []int64 // of the members found
	cur     *zipMember
	damaged bool // some members may not have been found
	over    bool

	inflate io.Reader     // used again for each member
	buffer  *bufio.Reader // the same, between it and the bytes of a member
	zstd    *zstdReader   // of the member being read; nil if it has none
}

func openZip(l *layer) (archive, error) {
	a := &zipArchive{l: l}
	if head, err := l.Peek(4); err == nil {
		switch binary.LittleEndian.Uint32(head) {
		case zipSpanned, zipNotSpanned:
			return a, l.skip(4)
		}
	}
	return a, nil
}

func (a *zipArchive) next() (*member, error) {
	for !a.over {
		if m := a.cur; m != nil {
			a.cur = nil
			placed, err := m.finish()
			a.Close()
			if err != nil {
				if !placed {
					a.resume()
				}
				return nil, memberError{m.name, err}
			}
		}
		at := a.l.offset()
		head, err := a.l.Peek(4)
		if len(head) < 4 {
			a.over = true
			return nil, a.l.broken("zip directory", err)
		}
		switch binary.LittleEndian.Uint32(head) {
		case zipLocal:
			m, err := a.member()
			if err != nil {
				return nil, err
			}
			if strings.HasSuffix(m.name, "/") && m.size == 0 {
				continue // a directory
			}
			return m, nil
		case zipDirectory, zipEnd, zipEnd64:
			a.over = true
			if err := a.directory(); err != nil {
				return nil, err
			}
		case zipExtra:
			a.over = true
			return nil, a.l.refused("zip directory", "it is encrypted")
		default:
			err := &cursor.Error{Offset: at, Field: "zip member header", Detail: fmt.Sprintf("signature % x", head), Err: cursor.ErrMalformed}
			a.resume()
			return nil, err
		}
	}
	return nil, io.EOF
}

// Close gives back the decoder of the last member.
func (a *zipArchive) Close() error {
	if a.zstd != nil {
		a.zstd.Close()
		a.zstd = nil
	}
	return nil
}

// member reads a local header and opens what is behind it.
func (a *zipArchive) member() (*member, error) {
	start := a.l.offset()
	head, err := a.l.Peek(zipLocalSize)
	if err == nil {
		n := zipLocalSize + int(binary.LittleEndian.Uint16(head[26:])) + int(binary.LittleEndian.Uint16(head[28:]))
		head = make([]byte, n)
		_, err = io.ReadFull(a.l, head)
	}
	if err != nil {
		a.over = true
		return nil, a.l.broken("zip member header", err)
	}
	h, err := parseZipHeader(head, start)
	if err != nil {
		a.resume()
		return nil, err
	}
	a.starts = append(a.starts, start)
	a.cur = &zipMember{zipHeader: h, a: a, start: a.l.offset()}
	if err := a.cur.open(); err != nil {
		return nil, memberError{h.name, err}
	}
	return &member{h.name, h.size, a.cur}, nil
}

// resume goes to the next header of a member or of the directory, behind damage;
// to the end if there is none.
func (a *zipArchive) resume() {
	a.damaged = true
	for {
		b, err := a.l.Peek(streamBuffer)
		for i := 0; ; i++ {
			at := bytes.Index(b[i:], []byte("PK"))
			if at < 0 {
				break
			}
			if i += at; zipPlausible(b[i:]) {
				a.over = a.l.skip(int64(i)) != nil
				return
			}
		}
		if err != nil || a.l.skip(int64(len(b)-zipLocalSize+1)) != nil {
			a.over = true
			return
		}
	}
}

// isZipSignature says whether b begins with what follows a member.
func isZipSignature(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch binary.LittleEndian.Uint32(b) {
	case zipLocal, zipDirectory, zipEnd, zipEnd64:
		return true
	}
	return false
}

// zipPlausible says whether b begins with a header that follows a member, and not
// only with its signature, which comes up in compressed bytes by chance.
func zipPlausible(b []byte) bool {
	const maxVersion, maxMethod = 63, 99 // APPNOTE.TXT 4.4.3, 4.4.5
	if len(b) < 22 || !isZipSignature(b) {
		return false
	}
	at := 4 // of version, flags, method
	switch binary.LittleEndian.Uint32(b) {
	case zipEnd: // of one volume
		return binary.LittleEndian.Uint32(b[4:]) == 0
	case zipEnd64:
		return binary.LittleEndian.Uint32(b[8:]) == 0
	case zipDirectory:
		at = 6
	}
	return b[at] <= maxVersion && binary.LittleEndian.Uint16(b[at+4:]) <= maxMethod
}

// directory reads the central directory and what is behind it, and compares the
// members it lists with those that were found.
func (a *zipArchive) directory() error {
	var entry []byte
	listed, strange := 0, int64(-1)
	for {
		at := a.l.offset()
		head, err := a.l.Peek(4)
		if len(head) < 4 {
			return a.l.broken("zip directory", err)
		}
		size := int64(0)
		switch binary.LittleEndian.Uint32(head) {
		case zipDirectory:
			if head, err = a.l.Peek(zipEntrySize); err != nil {
				return a.l.broken("zip directory", err)
			}
			n := zipEntrySize
			for _, length := range []int{28, 30, 32} {
				n += int(binary.LittleEndian.Uint16(head[length:]))
			}
			entry = slices.Grow(entry[:0], n)[:n]
			if _, err := io.ReadFull(a.l, entry); err != nil {
				return a.l.broken("zip directory", err)
			}
			start, err := zipEntryOffset(entry, at)
			if err != nil {
				return err
			}
			listed++
			if _, found := slices.BinarySearch(a.starts, start); !found && strange < 0 {
				strange = start
			}
			continue
		case zipSignature:
			if head, err = a.l.Peek(6); err == nil {
				size = 6 + int64(binary.LittleEndian.Uint16(head[4:]))
			}
		case zipEnd64:
			if head, err = a.l.Peek(12); err == nil {
				size = 12 + int64(binary.LittleEndian.Uint64(head[4:])&(1<<62-1))
			}
		case zipLocator64:
			size = 20
		case zipEnd:
			if head, err = a.l.Peek(22); err == nil {
				err = a.l.skip(22 + int64(binary.LittleEndian.Uint16(head[20:])))
			}
			if err != nil {
				return a.l.broken("zip directory", err)
			}
			return a.compare(listed, strange)
		default:
			return &cursor.Error{Offset: at, Field: "zip directory", Detail: fmt.Sprintf("signature % x", head), Err: cursor.ErrMalformed}
		}
		if err == nil {
			err = a.l.skip(size)
		}
		if err != nil {
			return a.l.broken("zip directory", err)
		}
	}
}

func (a *zipArchive) compare(listed int, strange int64) error {
	e := &cursor.Error{Offset: a.l.offset(), Field: "zip directory", Err: cursor.ErrMalformed}
	switch {
	case a.damaged: // said already
	case strange >= 0:
		e.Detail = fmt.Sprintf("it lists a member at %#x, where none is", strange)
		return e
	case listed != len(a.starts):
		e.Detail = fmt.Sprintf("it lists %d of %d members", listed, len(a.starts))
		return e
	}
	return a.l.end("zip")
}
