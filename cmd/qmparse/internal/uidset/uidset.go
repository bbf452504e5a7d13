// Package uidset is a set of 16-byte keys that takes little memory however many there
// are: what is beyond a bound is on disk, in files that are gone when the program is.
//
// It is exact. Keys are expected to be as good as random, as hashes are.
package uidset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
)

// Key is an element of a set.
type Key [16]byte

const (
	// pageKeys is how many keys of a run one is remembered of, and are read at once.
	pageKeys = 256

	// mostRuns is how many runs there are before they are made one: each may be looked
	// into for each key.
	mostRuns = 4
)

// Set is a set of keys. It is not safe for concurrent use.
type Set struct {
	// Memory is how many keys are kept in memory, 3 Mi if it is not set: they take up to
	// 96 MiB while the table grows, and 1/16 byte for each key beyond.
	Memory int

	slots []Key // a power of two; a zero key is none
	n     int   // keys in slots
	zero  bool  // the zero key is in the set
	runs  []*run
}

// run is sorted keys in a file.
type run struct {
	f     *os.File
	n     int64
	first []Key // of each page
}

// Add adds a key and says whether it was not there.
func (s *Set) Add(k Key) (bool, error) {
	if k == (Key{}) {
		added := !s.zero
		s.zero = true
		return added, nil
	}
	if s.slots != nil && s.slots[s.find(k)] == k {
		return false, nil
	}
	for _, r := range s.runs {
		if found, err := r.has(k); found || err != nil {
			return false, err
		}
	}
	if err := s.room(); err != nil {
		return false, err
	}
	s.slots[s.find(k)] = k
	s.n++
	return true, nil
}

// find returns the slot of a key, or the one that it would get.
func (s *Set) find(k Key) int {
	mask := uint64(len(s.slots) - 1)
	i := binary.LittleEndian.Uint64(k[:]) & mask
	for s.slots[i] != k && s.slots[i] != (Key{}) {
		i = (i + 1) & mask
	}
	return int(i)
}

// room makes room for one key more.
func (s *Set) room() error {
	const least = 1 << 10
	most := s.Memory
	if most <= 0 {
		most = 3 << 20
	}
	switch {
	case s.slots == nil:
		s.slots = make([]Key, least)
	case s.n >= most:
		return s.spill()
	case s.n >= len(s.slots)/4*3:
		old := s.slots
		s.slots = make([]Key, 2*len(old))
		for _, k := range old {
			if k != (Key{}) {
				s.slots[s.find(k)] = k
			}
		}
	}
	return nil
}

// spill writes the keys in memory to a run.
func (s *Set) spill() error {
	// Sorted in place: the slots are empty afterwards.
	keys := slices.DeleteFunc(s.slots, func(k Key) bool { return k == Key{} })
	slices.SortFunc(keys, func(a, b Key) int { return bytes.Compare(a[:], b[:]) })
	i := 0
	r, err := newRun(func() (Key, bool, error) {
		if i == len(keys) {
			return Key{}, false, nil
		}
		i++
		return keys[i-1], true, nil
	})
	if err != nil {
		return err
	}
	clear(s.slots)
	s.n = 0
	s.runs = append(s.runs, r)
	if len(s.runs) > mostRuns {
		return s.merge()
	}
	return nil
}

// merge makes one run of all.
func (s *Set) merge() error {
	heads := make([]*bufio.Reader, len(s.runs))
	next := make([]Key, len(s.runs))
	more := make([]bool, len(s.runs))
	advance := func(i int) error {
		_, err := io.ReadFull(heads[i], next[i][:])
		if more[i] = err == nil; err == io.EOF {
			err = nil
		}
		return err
	}
	for i, r := range s.runs {
		heads[i] = bufio.NewReaderSize(io.NewSectionReader(r.f, 0, 16*r.n), 1<<18)
		if err := advance(i); err != nil {
			return err
		}
	}
	r, err := newRun(func() (k Key, ok bool, err error) {
		least := -1
		for i := range next {
			if more[i] && (least < 0 || bytes.Compare(next[i][:], next[least][:]) < 0) {
				least = i
			}
		}
		if least < 0 {
			return k, false, nil
		}
		k = next[least]
		return k, true, advance(least)
	})
	if err != nil {
		return err
	}
	err = s.closeRuns()
	s.runs = []*run{r}
	return err
}

// newRun writes keys, which come sorted, to a file.
func newRun(next func() (Key, bool, error)) (*run, error) {
	f, err := os.CreateTemp("", "qmparse-uids-*")
	if err != nil {
		return nil, err
	}
	// Where a file that is open can be removed, nothing is left of it whatever happens.
	_ = os.Remove(f.Name())
	r := &run{f: f}
	w := bufio.NewWriterSize(f, 1<<18)
	for {
		k, ok, err := next()
		if err == nil && ok {
			if r.n%pageKeys == 0 {
				r.first = append(r.first, k)
			}
			r.n++
			_, err = w.Write(k[:])
		}
		if err == nil && !ok {
			err = w.Flush()
		}
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
		if !ok {
			return r, nil
		}
	}
}

// has says whether a key is in the run.
func (r *run) has(k Key) (bool, error) {
	page, found := slices.BinarySearchFunc(r.first, k, func(a, b Key) int { return bytes.Compare(a[:], b[:]) })
	if found || page == 0 {
		return found, nil
	}
	page--
	var b [16 * pageKeys]byte
	at := int64(page) * pageKeys
	n := min(pageKeys, r.n-at)
	if _, err := r.f.ReadAt(b[:16*n], 16*at); err != nil {
		return false, err
	}
	low, high := int64(0), n
	for low < high {
		mid := (low + high) / 2
		switch bytes.Compare(b[16*mid:16*mid+16], k[:]) {
		case 0:
			return true, nil
		case -1:
			low = mid + 1
		default:
			high = mid
		}
	}
	return false, nil
}

func (r *run) close() error {
	err := r.f.Close()
	if rm := os.Remove(r.f.Name()); rm != nil && !errors.Is(rm, os.ErrNotExist) {
		err = errors.Join(err, rm)
	}
	return err
}

func (s *Set) closeRuns() (err error) {
	for _, r := range s.runs {
		err = errors.Join(err, r.close())
	}
	s.runs = nil
	return err
}

// Close gives back what the set takes on disk.
func (s *Set) Close() error { return s.closeRuns() }
