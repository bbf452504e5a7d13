// Package lznt1build compresses in LZNT1 for tests: [MS-XCA] 2.5, with a matcher that
// looks at all there is.
//
// [MS-XCA]: https://learn.microsoft.com/openspecs/windows_protocols/ms-xca/
package lznt1build

import "encoding/binary"

const blockSize = 4096

// Compress returns data as blocks, without the mark at their end.
func Compress(data []byte) (out []byte) {
	for len(data) > 0 {
		n := min(len(data), blockSize)
		out = append(out, Block(data[:n])...)
		data = data[n:]
	}
	return out
}

// Block returns one block of at most 4 KiB of data.
func Block(data []byte) []byte {
	body := compressed(data)
	flag := uint16(0x8000)
	if len(body) >= len(data) {
		body, flag = data, 0
	}
	out := binary.LittleEndian.AppendUint16(nil, uint16(len(body)-1)|3<<12|flag)
	return append(out, body...)
}

func compressed(data []byte) (out []byte) {
	last := map[string][]int{} // where three bytes stand
	seen := func(at int) {
		if at+3 <= len(data) {
			last[string(data[at:at+3])] = append(last[string(data[at:at+3])], at)
		}
	}
	for at := 0; at < len(data); {
		flagsAt := len(out)
		out = append(out, 0)
		for bit := 0; bit < 8 && at < len(data); bit++ {
			bits := uint(4)
			for bits < 12 && at > 1<<bits {
				bits++
			}
			most := 1<<(16-bits) - 1 + 3
			length, back := 0, 0
			if at+3 <= len(data) {
				for _, from := range last[string(data[at:at+3])] {
					n := 3
					for n < most && at+n < len(data) && data[from+n] == data[at+n] {
						n++
					}
					if at-from <= 1<<bits && n > length {
						length, back = n, at-from
					}
				}
			}
			if length < 3 {
				out = append(out, data[at])
				seen(at)
				at++
				continue
			}
			out[flagsAt] |= 1 << bit
			out = binary.LittleEndian.AppendUint16(out, uint16((back-1)<<(16-bits)|(length-3)))
			for range length {
				seen(at)
				at++
			}
		}
	}
	return out
}
