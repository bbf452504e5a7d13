package netevent

import "github.com/qmparse/qmparse/parser/binxml"

// textOf returns UTF-16LE text without its terminating NULs, each lone surrogate
// as U+FFFD. Half a unit at the end is left out.
func textOf(b []byte) string { return string(appendText(nil, b)) }

func appendText(dst, b []byte) []byte {
	b = b[:len(b)&^1]
	for len(b) >= 2 && b[len(b)-1]|b[len(b)-2] == 0 {
		b = b[:len(b)-2]
	}
	return binxml.AppendUTF8(dst, b)
}
