package carve

import "io"

// logReader reads a log piece by piece.
type logReader struct {
	s    *Scanner
	left int        // bytes of the piece
	next func() int // returns how many the next one has; 0 if there is none
}

func (r *logReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		if r.left = r.next(); r.left == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, r.s.ahead(min(len(p), r.left)))
	r.s.w.Pass(n)
	r.left -= n
	if n == 0 && len(p) > 0 {
		r.left = 0
		if err := r.s.w.Failure(); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}
	return n, nil
}
