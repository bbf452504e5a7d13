package netevent

import (
	"fmt"
	"hash"
	"hash/crc32"

	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/internal/window"
)

// blockWindow is the part of a file that is looked at.
type blockWindow struct {
	*window.Window
	hash hash.Hash   // of what was passed, if not nil
	sums *prefixSums // once there was damage
}

// pass moves on by n bytes that are there.
func (w *blockWindow) pass(n int) {
	if w.hash != nil {
		w.hash.Write(w.Ahead(0)[:n])
	}
	w.Pass(n)
	if w.sums != nil {
		w.sums.forget(w.Offset())
	}
}

// whole reports whether the block that begins at position at of the bytes ahead
// is there up to the end of its payload, and its checksum holds. b are those
// bytes, at least up to the end of the block or of the file.
func (w *blockWindow) whole(b []byte, at int, k *block) error {
	if len(b)-at < k.size() {
		return &cursor.Error{Offset: k.offset, Field: k.typ.String(), Err: cursor.ErrTruncated,
			Detail: fmt.Sprintf("need %d bytes, have %d", k.size(), len(b)-at)}
	}
	payload := b[at+BlockHeaderSize : at+k.size()]
	var sum uint32
	if w.sums == nil || len(payload) <= 2*sumEvery {
		sum = crc32.Update(k.headerCRC, castagnoli, payload)
	} else {
		sum = w.sums.update(k.headerCRC, b, w.Offset(), at+BlockHeaderSize, at+k.size())
	}
	if sum != k.crc {
		return &cursor.Error{Offset: k.offset, Field: k.typ.String() + " crc32c", Err: cursor.ErrMalformed,
			Detail: fmt.Sprintf("%#08x, the bytes give %#08x", k.crc, sum)}
	}
	return nil
}
