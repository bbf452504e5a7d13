package source

import (
	"bytes"
	"encoding/binary"
	"io"
)

// zipScan reads the bytes of a member of unknown size as they are, up to a
// descriptor.
type zipScan struct {
	m    *zipMember
	n    int64
	ends func(packed int64) int // whether the descriptor is here, after so many bytes
}

func (s *zipScan) Read(b []byte) (int, error) {
	l := s.m.a.l
	head, err := l.Peek(streamBuffer)
	if len(head) == 0 {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return 0, err
	}
	mark := []byte{'P', 'K', 7, 8}
	at := bytes.Index(head, mark)
	switch {
	case at == 0 && s.ends(s.n) > 0:
		return 0, io.EOF
	case at == 0 && len(head) < zipDescribed, err != nil && bytes.HasPrefix(mark, head):
		return 0, io.ErrUnexpectedEOF // cut in the descriptor, most likely
	case at == 0:
		at = 1
	case at < 0:
		// The mark may begin in the last bytes.
		at = max(len(head)-len(mark)+1, 1)
	}
	n, err := l.Read(b[:min(len(b), at)])
	s.n += int64(n)
	return n, err
}

// stored is the length of the descriptor where the archive stands if it tells of
// so many bytes both before and after compression; 0 if it does not. The CRC-32 is
// checked later: a damaged member ends where it ends.
func (m *zipMember) stored(n int64) int {
	b, _ := m.a.l.Peek(zipDescribed)
	if len(b) >= 16 && binary.LittleEndian.Uint32(b[8:]) == uint32(n) && binary.LittleEndian.Uint32(b[12:]) == uint32(n) {
		return 16
	}
	if len(b) >= 24 && int64(binary.LittleEndian.Uint64(b[8:])) == n && int64(binary.LittleEndian.Uint64(b[16:])) == n {
		return 24
	}
	return 0
}

// passed is the length of the descriptor where the archive stands if it tells of
// so many bytes and a member or the directory follows; 0 if it does not. It is
// asked of members that are not decoded, whose CRC-32 is unknown.
func (m *zipMember) passed(packed int64) int {
	b, _ := m.a.l.Peek(28)
	if len(b) >= 20 && binary.LittleEndian.Uint32(b[8:]) == uint32(packed) && isZipSignature(b[16:]) {
		return 16
	}
	if len(b) >= 28 && int64(binary.LittleEndian.Uint64(b[8:])) == packed && isZipSignature(b[24:]) {
		return 24
	}
	return 0
}
