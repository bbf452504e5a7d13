package source

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/klauspost/compress/flate"

	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/source/bunzip"
)

// Methods of compression, APPNOTE.TXT 4.4.5.
const (
	zipStore     = 0
	zipDeflate   = 8
	zipDeflate64 = 9
	zipBzip2     = 12
	zipZstd      = 93
)

// zipMember is a member being read.
type zipMember struct {
	zipHeader
	a     *zipArchive
	start int64 // of its bytes

	packed io.LimitedReader // its bytes, if their number is known
	r      io.Reader        // what they decode to; nil if they are not read
	sum    uint32           // CRC-32 of what was read
	n      int64            // bytes that were read
	err    error            // why there are no more
}

// open finds how to read the member, or refuses to.
func (m *zipMember) open() error {
	l := m.a.l
	packed := l.Reader // a decoder that reads a byte at a time stops by itself
	if m.sized() {
		m.packed = io.LimitedReader{R: l.Reader, N: m.zipHeader.packed}
		packed = m.a.buffered(&m.packed)
	}
	if m.flags&zipEncrypted != 0 {
		return l.refused("zip member", "it is encrypted")
	}
	switch {
	case m.method == zipStore && m.sized():
		m.r = &m.packed
	case m.method == zipStore:
		m.r = &zipScan{m: m, ends: m.stored}
	case m.method == zipDeflate:
		if m.a.inflate == nil {
			m.a.inflate = flate.NewReader(packed)
		} else if err := m.a.inflate.(flate.Resetter).Reset(packed, nil); err != nil {
			return l.broken("zip member", err)
		}
		m.r = m.a.inflate
	case m.method == zipBzip2 && m.sized():
		m.r = bunzip.NewReader(packed, m.expected(), func(n int64) error { return l.claim("bzip2", n) })
	case m.method == zipZstd && m.sized():
		r, err := l.zstd(&l.u.zipZstd, m.a.buffer, zipWindow)
		if err != nil {
			return l.broken("zip member", err)
		}
		m.r, m.a.zstd = r, r
	case m.method == zipDeflate64:
		return l.refused("zip member", "compressed by Deflate64, as the Explorer of Windows does with large files: unpack it with 7z")
	default:
		return l.refused("zip member", "compressed by method %d: unpack it with 7z", m.method)
	}
	return nil
}

// zipWindow is the largest window of a member in Zstandard: that of its highest
// level but the ones for long distances.
const zipWindow = 32 << 20

// expected returns how many bytes may come out of a member, by what its header says. That
// may be damaged: there are no fewer than what shrinks to so many bytes, as logs do.
func (m *zipMember) expected() int64 {
	const usual = 32
	if m.flags&zipSizesBehind != 0 && m.size == 0 {
		return math.MaxInt64 // not known
	}
	return max(m.size, usual*min(m.zipHeader.packed, 1<<20))
}

// sized says whether the header tells how many bytes the member takes.
func (m *zipMember) sized() bool { return m.zipHeader.packed >= 0 }

// buffered returns a buffer that reads r.
func (a *zipArchive) buffered(r io.Reader) *bufio.Reader {
	if a.buffer == nil {
		a.buffer = bufio.NewReaderSize(r, streamBuffer)
	}
	a.buffer.Reset(r)
	return a.buffer
}

func (m *zipMember) Read(b []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.r.Read(b)
	m.sum = crc32.Update(m.sum, crc32.IEEETable, b[:n])
	m.n += int64(n)
	switch {
	case err == io.EOF:
		m.err = m.check()
	case err != nil:
		m.err = m.a.l.broken("zip member", err)
	}
	return n, m.err
}

// zipDescribed is the size of the largest descriptor.
const zipDescribed = 24

// check compares what was read, all of it, with what the header or the descriptor
// says, and steps over the latter.
func (m *zipMember) check() error {
	l := m.a.l
	bad := func(format string, args ...any) error {
		return &cursor.Error{Offset: l.offset(), Field: "zip member", Detail: fmt.Sprintf(format, args...), Err: cursor.ErrMalformed}
	}
	if !m.sized() {
		if n := m.described(l.offset() - m.start); n > 0 {
			return eof(l.broken("zip member", l.skip(int64(n))))
		}
		return bad("no descriptor of its %d bytes with CRC-32 %08x is behind it", m.n, m.sum)
	}
	switch {
	case m.method == zipStore && m.packed.N > 0:
		return l.broken("zip member", io.ErrUnexpectedEOF)
	case m.n != m.size:
		return bad("%d bytes instead of %d", m.n, m.size)
	case m.flags&zipSizesBehind == 0 && m.sum != m.crc:
		return bad("CRC-32 %08x instead of %08x", m.sum, m.crc)
	}
	return io.EOF
}

// eof returns err, or if there is none the end.
func eof(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// described returns the length of the data descriptor where the archive stands,
// which must be that of what was read; 0 if there is none. Its signature is
// optional and its sizes have 4 or 8 bytes, which nothing says.
//
//	4  signature
//	4  CRC-32
//	   compressed size, size
func (m *zipMember) described(packed int64) int {
	b, _ := m.a.l.Peek(zipDescribed)
	signature := 0
	if len(b) >= 4 && binary.LittleEndian.Uint32(b) == zipDescriptor {
		signature = 4
	}
	for _, at := range []int{signature, 0} {
		if len(b) < at+12 || binary.LittleEndian.Uint32(b[at:]) != m.sum {
			continue
		}
		p := b[at+4:]
		if len(p) >= 16 && int64(binary.LittleEndian.Uint64(p)) == packed && int64(binary.LittleEndian.Uint64(p[8:])) == m.n {
			return at + 20
		}
		// Sizes that need more are cut by some writers.
		if binary.LittleEndian.Uint32(p) == uint32(packed) && binary.LittleEndian.Uint32(p[4:]) == uint32(m.n) {
			return at + 12
		}
	}
	return 0
}

// finish steps over what is left of the member and returns why it was not
// whole, if that is so. placed says whether the archive stands where the next
// member should begin.
func (m *zipMember) finish() (placed bool, err error) {
	l := m.a.l
	switch {
	case m.sized():
		err = l.broken("zip member", l.skip(m.packed.N))
		placed = err == nil
		if m.flags&zipSizesBehind != 0 && placed {
			m.skipDescriptor()
		}
	case m.r == nil:
		scan := &zipScan{m: m, ends: m.passed}
		if _, err = io.Copy(io.Discard, scan); err == nil {
			err = l.skip(int64(m.passed(scan.n)))
		}
		placed = err == nil
		err = l.broken("zip member", err)
	default:
		_, err = io.Copy(io.Discard, metered{m, l.u})
		placed = err == nil
	}
	if m.err != nil && m.err != io.EOF {
		err = m.err
	}
	return placed, err
}

// skipDescriptor steps over the descriptor of a member whose sizes the header
// has, too.
func (m *zipMember) skipDescriptor() {
	b, _ := m.a.l.Peek(28)
	for _, n := range []int{16, 24, 12, 20} {
		if len(b) >= n+4 && isZipSignature(b[n:]) {
			m.a.l.skip(int64(n))
			return
		}
	}
}
