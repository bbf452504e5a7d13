package source

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

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
