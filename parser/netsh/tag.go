package netsh

// tag reads a tag whose name stands first bytes behind its <.
func (s *scanner) tag(t *token, first int64) {
	last := s.name(t, first)
	if last == 0 {
		return
	}
	if end := s.attributes(t, last); end != 0 {
		p := t.pos - s.from
		t.name = s.buf[p+first : p+last]
		s.at += end
	}
}

// name returns where the name of a tag ends that begins first bytes behind its <; 0 if
// there is none, and t says why.
func (s *scanner) name(t *token, first int64) int64 {
	b, i := s.rest(), first
	for ; ; i++ {
		if i >= int64(len(b)) {
			if b = s.reach(i); i >= int64(len(b)) {
				s.cut(t, "tag")
				return 0
			}
		}
		if !isNameByte(b[i], i == first) {
			break
		}
		if i-first == maxName {
			s.malformed(t, i, "a name too long")
			return 0
		}
	}
	if i == first {
		s.malformed(t, i, "< without a name")
		return 0
	}
	return i
}

// attributes steps over the attributes of a tag, which begin i bytes behind its <, and
// returns where the tag ends; 0 if it does not, and t says why. Each is a name, = and a
// value in quotes. None of them is needed here.
func (s *scanner) attributes(t *token, i int64) int64 {
	const (
		outside = iota // of an attribute
		space          // white space before one
		name
		equals // behind =
		slash
	)
	state, quote := outside, byte(0)
	for b := s.rest(); ; i++ {
		if i >= int64(len(b)) {
			if b = s.reach(i); i >= int64(len(b)) {
				s.cut(t, "tag")
				return 0
			}
		}
		c := b[i]
		white := c == ' ' || c == '\n' || c == '\r' || c == '\t'
		switch {
		case i >= maxTag:
			s.malformed(t, i, "a tag too long")
			return 0
		case c == '<':
			s.malformed(t, i, "< within a tag")
			return 0
		case quote != 0:
			if c == quote {
				quote, state = 0, outside
			}
		case c == '>' && (state == outside || state == space || state == slash):
			if state == slash {
				t.kind = tokenEmpty
			}
			return i + 1
		case white && state <= space:
			state = space
		case white && state != slash:
		case t.kind == tokenEnd:
			s.malformed(t, i, "end tag with more than a name")
			return 0
		case c == '/' && state <= space:
			state = slash
		case isNameByte(c, true) && state == space, isNameByte(c, false) && state == name:
			state = name
		case c == '=' && state == name:
			state = equals
		case (c == '"' || c == '\'') && state == equals:
			quote = c
		default:
			s.malformed(t, i, "a tag that is none")
			return 0
		}
	}
}

func isNameByte(c byte, first bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == ':', c >= 0x80:
		return true
	case '0' <= c && c <= '9', c == '-', c == '.':
		return !first
	}
	return false
}
