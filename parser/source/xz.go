package source

import (
	"bytes"
	"io"

	"github.com/mikelolasagasti/xz"
)

// isXz knows the stream header of the .xz format.
func isXz(head []byte) bool { return bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")) }

// openXz uses a port of XZ Embedded, for it bounds the dictionary that a file
// asks for; github.com/ulikunitz/xz allocates up to 4 GiB for a file of 100 bytes.
func openXz(l *layer) (io.Reader, error) {
	if err := l.window("xz", 1); err != nil {
		return nil, err
	}
	p := &l.u.decoders.xz
	r := p.take()
	var err error
	if r == nil {
		r, err = xz.NewReader(l.Reader, maxWindow)
	} else {
		err = r.Reset(l.Reader)
	}
	if err != nil {
		p.put(r)
		return nil, l.broken("xz", xzError(err))
	}
	return xzReader{r, p}, nil
}

// xzReader tells bytes that end too early from broken ones.
type xzReader struct {
	*xz.Reader
	pool *pool[xz.Reader]
}

func (r xzReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	return n, xzError(err)
}

// Close gives the decoder back.
func (r xzReader) Close() error {
	r.pool.put(r.Reader)
	return nil
}

func xzError(err error) error {
	if err == xz.ErrBuf {
		return io.ErrUnexpectedEOF
	}
	return err
}
