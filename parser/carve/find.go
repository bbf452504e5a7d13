package carve

import "bytes"

// finder finds the places where a pattern stands, going forward over windows of a stream.
// No byte is searched twice.
type finder struct {
	pattern string
	back    int // what is looked for begins so many bytes before the pattern

	at       int64 // the last place found
	found    bool
	searched int64 // nothing begins before it but what was found
}

// next returns the first place within the first limit bytes of b, which begins at offset
// of the stream; -1 if there is none. b should have look bytes more if the stream has them.
func (f *finder) next(b []byte, offset int64, limit int) int {
	if f.found && f.at >= offset {
		if at := f.at - offset; at < int64(limit) {
			return int(at)
		}
		return -1
	}
	f.found = false
	from := max(f.searched, offset)
	start := from - offset + int64(f.back)
	end := min(int64(len(b)), int64(limit)+int64(f.back)+int64(len(f.pattern))-1)
	if start < end {
		if i := bytes.Index(b[start:end], []byte(f.pattern)); i >= 0 {
			f.at, f.found = from+int64(i), true
			f.searched = f.at + 1
			return int(f.at - offset)
		}
	}
	f.searched = max(f.searched, offset+int64(limit))
	return -1
}
