package source

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
)

// isGzip knows gzip (RFC 1952) with deflate, the only method there is.
func isGzip(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}) }

func openGzip(l *layer) (io.Reader, error) {
	p := &l.u.decoders.gzip
	r := p.take()
	if r == nil {
		r = new(gzip.Reader)
	}
	if err := r.Reset(l.Reader); err != nil {
		p.put(r)
		return nil, l.broken("gzip", err)
	}
	return gzipReader{r, p}, nil
}

type gzipReader struct {
	*gzip.Reader
	pool *pool[gzip.Reader]
}

// Close gives the decoder back.
func (r gzipReader) Close() error {
	r.pool.put(r.Reader)
	return nil
}
