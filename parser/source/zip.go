package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
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
