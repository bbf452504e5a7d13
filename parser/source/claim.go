package source

import (
	"os"
	"sync/atomic"
)

// held is a file of a source. It stays open until what was claimed of it is read.
type held struct {
	*os.File
	users atomic.Int64
}

func hold(f *os.File) *held {
	h := &held{File: f}
	h.users.Store(1)
	return h
}

func (h *held) Close() error {
	if h.users.Add(-1) > 0 {
		return nil
	}
	return h.File.Close()
}

// Claim steps over the next n bytes and returns what reads them, once and at any time, into a
// buffer of n bytes, as [io.ReaderAt] does; with nil it gives them up. So others read parts of
// a log while this goes on. It returns nil, and steps over nothing, if the Content is not
// itself a file, or the file has fewer left, or all of it is wanted here, for a digest. What
// was claimed, and is neither read nor given up, keeps the file open.
func (t telling) Claim(n int) func([]byte) (int, error) {
	s := t.stream
	h, ok := s.raw.file.(*held)
	at := s.offset()
	if !ok || s.raw.err != nil || int64(n) > s.raw.size-at || s.skip(int64(n)) != nil {
		return nil
	}
	h.users.Add(1)
	return func(b []byte) (int, error) {
		defer h.Close()
		if b == nil {
			return 0, nil
		}
		m, err := h.ReadAt(b, at)
		if m == len(b) {
			err = nil
		}
		return m, err
	}
}
