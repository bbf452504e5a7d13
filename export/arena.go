package export

// arena holds the bytes that a batch's dictionaries point to. What it gave out
// does not move until reset.
type arena struct {
	free    []byte   // rest of the current block
	blocks  [][]byte // of arenaBlock bytes, the first inUse are given out
	inUse   int
	counted int64 // bytes of all text and bytes appended, also of those not kept here
}

const arenaBlock = 16 << 10

// take returns n bytes of any content.
func (a *arena) take(n int) []byte {
	if n > len(a.free) {
		if n > arenaBlock/4 { // alone, and given back by reset
			return make([]byte, n)
		}
		if a.inUse == len(a.blocks) {
			a.blocks = append(a.blocks, make([]byte, arenaBlock))
		}
		a.free = a.blocks[a.inUse]
		a.inUse++
	}
	p := a.free[:n:n]
	a.free = a.free[n:]
	return p
}

func (a *arena) reset() { a.free, a.inUse, a.counted = nil, 0, 0 }
