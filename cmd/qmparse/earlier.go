package main

import (
	"iter"

	"github.com/qmparse/qmparse/parser/source"
)

// earlier is what an earlier run has done.
type earlier struct {
	done    map[string]int // inputs, as often as they were read
	again   []string       // inputs of parts that are written again
	changed int64          // of them, since they were read
	gone    int64          // parts of which files are not there
	damaged int64          // inputs that are done
	failed  map[string]int // inputs that could not be read, as often
}

// goOn yields what is to be read after an earlier run: what is named, then what must be
// read again although it is not named.
func (c *convert[T]) goOn(sources iter.Seq2[source.Source, error]) iter.Seq2[source.Source, error] {
	return func(yield func(source.Source, error) bool) {
		met := map[string]int{} // to be read again, and named
		each := func(src source.Source, err error) bool {
			if c.hash {
				src.Digest = &source.Digest{}
			}
			return yield(src, err)
		}
		for src, err := range sources {
			if len(c.earlier.again)+len(c.earlier.failed) > 0 {
				key := pathKey(c.folder, src.Path)
				if c.earlier.done[key] == 0 {
					met[key]++
				}
				delete(c.earlier.failed, key)
			}
			if !each(src, err) {
				return
			}
		}
		for _, path := range c.earlier.again {
			if key := pathKey(c.folder, path); met[key] > 0 {
				met[key]--
				continue
			}
			for src, err := range source.Walk([]string{path}, nil) {
				if !each(src, err) {
					return
				}
			}
		}
	}
}

// left returns how many inputs of the earlier run were not met.
func (e *earlier) left() (n int64) {
	for _, times := range e.done {
		n += int64(times)
	}
	return n
}

// unread returns how many inputs the earlier run could not read that were not met, either.
func (e *earlier) unread() (n int64) {
	for _, times := range e.failed {
		n += int64(times)
	}
	return n
}

// skip says whether an earlier run has done a source.
func (c *convert[T]) skip(src *source.Source) bool {
	if len(c.earlier.done) == 0 {
		return false
	}
	key := pathKey(c.folder, src.Path)
	if c.earlier.done[key] == 0 {
		return false
	}
	c.earlier.done[key]--
	c.skipped++
	return true
}
