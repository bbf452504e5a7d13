package export

import (
	"bytes"

	"github.com/parquet-go/parquet-go"
)

// boundBytes is the length of the bounds in the page index.
const boundBytes = parquet.DefaultColumnIndexSizeLimit

// shortBounds returns bounds of at most boundBytes that min and max lie between.
// The library does so for text, but has no upper bound for bytes that are 0xff
// as far as it keeps them; one that is 0xff all along that length is kept.
func shortBounds(min, max parquet.Value) (parquet.Value, parquet.Value) {
	if b := min.ByteArray(); len(b) > boundBytes {
		min = parquet.ByteArrayValue(b[:boundBytes])
	}
	b := max.ByteArray()
	if len(b) <= boundBytes {
		return min, max
	}
	for n := boundBytes; n > 0; n-- {
		if b[n-1] < 0xff {
			b = bytes.Clone(b[:n])
			b[n-1]++
			return min, parquet.ByteArrayValue(b)
		}
	}
	return min, max
}
