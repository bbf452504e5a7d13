package netevent

import "hash/crc32"

// prefixSums gives the CRC-32C of any run of bytes in a window in almost
// constant time. Behind damage any eight bytes may claim to begin a block of up
// to 256 MiB; to add up each claim would take forever on a file made for that.
//
// A CRC is linear: with P(x) the sum of the bytes up to x, that of the bytes from
// a to b is P(b) xor P(a) moved on by b-a zero bytes.
type prefixSums struct {
	from int64    // file offset of the first sum
	sums []uint32 // P at from + i*sumEvery
}

// sumEvery is how many bytes lie between two sums that are kept.
const sumEvery = 256

func newPrefixSums(from int64) *prefixSums { return &prefixSums{from: from, sums: []uint32{0}} }

// update returns what crc32.Update returns for sum and the bytes b[start:end],
// which are at least twice sumEvery. b are the window's, from the given file
// offset on.
func (p *prefixSums) update(sum uint32, b []byte, offset int64, start, end int) uint32 {
	// The sum before start may be of bytes that the window has passed.
	i := (offset + int64(start) - p.from + sumEvery - 1) / sumEvery
	j := (offset + int64(end) - p.from) / sumEvery
	at := func(i int64) int { return int(p.from + i*sumEvery - offset) }
	for last := int64(len(p.sums) - 1); last < j; last++ {
		p.sums = append(p.sums, crc32.Update(p.sums[last], castagnoli, b[at(last):at(last+1)]))
	}
	sum = crc32.Update(sum, castagnoli, b[start:at(i)])
	return moveOn(sum^p.sums[i], end-at(i)) ^ crc32.Update(p.sums[j], castagnoli, b[at(j):end])
}

// forget drops sums before a file offset.
func (p *prefixSums) forget(offset int64) {
	last := int64(len(p.sums) - 1)
	if p.from+last*sumEvery < offset {
		*p = prefixSums{from: offset, sums: append(p.sums[:0], 0)}
		return
	}
	if n := (offset - p.from) / sumEvery; n > int64(len(p.sums)/2) { // so that a sum moves but a few times
		p.sums = p.sums[:copy(p.sums, p.sums[n:])]
		p.from += n * sumEvery
	}
}

// zeros[k] is what moves a CRC on by 2^k zero bytes: x^(8·2^k) modulo the
// polynomial, the bits reversed as in the CRC.
var zeros = func() (z [32]uint32) {
	z[0] = 1 << (31 - 8)
	for k := 1; k < len(z); k++ {
		z[k] = multiply(z[k-1], z[k-1])
	}
	return z
}()

// moveOn returns the CRC of bytes with CRC sum and n zero bytes behind them,
// without the conditioning at both ends.
func moveOn(sum uint32, n int) uint32 {
	for k := 0; n > 0; k++ {
		if n&1 != 0 {
			sum = multiply(sum, zeros[k])
		}
		n >>= 1
	}
	return sum
}

// multiply returns a·b modulo the polynomial of CRC-32C; bit 31 is x^0.
func multiply(a, b uint32) (p uint32) {
	for ; b != 0; b <<= 1 {
		if b>>31 != 0 {
			p ^= a
		}
		a = a>>1 ^ crc32.Castagnoli&-(a&1)
	}
	return p
}
