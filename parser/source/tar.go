package source

import (
	"archive/tar"
	"bytes"
	"io"
	"strconv"
	"strings"
)

const tarBlock = 512

// isTar knows the header of a tar's first member: by the magic that POSIX and GNU
// tar write at 257, or by the checksum at 148, which is all that older ones have.
func isTar(head []byte) bool {
	if len(head) < tarBlock {
		return false
	}
	if bytes.HasPrefix(head[257:], []byte("ustar")) {
		return true
	}
	field := strings.Trim(string(head[148:156]), " \x00")
	want, err := strconv.ParseInt(field, 8, 64)
	if err != nil || head[0] == 0 {
		return false
	}
	sum := int64(0)
	for i, b := range head[:tarBlock] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		sum += int64(b)
	}
	return sum == want
}

// tarArchive reads a tar, and the ones that follow it in the same bytes, as GNU
// tar's --concatenate and cat leave them.
type tarArchive struct {
	l      *layer
	r      *tar.Reader
	blocks *tarBlocks
	body   *decoding // of the member before
	err    error     // once it is over
}

func openTar(l *layer) (archive, error) {
	a := &tarArchive{l: l}
	a.start()
	return a, nil
}

func (a *tarArchive) start() {
	a.blocks = &tarBlocks{r: a.l.Reader}
	a.r = tar.NewReader(a.blocks)
}

// tarBlocks watches what is read of a tar, for the library does not tell one that
// ends from one that was cut between members.
type tarBlocks struct {
	r    io.Reader
	zero bool // the last read was a block of zeros
	cut  bool // there was no more after a block that is none
}

func (t *tarBlocks) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	t.cut = n == 0 && err == io.EOF && !t.zero
	if n > 0 {
		t.zero = n == tarBlock && len(bytes.TrimLeft(b[:n], "\x00")) == 0
	}
	return n, err
}

func (a *tarArchive) next() (*member, error) {
	for a.err == nil {
		if a.body != nil && a.body.err != nil {
			a.err = io.EOF // the header of the next cannot be where it should
			return nil, a.body.err
		}
		h, err := a.r.Next()
		switch {
		case err == io.EOF:
			a.err = io.EOF
			if a.blocks.cut {
				return nil, a.l.broken("tar", io.ErrUnexpectedEOF)
			}
			if err := a.behind(); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			a.err = io.EOF
			return nil, a.l.broken("tar header", err)
		}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse, tar.TypeCont:
			a.body = &decoding{Reader: a.r, format: "tar", from: a.l}
			return &member{h.Name, h.Size, a.body}, nil
		case tar.TypeDir, tar.TypeXGlobalHeader:
		default:
			return nil, memberError{h.Name, ErrNotRegular}
		}
	}
	return nil, a.err
}

// behind looks at what follows the end: another tar, or nothing.
func (a *tarArchive) behind() error {
	if err := a.l.end("tar"); err != nil {
		if head, _ := a.l.Peek(tarBlock); a.l.offset()%tarBlock == 0 && isTar(head) {
			a.start()
			a.err = nil
			return nil
		}
		return err
	}
	return nil
}
