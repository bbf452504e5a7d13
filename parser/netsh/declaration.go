package netsh

import (
	"fmt"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// declaration looks at the encoding that the XML declaration names. The bytes
// have said which one it is; another one is unsupported.
func (r *Reader) declaration(t *token) error {
	name, ok := declaredEncoding(string(t.name))
	if !ok || strings.EqualFold(name, "UTF-8") || strings.EqualFold(name, "UTF-16") || strings.EqualFold(name, "US-ASCII") {
		return nil
	}
	return &cursor.Error{Offset: t.offset, Field: "XML declaration", Err: cursor.ErrUnsupported,
		Detail: fmt.Sprintf("encoding %s, read as %s", model.Quote(name), r.Encoding())}
}

// declaredEncoding returns the encoding in the content of an XML declaration.
func declaredEncoding(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, "xml")
	if !ok || rest == "" || strings.IndexByte(space, rest[0]) < 0 {
		return "", false
	}
	if _, rest, ok = strings.Cut(rest, "encoding"); !ok {
		return "", false
	}
	if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, space), "="); !ok {
		return "", false
	}
	rest = strings.TrimLeft(rest, space)
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return "", false
	}
	name, _, ok := strings.Cut(rest[1:], rest[:1])
	return name, ok
}
