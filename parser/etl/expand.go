package etl

import (
	"fmt"

	"github.com/qmparse/qmparse/parser/etl/xpress"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// notExpanded says why a compressed buffer was not expanded to its end.
type notExpanded struct {
	at       int // in the buffer as it stands in the file
	sentinel error
	detail   string
	err      error // of the stream
}

// expand expands a compressed buffer to at most so many bytes, into dst if that is large
// enough, and returns what it could expand, behind the header.
func expand(dst []byte, h *BufferHeader, data []byte, most int64) ([]byte, *notExpanded) {
	switch {
	case len(data) < bufferHeaderSize || h.Filled < bufferHeaderSize:
		return nil, &notExpanded{at: 0x30, sentinel: cursor.ErrMalformed, detail: fmt.Sprintf("filled %d", h.Filled)}
	case int64(h.Filled) > most:
		detail := fmt.Sprintf("expands from %d to %d bytes, at most %d are read", len(data), h.Filled, most)
		if most < mostAlone(len(data)) {
			detail += ": the buffers before it took the rest"
		}
		return nil, &notExpanded{at: 0x30, sentinel: cursor.ErrUnsupported, detail: detail}
	}
	size := int(h.Filled)
	if cap(dst) < size {
		dst = make([]byte, size)
	}
	dst = dst[:size]
	copy(dst, data[:bufferHeaderSize])
	n, read, err := xpress.Expand(dst[bufferHeaderSize:], data[bufferHeaderSize:])
	if err == nil {
		return dst, nil
	}
	n, read = bufferHeaderSize+n, bufferHeaderSize+read
	return dst[:n], &notExpanded{at: read, sentinel: cursor.ErrMalformed, err: err, detail: fmt.Sprintf("%v; %d of %d bytes are expanded", err, n, size)}
}
