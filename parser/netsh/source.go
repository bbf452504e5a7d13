package netsh

import (
	"bytes"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

type encoding uint8

const (
	utf8Text encoding = iota
	utf16LE
	utf16BE
)

func (e encoding) String() string { return [...]string{"UTF-8", "UTF-16LE", "UTF-16BE"}[e] }

// source makes UTF-8 of the bytes of a file, which are what its first bytes say:
//
//	EF BB BF  UTF-8
//	FF FE     UTF-16LE
//	FE FF     UTF-16BE
//	3C 00     UTF-16LE without byte order mark
//	00 3C     UTF-16BE without byte order mark
//
// and UTF-8 otherwise. Bytes of UTF-8 pass as they are. Each lone surrogate of
// UTF-16 becomes U+FFFD, so that a character of one to three bytes here is two
// bytes of the file, one of four bytes is four.
type source struct {
	r    io.Reader
	enc  encoding
	mark int64 // bytes of the byte order mark

	base  []byte // memory of raw
	raw   []byte // bytes that were read ahead
	known bool   // enc is
	err   error  // of r
}

// rawSize is how much of a UTF-16 file is read at once.
const rawSize = 16 << 10

// read fills a part of dst, which has room for some characters, and returns
// (n > 0, nil), or (0, err). The error is io.EOF at the end of the file, and
// io.ErrUnexpectedEOF never stands for it.
func (s *source) read(dst []byte) (int, error) {
	if !s.known {
		s.base = make([]byte, rawSize)
		for len(s.raw) < 3 && s.err == nil {
			s.fill()
		}
		s.known = true
		s.detect()
	}
	if s.enc == utf8Text {
		if len(s.raw) > 0 {
			n := copy(dst, s.raw)
			s.raw = s.raw[n:]
			return n, nil
		}
		for idle := 0; s.err == nil; {
			var n int
			n, s.err = s.r.Read(dst)
			if n > 0 {
				return n, nil
			}
			if idle++; idle == maxIdle && s.err == nil {
				s.err = io.ErrNoProgress
			}
		}
		return 0, s.err
	}
	for {
		if n := s.transcode(dst); n > 0 {
			return n, nil
		}
		if s.err != nil {
			return 0, s.err
		}
		s.fill()
	}
}

// maxIdle is how often a reader may return nothing.
const maxIdle = 100

// fill reads more bytes behind those in raw, which are three at most.
func (s *source) fill() {
	n := copy(s.base, s.raw)
	for idle := 0; s.err == nil; {
		var m int
		m, s.err = s.r.Read(s.base[n:])
		s.raw = s.base[:n+m]
		if m > 0 {
			return
		}
		if idle++; idle == maxIdle && s.err == nil {
			s.err = io.ErrNoProgress
		}
	}
}

func (s *source) detect() {
	switch b := s.raw; {
	case bytes.HasPrefix(b, []byte{0xEF, 0xBB, 0xBF}):
		s.mark = 3
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		s.enc, s.mark = utf16LE, 2
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		s.enc, s.mark = utf16BE, 2
	case bytes.HasPrefix(b, []byte{'<', 0}):
		s.enc = utf16LE
	case bytes.HasPrefix(b, []byte{0, '<'}):
		s.enc = utf16BE
	}
	s.raw = s.raw[s.mark:]
}

// transcode converts what it can of raw. Half a unit, and half a surrogate pair
// unless the file ends there, wait for more.
func (s *source) transcode(dst []byte) (n int) {
	for len(s.raw) >= 2 && len(dst)-n >= utf8.UTFMax {
		c, size := rune(s.unit(0)), 2
		if utf16.IsSurrogate(c) {
			if len(s.raw) < 4 && s.err == nil {
				break
			}
			low := rune(0)
			if len(s.raw) >= 4 {
				low = rune(s.unit(2))
			}
			if c = utf16.DecodeRune(c, low); c != utf8.RuneError {
				size = 4
			}
		}
		n += utf8.EncodeRune(dst[n:], c)
		s.raw = s.raw[size:]
	}
	return n
}

func (s *source) unit(i int) uint16 {
	if s.enc == utf16BE {
		return uint16(s.raw[i])<<8 | uint16(s.raw[i+1])
	}
	return uint16(s.raw[i]) | uint16(s.raw[i+1])<<8
}

// half says whether the file ended within a unit of UTF-16.
func (s *source) half() bool { return s.enc != utf8Text && s.err == io.EOF && len(s.raw) > 0 }

// size returns how many bytes of the file the text is.
func (s *source) size(text []byte) int64 {
	if s.enc == utf8Text {
		return int64(len(text))
	}
	n := int64(0)
	for _, c := range text {
		switch {
		case c >= 0xF0:
			n += 4
		case c < 0x80 || c >= 0xC0: // not the later bytes of a character
			n += 2
		}
	}
	return n
}
