package export

import "io"

// textBatch holds rows of NDJSON or CSV as they will be written.
type textBatch[T Row] struct {
	b   []byte
	n   int
	row rowText[T]
	raw bool
	of  Format
}

func (t *textBatch[T]) Append(r *T) {
	t.b = t.row(t.b, r, t.raw)
	t.n++
}

func (t *textBatch[T]) Rows() int { return t.n }
func (t *textBatch[T]) Size() int { return len(t.b) }
func (t *textBatch[T]) Reset()    { t.b, t.n = t.b[:0], 0 }

type textSink[T Row] struct {
	w    io.Writer
	rows func() rowText[T]
	raw  bool
	of   Format
	err  error // sticky
}

func (s *textSink[T]) NewBatch() Batch[T] {
	return &textBatch[T]{row: s.rows(), raw: s.raw, of: s.of}
}

func (s *textSink[T]) Write(b Batch[T]) error {
	t, ok := b.(*textBatch[T])
	if s.err == nil && (!ok || t.of != s.of || t.raw != s.raw) {
		s.err = errForeign
	}
	if s.err != nil || t.n == 0 {
		return s.err
	}
	return s.write(t.b)
}

func (s *textSink[T]) write(b []byte) error {
	_, s.err = s.w.Write(b)
	return s.err
}

func (s *textSink[T]) Close() error {
	if s.err != nil {
		return s.err
	}
	s.err = errClosed
	return nil
}
