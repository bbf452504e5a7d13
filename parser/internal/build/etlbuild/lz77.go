package etlbuild

import "encoding/binary"

// The limits of a match in plain LZ77. Every length up to 2³²+2 can be written.
const (
	minMatch  = 3
	maxOffset = 1 << 13
)

// Compress is plain LZ77 compression, [MS-XCA] 2.3: 32 flags at a time, from the
// highest bit down, each for a byte or for a match. A match is two bytes, offset
// less 1 in 13 bits and length less 3 in 3. A length that does not fit is 7 there
// and goes on in four bits, of which two matches share a byte; 15 there goes on
// in a byte, 255 there in two, 0 there in four.
func Compress(data []byte) []byte {
	w := lz77{half: -1}
	w.group()
	last := map[[minMatch]byte]int{} // where these bytes were last
	prev := make([]int, len(data))   // where they were before that, less 1
	note := func(at int) {
		if at+minMatch <= len(data) {
			key := [minMatch]byte(data[at:])
			if p, ok := last[key]; ok {
				prev[at] = p + 1
			}
			last[key] = at
		}
	}
	for at := 0; at < len(data); {
		offset, length := 0, 0
		if at+minMatch <= len(data) {
			if p, ok := last[[minMatch]byte(data[at:])]; ok {
				offset, length = longest(data, at, p, prev)
			}
		}
		if length < minMatch {
			w.literal(data[at])
			length = 1
		} else {
			w.match(offset, length)
		}
		for range length {
			note(at)
			at++
		}
	}
	return w.end()
}

// longest is the longest match of what begins at, among the nearest places that
// begin in the same way.
func longest(data []byte, at, candidate int, prev []int) (offset, length int) {
	const tries = 32
	for range tries {
		if candidate < 0 || at-candidate > maxOffset {
			break
		}
		n := 0
		for at+n < len(data) && data[candidate+n] == data[at+n] {
			n++
		}
		if n > length {
			offset, length = at-candidate, n
		}
		candidate = prev[candidate] - 1
	}
	return offset, length
}

// lz77 is compressed data in the making.
type lz77 struct {
	b     []byte
	flags uint32
	n     int // flags in the group
	at    int // where the group's flags go
	half  int // where half a byte is free for a length; -1 if nowhere
}

// group begins 32 flags.
func (w *lz77) group() {
	w.at, w.flags, w.n = len(w.b), 0, 0
	w.b = append(w.b, 0, 0, 0, 0)
}

func (w *lz77) flag(bit uint32) {
	w.flags = w.flags<<1 | bit
	if w.n++; w.n == 32 {
		binary.LittleEndian.PutUint32(w.b[w.at:], w.flags)
		w.group()
	}
}

func (w *lz77) literal(v byte) {
	w.b = append(w.b, v)
	w.flag(0)
}

func (w *lz77) match(offset, length int) {
	le := binary.LittleEndian
	n := length - minMatch
	w.b = le.AppendUint16(w.b, uint16(offset-1)<<3|uint16(min(n, 7)))
	if n >= 7 {
		nibble := byte(min(n-7, 15))
		if w.half < 0 {
			w.half = len(w.b)
			w.b = append(w.b, nibble)
		} else {
			w.b[w.half] |= nibble << 4
			w.half = -1
		}
		if n -= 7 + 15; n >= 0 {
			w.b = append(w.b, byte(min(n, 255)))
			if n >= 255 {
				n += 7 + 15 // from here on the length counts from 3 again
				if n < 1<<16 {
					w.b = le.AppendUint16(w.b, uint16(n))
				} else {
					w.b = le.AppendUint32(append(w.b, 0, 0), uint32(n))
				}
			}
		}
	}
	w.flag(1)
}

// end fills the last group with flags for matches, which are not there.
func (w *lz77) end() []byte {
	flags := uint64(w.flags)<<(32-w.n) | (1<<(32-w.n) - 1)
	binary.LittleEndian.PutUint32(w.b[w.at:], uint32(flags))
	return w.b
}
