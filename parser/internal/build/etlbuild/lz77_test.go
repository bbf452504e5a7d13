package etlbuild

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// decompress is [MS-XCA] 2.4.4 as its text has it, for tests of Compress. It ends
// where a flag for a match has no input left.
func decompress(in []byte) ([]byte, error) {
	le := binary.LittleEndian
	short, wild := errors.New("input ends"), errors.New("match out of bounds")
	var out []byte
	var flags uint32
	flagCount, halfByte := 0, 0
	for pos := 0; ; {
		if flagCount == 0 {
			if len(in)-pos < 4 {
				return nil, short
			}
			flags = le.Uint32(in[pos:])
			pos += 4
			flagCount = 32
		}
		flagCount--
		if flags&(1<<flagCount) == 0 {
			if pos >= len(in) {
				return nil, short
			}
			out = append(out, in[pos])
			pos++
			continue
		}
		if pos == len(in) {
			return out, nil
		}
		if len(in)-pos < 2 {
			return nil, short
		}
		length := int(le.Uint16(in[pos:]) % 8)
		offset := int(le.Uint16(in[pos:])/8) + 1
		pos += 2
		need := func(n int) bool { return len(in)-pos >= n }
		if length == 7 {
			if halfByte == 0 {
				if !need(1) {
					return nil, short
				}
				length = int(in[pos] % 16)
				halfByte = pos
				pos++
			} else {
				length = int(in[halfByte] / 16)
				halfByte = 0
			}
			if length == 15 {
				if !need(1) {
					return nil, short
				}
				length = int(in[pos])
				pos++
				if length == 255 {
					if !need(2) {
						return nil, short
					}
					length = int(le.Uint16(in[pos:]))
					pos += 2
					if length == 0 {
						if !need(4) {
							return nil, short
						}
						length = int(le.Uint32(in[pos:]))
						pos += 4
					}
					if length < 15+7 {
						return nil, wild
					}
					length -= 15 + 7
				}
				length += 15
			}
			length += 7
		}
		length += 3
		if offset > len(out) {
			return nil, wild
		}
		for range length {
			out = append(out, out[len(out)-offset])
		}
	}
}

// The two examples of [MS-XCA] 3.1, read on
// https://learn.microsoft.com/openspecs/windows_protocols/ms-xca/72f8d5ba-b6ee-4a4c-b80d-54c9d8d5ac21
func TestCompressExamplesOfTheSpecification(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"abcdefghijklmnopqrstuvwxyz", "3f000000 6162636465666768696a6b6c6d6e6f707172737475767778797a"},
		{string(bytes.Repeat([]byte("abc"), 100)), "ffffff1f 616263 1700 0f ff 2601"},
	} {
		if got, want := Compress([]byte(c.text)), unhex(t, c.want); !bytes.Equal(got, want) {
			t.Errorf("%.30q:\ngot  %x\nwant %x", c.text, got, want)
		}
	}
}

// Two bytes, then a run of the last one: every form of a length, with bytes that
// follow from 2.3 of the document.
func TestCompressLengths(t *testing.T) {
	for _, c := range []struct {
		length int // of the match
		want   string
	}{
		{3, "ffffff3f 6162 0000"}, {9, "ffffff3f 6162 0600"},
		{10, "ffffff3f 6162 0700 00"}, {24, "ffffff3f 6162 0700 0e"},
		{25, "ffffff3f 6162 0700 0f 00"}, {279, "ffffff3f 6162 0700 0f fe"},
		{280, "ffffff3f 6162 0700 0f ff 1501"}, {65538, "ffffff3f 6162 0700 0f ff ffff"},
		{65539, "ffffff3f 6162 0700 0f ff 0000 00000100"},
	} {
		data := append([]byte("a"), bytes.Repeat([]byte("b"), c.length+1)...)
		got, want := Compress(data), unhex(t, c.want)
		if !bytes.Equal(got, want) {
			t.Errorf("%d:\ngot  %x\nwant %x", c.length, got, want)
		}
		if back, err := decompress(got); err != nil || !bytes.Equal(back, data) {
			t.Errorf("%d: does not come back: %v", c.length, err)
		}
	}
}

// Two matches share a byte for their lengths, the third begins another. The
// flags: 13 literals, match, literal, match, literal, match, and ones to the end.
func TestCompressSharedHalfByte(t *testing.T) {
	data := []byte("abcdefghijkl1abcdefghijkl2abcdefghijkl3abcdefghijkl")
	want := binary.LittleEndian.AppendUint32(nil, 0b0000_0000_0000_0101_0111_1111_1111_1111)
	want = append(want, "abcdefghijkl1\x67\x00\x222\x67\x003\x67\x00\x02"...)
	got := Compress(data)
	if !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	if back, err := decompress(got); err != nil || !bytes.Equal(back, data) {
		t.Errorf("does not come back: %v", err)
	}
}

// A group that is full is followed by one that has no symbol.
func TestCompressFullGroup(t *testing.T) {
	data := noise(32)
	want := append(append(make([]byte, 4), data...), 0xFF, 0xFF, 0xFF, 0xFF)
	if got := Compress(data); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	if got := Compress(nil); !bytes.Equal(got, []byte{0xFF, 0xFF, 0xFF, 0xFF}) {
		t.Errorf("of nothing: %x", got)
	}
}

// Data of few different bytes, up to past the largest offset.
func TestCompressComesBack(t *testing.T) {
	long := noise(20_000)
	for i := range long {
		long[i] &= 3
	}
	far := bytes.Repeat(noise(maxOffset), 2)
	for _, data := range [][]byte{long, far, noise(300), long[:1], long[:2], long[:100]} {
		got := Compress(data)
		if back, err := decompress(got); err != nil || !bytes.Equal(back, data) {
			t.Errorf("%d bytes do not come back: %v", len(data), err)
		}
	}
	if n := len(Compress(far)); n > 3*len(far)/4 {
		t.Errorf("a repetition %d bytes ago is not found: %d bytes of %d", maxOffset, n, len(far))
	}
}
