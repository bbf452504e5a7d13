package sevenzip

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/ulikunitz/xz/lzma"

	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/source/bunzip"
)

// Methods, Methods.txt of the LZMA SDK.
const (
	methodCopy    = 0x00
	methodLZMA2   = 0x21
	methodLZMA    = 0x030101
	methodDeflate = 0x040108
	methodBzip2   = 0x040202
	methodAES     = 0x06f10701
)

// notRead are names of methods that are refused.
var notRead = map[uint64]string{
	0x03:       "Delta",
	0x04:       "BCJ",
	0x0a:       "ARM64",
	0x03030103: "BCJ",
	0x0303011b: "BCJ2",
	0x030401:   "PPMd",
	0x040109:   "Deflate64",
	0x04f71101: "Zstandard",
}

// maxDictionary is the largest dictionary of LZMA: that of 7-Zip's highest level.
// No more of it is allocated than the folder has bytes.
const maxDictionary = 256 << 20

// open returns what decodes the folder.
func (r *Reader) open(f *folder) (io.Reader, error) {
	if f.start > r.size-startSize || f.packed > r.size-startSize-f.start {
		return nil, &cursor.Error{Offset: startSize, Field: "packSize", Err: cursor.ErrTruncated,
			Detail: fmt.Sprintf("a folder has %d packed bytes at %#x, the archive ends at %#x", f.packed, startSize+f.start, r.size)}
	}
	large := 0
	for _, c := range f.coders {
		switch c.method {
		case methodAES:
			return nil, r.refused(f, "encrypted")
		case methodLZMA, methodLZMA2:
			large++
		case methodCopy, methodDeflate, methodBzip2:
		default:
			name, ok := notRead[c.method]
			if !ok {
				name = fmt.Sprintf("method %x", c.method)
			}
			return nil, r.refused(f, "packed with %s: unpack it with 7z", name)
		}
	}
	switch {
	case f.chain == nil:
		return nil, r.refused(f, "packed in several streams")
	case large > 1: // each would have a dictionary
		return nil, r.refused(f, "packed with LZMA twice")
	case f.packed == 0 && f.size > 0: // before there are tables for it: a header can list a million
		return nil, r.broken(f, io.ErrUnexpectedEOF)
	}
	r.inflating = 0
	var in io.Reader = io.NewSectionReader(r.r, startSize+f.start, f.packed)
	for n, i := range f.chain {
		if n > 0 {
			in = claimed{in, r.claim}
		}
		out, err := r.decode(&f.coders[i], bufio.NewReader(in))
		if err != nil {
			return nil, r.broken(f, err)
		}
		in = out
	}
	return in, nil
}

// claimed are bytes between two coders: of any number of them may come nothing.
type claimed struct {
	io.Reader
	claim func(int64) error
}

func (c claimed) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if refused := c.claim(int64(n)); refused != nil {
		return 0, refused
	}
	return n, err
}

// leastClaim is what any coder takes at least, in buffers and tables.
const leastClaim = lzma.MinDictCap

// decode returns what the coder makes of in.
func (r *Reader) decode(c *coder, in *bufio.Reader) (io.Reader, error) {
	if c.method != methodLZMA && c.method != methodLZMA2 {
		if err := r.claim(leastClaim); err != nil {
			return nil, err
		}
	}
	switch c.method {
	case methodLZMA:
		if len(c.props) != 5 {
			return nil, fmt.Errorf("%d bytes of properties for LZMA", len(c.props))
		}
		dictionary := int64(binary.LittleEndian.Uint32(c.props[1:]))
		dictionary = max(min(dictionary, c.unpacks), lzma.MinDictCap) // no match is further back
		if dictionary > maxDictionary {
			return nil, dictionaryError(dictionary)
		}
		if err := r.claim(dictionary + literals(c.props[0])); err != nil {
			return nil, err
		}
		// The library reads the header of a .lzma file: the properties and the size.
		head := binary.LittleEndian.AppendUint64(nil, uint64(c.unpacks))
		head = append(binary.LittleEndian.AppendUint32(c.props[:1:1], uint32(dictionary)), head...)
		return lzma.ReaderConfig{DictCap: maxDictionary}.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(head), in)))
	case methodLZMA2:
		if len(c.props) != 1 {
			return nil, fmt.Errorf("%d bytes of properties for LZMA2", len(c.props))
		}
		dictionary, err := lzma.DecodeDictCap(c.props[0])
		if err != nil {
			return nil, err
		}
		dictionary = max(min(dictionary, c.unpacks), lzma.MinDictCap)
		if dictionary > maxDictionary {
			return nil, dictionaryError(dictionary)
		}
		if err := r.claim(dictionary); err != nil {
			return nil, err
		}
		return lzma.Reader2Config{DictCap: int(dictionary)}.NewReader2(in)
	case methodDeflate:
		return r.inflater(in)
	case methodBzip2:
		return bunzip.NewReader(in, c.unpacks, r.claim), nil
	}
	return in, nil
}

// inflater returns what decodes Deflate: one of another folder, if there is one.
func (r *Reader) inflater(in *bufio.Reader) (io.Reader, error) {
	n := r.inflating
	r.inflating++
	if n < len(r.inflaters) {
		return r.inflaters[n], r.inflaters[n].(flate.Resetter).Reset(in, nil)
	}
	r.inflaters = append(r.inflaters, flate.NewReader(in))
	return r.inflaters[n], nil
}

// literals returns how much the tables for literals take beyond those of common
// parameters, which are lc and lp: 3 and 0, at most 4 together.
func literals(props byte) int64 {
	const size, common = int64(0x300 * 2), 4
	n := props%9 + props/9%5
	return max(size<<n-size<<common, 0)
}

func dictionaryError(n int64) error {
	return &cursor.Error{Offset: startSize, Field: "folder", Err: cursor.ErrUnsupported,
		Detail: fmt.Sprintf("it needs a dictionary of %d bytes, more than %d", n, maxDictionary)}
}
