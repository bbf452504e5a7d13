package export

// memoSlots is for how many event ids at a time the text of runs of columns is kept, and
// mostMemo how long a text may be for that: both bound what a batch keeps beside its rows.
const (
	memoSlots = 32
	mostMemo  = 768
)

// memoSlot is where that of an event id is. The ids of a log are often multiples of 16.
func memoSlot(id uint32) uint32 { return (id ^ id>>4) % memoSlots }

// memoOf returns what is kept of the text of a run, in the memory of the old one: nothing if
// it is long.
func memoOf(old, text []byte) []byte {
	if len(text) > mostMemo {
		return old[:0]
	}
	return append(old[:0], text...)
}
