package export

import (
	"net/netip"

	"github.com/qmparse/qmparse/model"
)

// validText returns s with each byte that is not UTF-8 replaced by U+FFFD.
// Such bytes come with the names of files.
func validText(s string) string { return string([]rune(s)) }

// unixMicros returns the microseconds since 1970 of a time that is known and
// not after year 9999.
func unixMicros(v model.Opt[model.FILETIME]) (int64, bool) {
	us, ok := v.V.UnixMicros()
	return us, ok && v.OK
}

// appendTime appends a time that unixMicros has, as 2006-01-02T15:04:05.000000Z:
// the digit of the 100 ns is cut off, as unixMicros does.
func appendTime(b []byte, v model.FILETIME) []byte {
	b = v.AppendISO(b)
	return append(b[:len(b)-len("0Z")], 'Z')
}

// errorSymbol is the symbol of a code, "" if it has none.
func errorSymbol(v model.Opt[model.Win32Error]) (s string) {
	if v.OK {
		s, _ = v.V.Symbol()
	}
	return s
}

// errorMessage is the system's English text of a code, "" if it has none.
func errorMessage(v model.Opt[model.Win32Error]) (s string) {
	if v.OK {
		s, _ = v.V.Message()
	}
	return s
}

// subnet is the network that c matches, if it is one.
func subnet(c *model.ConditionValue) (p model.Opt[netip.Prefix]) {
	if c != nil {
		p.V, p.OK = c.Prefix()
	}
	return p
}

// firstAddr and lastAddr are the inclusive bounds of the addresses that c
// matches, if they lie side by side; IPv4 as ::ffff:a.b.c.d.
func firstAddr(c *model.ConditionValue) (b model.Opt[[16]byte]) {
	if c != nil {
		b.V, _, b.OK = c.Bounds()
	}
	return b
}

func lastAddr(c *model.ConditionValue) (b model.Opt[[16]byte]) {
	if c != nil {
		_, b.V, b.OK = c.Bounds()
	}
	return b
}
