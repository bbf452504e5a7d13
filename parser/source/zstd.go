package source

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zstd"
)

// isZstd knows a frame of Zstandard (RFC 8878).
func isZstd(head []byte) bool { return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) }

func openZstd(l *layer) (io.Reader, error) {
	if err := l.window("zstd", 1); err != nil {
		return nil, err
	}
	// One decoder at a time works in the goroutine that reads: none is left
	// behind, and damage comes after the bytes before it.
	r, err := zstd.NewReader(l.Reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, l.broken("zstd", err)
	}
	return r.IOReadCloser(), nil
}
