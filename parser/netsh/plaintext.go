package netsh

import (
	"strconv"
	"strings"
)

// plainText returns what the content of an element without children says,
// without white space around it. It is not ok if an & begins no reference that
// XML has without a document type: netsh writes some texts as they are, and such
// an & stands for itself.
func plainText(inner string) (text string, ok bool) {
	inner = strings.Trim(inner, space)
	if strings.IndexByte(inner, '&') < 0 && strings.IndexByte(inner, '<') < 0 {
		return inner, true
	}
	ok = true
	var b strings.Builder
	for inner != "" {
		n := strings.IndexAny(inner, "&<")
		if n < 0 {
			n = len(inner)
		}
		b.WriteString(inner[:n])
		inner = inner[n:]
		switch {
		case inner == "":
		case inner[0] == '&':
			c, size := reference(inner)
			if size == 0 {
				ok = false
				c, size = '&', 1
			}
			b.WriteRune(c)
			inner = inner[size:]
		case strings.HasPrefix(inner, "<![CDATA["):
			section, rest, _ := strings.Cut(inner[len("<![CDATA["):], "]]>")
			b.WriteString(section)
			inner = rest
		case strings.HasPrefix(inner, "<!--"):
			_, inner, _ = strings.Cut(inner[len("<!--"):], "-->")
		default: // a processing instruction
			_, inner, _ = strings.Cut(inner, "?>")
		}
	}
	return b.String(), ok
}

// reference returns the character that the text begins with a reference to,
// and how long that is; 0 if it is none.
func reference(text string) (c rune, size int) {
	const longest = 12
	end := strings.IndexByte(text[:min(len(text), longest)], ';')
	if end < 0 {
		return 0, 0
	}
	switch name := text[1:end]; name {
	case "amp":
		c = '&'
	case "lt":
		c = '<'
	case "gt":
		c = '>'
	case "quot":
		c = '"'
	case "apos":
		c = '\''
	default:
		digits, ok := strings.CutPrefix(name, "#")
		base := 10
		if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
			digits, base = hex, 16
		}
		v, err := strconv.ParseUint(digits, base, 32)
		if !ok || err != nil || !isXMLCharacter(v) {
			return 0, 0
		}
		c = rune(v)
	}
	return c, end + 1
}

func isXMLCharacter(v uint64) bool {
	switch {
	case v < ' ':
		return v == '\t' || v == '\n' || v == '\r'
	case v < 0xD800:
		return true
	}
	return 0xE000 <= v && v <= 0x10FFFF && v != 0xFFFE && v != 0xFFFF
}
