package source

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
)

// isGzip knows gzip (RFC 1952) with deflate, the only method there is.
func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}) }

func openGzip(l *layer) (io.Reader, error) {
	r, err := gzip.NewReader(l.Reader)
	if err != nil {
		return nil, l.broken("gzip", err)
	}
	return r, nil
}
