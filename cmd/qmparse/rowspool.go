package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
)

// rowSpool keeps rows of partitions that have no file yet, in the order in which they come,
// in one file that is gone when the program is. Memory holds a few words for each
// partition, however many rows it has.
//
// The file is pieces, each of a partition:
//
//	0  8  where the piece before it of the same partition begins, and one; 0 if none
//	8  4  size of its rows
//	12    its rows, as export.AppendBatch has them
type rowSpool struct {
	path string // it is created beside, under a temporary name

	f    *os.File // nil while there are no rows
	w    *bufio.Writer
	end  int64
	of   map[string]*spooled
	keys []string // of partitions with rows, in the order of their first ones
}

// spooled is what the spool has of a partition.
type spooled struct {
	last  int64 // where the last piece begins, and one
	bytes int64
}

const pieceHeader = 12

// has says whether there are rows of a partition.
func (s *rowSpool) has(key string) bool { return s.of[key] != nil }

// add adds rows of a partition, and returns how many bytes there are of it.
func (s *rowSpool) add(key string, rows []byte) (int64, error) {
	if s.f == nil {
		if err := s.create(); err != nil {
			return 0, err
		}
	}
	to := s.of[key]
	if to == nil {
		to = &spooled{}
		s.of[key] = to
		s.keys = append(s.keys, key)
	}
	var header [pieceHeader]byte
	binary.LittleEndian.PutUint64(header[:], uint64(to.last))
	binary.LittleEndian.PutUint32(header[8:], uint32(len(rows)))
	to.last = s.end + 1
	to.bytes += int64(len(rows))
	s.end += pieceHeader + int64(len(rows))
	_, err := s.w.Write(header[:])
	if err == nil {
		_, err = s.w.Write(rows)
	}
	return to.bytes, err
}

func (s *rowSpool) create() error {
	f, err := createBeside(s.path, 0o600)
	if err != nil {
		return err
	}
	// Where a file that is open can be removed, nothing is left of it whatever happens.
	_ = os.Remove(f.Name())
	s.f, s.w, s.end, s.of = f, bufio.NewWriterSize(f, 1<<18), 0, map[string]*spooled{}
	return nil
}

// take hands over the rows of a partition in the order in which they were added, and
// forgets them.
func (s *rowSpool) take(key string, each func(rows []byte) error) error {
	if err := s.w.Flush(); err != nil {
		return err
	}
	var header [pieceHeader]byte
	var pieces []int64
	for at := s.of[key].last; at > 0; at = int64(binary.LittleEndian.Uint64(header[:])) {
		pieces = append(pieces, at-1)
		if _, err := s.f.ReadAt(header[:], at-1); err != nil {
			return err
		}
	}
	slices.Reverse(pieces)
	var rows []byte
	for _, at := range pieces {
		if _, err := s.f.ReadAt(header[:], at); err != nil {
			return err
		}
		n := int(binary.LittleEndian.Uint32(header[8:]))
		rows = slices.Grow(rows[:0], n)[:n]
		if _, err := s.f.ReadAt(rows, at+pieceHeader); err != nil && err != io.EOF {
			return err
		}
		if err := each(rows); err != nil {
			return err
		}
	}
	delete(s.of, key)
	if s.keys[0] == key { // as when a part ends, however many there are
		s.keys = s.keys[1:]
	} else {
		s.keys = slices.DeleteFunc(s.keys, func(k string) bool { return k == key })
	}
	return nil
}

// close forgets everything.
func (s *rowSpool) close() error {
	if s.f == nil {
		return nil
	}
	err := s.f.Close()
	if rm := os.Remove(s.f.Name()); rm != nil && !errors.Is(rm, fs.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	s.f, s.w, s.of, s.keys = nil, nil, nil, nil
	return err
}
