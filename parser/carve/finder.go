package carve

import "bytes"

// finder finds the places where a pattern stands, going forward over windows of a stream.
// No byte is searched twice.
type finder struct {
	pattern string
	back    int // what is looked for begins so many bytes before the pattern

	// may says whether what begins with b can be what is looked for; nil if nothing but
	// the pattern tells. b may end anywhere behind the pattern.
	may func(b []byte) bool

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
	if i := f.index(b, int(min(from-offset, int64(limit))), limit); i >= 0 {
		f.at, f.found = offset+int64(i), true
		f.searched = f.at + 1
		return i
	}
	f.searched = max(f.searched, offset+int64(limit))
	return -1
}

// index returns the first place in b from from on and before limit; -1 if there is none.
func (f *finder) index(b []byte, from, limit int) int {
	end := min(len(b), limit+f.back+len(f.pattern)-1)
	for from < limit && from+f.back < end {
		i := bytes.Index(b[from+f.back:end], []byte(f.pattern))
		if i < 0 {
			return -1
		}
		if from += i; f.may == nil || f.may(b[from:]) {
			return from
		}
		from++
	}
	return -1
}
