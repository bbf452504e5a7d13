package netsh

import (
	"bytes"
	"io"
)

// scanner cuts text into tokens. Of the XML that is legal it leaves out what
// netsh never writes and nobody needs to be given here: declarations are not
// read and entities not replaced. It goes on behind what is malformed.
//
// A library's decoder would not do: netsh puts texts with & into its output as
// they are, so that a dump need not be well-formed, and each event behind such
// a place counts.
type scanner struct {
	src  *source
	buf  []byte // a part of the text
	from int64  // position of its first byte
	at   int64  // position of the next token; also within buf
	pin  int64  // what is from here on stays in buf, up to maxEvent
	err  error  // why there is no more; io.EOF is the end of the file

	markPos, markOffset int64 // a position and its offset in the file
}

const (
	firstBuffer = 64 << 10
	lastBuffer  = 2 * (maxEvent + maxTag)
)

// more reads more text into buf. It is false at the end.
func (s *scanner) more() bool {
	if s.err != nil {
		return false
	}
	const room = 64 // for some characters
	if cap(s.buf)-len(s.buf) < room {
		keep := min(s.pin, s.at)
		if s.at-keep > maxEvent {
			keep = s.at
		}
		kept := s.buf[keep-s.from:]
		buf := s.buf[:0]
		if size := cap(s.buf); len(kept) > size/2 || size == 0 { // never of a last buffer
			buf = make([]byte, 0, min(max(2*size, firstBuffer), lastBuffer))
		}
		if s.markPos < keep {
			s.moveMark(keep)
		}
		s.buf, s.from = append(buf, kept...), keep
	}
	n, err := s.src.read(s.buf[len(s.buf):cap(s.buf)])
	if s.from+int64(len(s.buf)) == 0 {
		s.markOffset = s.src.mark
	}
	s.buf, s.err = s.buf[:len(s.buf)+n], err
	return n > 0
}

// offset returns the offset in the file of a position that is in buf.
func (s *scanner) offset(pos int64) int64 {
	if pos < s.markPos {
		return s.markOffset - s.src.size(s.buf[pos-s.from:s.markPos-s.from])
	}
	s.moveMark(pos)
	return s.markOffset
}

func (s *scanner) moveMark(pos int64) {
	s.markOffset += s.src.size(s.buf[s.markPos-s.from : pos-s.from])
	s.markPos = pos
}

// peek returns the byte i behind the next one.
func (s *scanner) peek(i int64) (byte, bool) {
	b := s.reach(i)
	if i >= int64(len(b)) {
		return 0, false
	}
	return b[i], true
}

// reach is rest with the byte i behind the next one, if the text goes on so far.
func (s *scanner) reach(i int64) []byte {
	for s.at+i-s.from >= int64(len(s.buf)) && s.more() {
	}
	return s.rest()
}

// rest returns what is in buf from the next byte on.
func (s *scanner) rest() []byte { return s.buf[s.at-s.from:] }

// next returns the next token. Its name is valid until the next call.
func (s *scanner) next() token {
	c, ok := s.peek(0)
	t := token{pos: s.at, offset: s.offset(s.at), bad: none}
	switch {
	case !ok:
		t.kind = tokenEOF
	case c != '<':
		s.text(&t)
	default:
		s.markup(&t)
	}
	t.end = s.at
	return t
}

func (s *scanner) text(t *token) {
	t.kind = tokenText
	for {
		chunk := s.rest()
		n := bytes.IndexByte(chunk, '<')
		if n >= 0 {
			chunk = chunk[:n]
		}
		s.characters(t, chunk)
		s.at += int64(len(chunk))
		if n >= 0 || !s.more() {
			return
		}
	}
}

// characters looks at the next part of the text of t.
func (s *scanner) characters(t *token, text []byte) {
	for i, c := range text {
		if c > ' ' {
			t.solid = true
		} else if c != ' ' && c != '\n' && c != '\r' && c != '\t' && t.bad == none {
			t.bad = s.offset(s.at + int64(i))
		}
	}
}

// markup reads what begins with <.
func (s *scanner) markup(t *token) {
	c, ok := s.peek(1)
	switch {
	case !ok:
		s.cut(t, "tag")
	case c == '!':
		s.declaration(t)
	case c == '?':
		s.instruction(t)
	case c == '/':
		t.kind = tokenEnd
		s.tag(t, 2)
	default:
		t.kind = tokenStart
		s.tag(t, 1)
	}
}

// cut makes t the token that the file ends in.
func (s *scanner) cut(t *token, what string) {
	t.kind, t.detail = tokenCut, what
	s.at = s.from + int64(len(s.buf))
}

// malformed makes t a token of n bytes that is none.
func (s *scanner) malformed(t *token, n int64, detail string) {
	t.kind, t.detail = tokenMalformed, detail
	s.at += n
}

// instruction reads a processing instruction or the XML declaration. One that
// holds a < is none: a damaged tag must not hide what is behind it.
func (s *scanner) instruction(t *token) {
	for i := int64(2); ; i++ {
		c, ok := s.peek(i)
		switch {
		case !ok:
			s.cut(t, "processing instruction")
			return
		case c == '<' || i >= maxTag:
			s.malformed(t, i, "processing instruction without an end")
			return
		}
		if c == '?' {
			if c, ok := s.peek(i + 1); ok && c == '>' {
				t.kind = tokenPI
				p := t.pos - s.from
				t.name = s.buf[p+2 : p+i]
				s.at += i + 2
				return
			}
		}
	}
}

// declaration reads what begins with <!.
func (s *scanner) declaration(t *token) {
	switch found, whole := s.begins("<!--"); {
	case found:
		t.kind = tokenComment
		s.at += 4
		if !s.until("-->", nil) {
			s.cut(t, "comment")
		}
		return
	case !whole:
		s.cut(t, "tag")
		return
	}
	switch found, whole := s.begins("<![CDATA["); {
	case found:
		t.kind = tokenText
		s.at += 9
		if !s.until("]]>", t) {
			s.cut(t, "CDATA section")
		}
		return
	case !whole:
		s.cut(t, "tag")
		return
	}
	for _, name := range [...]string{"DOCTYPE", "ENTITY", "ELEMENT", "ATTLIST", "NOTATION"} {
		switch found, whole := s.begins("<!" + name); {
		case found:
			t.kind = tokenDoctype
			p := t.pos - s.from
			t.name = s.buf[p+2 : p+2+int64(len(name))]
			s.at += 2 + int64(len(name))
			return
		case !whole:
			s.cut(t, "tag")
			return
		}
	}
	s.malformed(t, 2, "<! without a comment or CDATA section")
}

// begins says whether the text goes on with want. It is not whole if the text
// ends before that is known.
func (s *scanner) begins(want string) (found, whole bool) {
	for i := range len(want) {
		c, ok := s.peek(int64(i))
		if !ok {
			return false, false
		}
		if c != want[i] {
			return false, true
		}
	}
	return true, true
}

// until moves behind the next mark and gives t what is before it.
func (s *scanner) until(mark string, t *token) bool {
	for {
		chunk := s.rest()
		n := bytes.Index(chunk, []byte(mark))
		end := n
		if n < 0 {
			end = max(0, len(chunk)-len(mark)+1) // the mark may begin here
		}
		if t != nil {
			s.characters(t, chunk[:end])
		}
		s.at += int64(end)
		if n >= 0 {
			s.at += int64(len(mark))
			return true
		}
		if !s.more() {
			return false
		}
	}
}

// ended says whether the file was read to its end.
func (s *scanner) ended() bool { return s.err == io.EOF }
