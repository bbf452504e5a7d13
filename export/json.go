package export

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"unicode/utf8"

	"github.com/qmparse/qmparse/model"
)

type unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

func jsonNull(b []byte) []byte { return append(b, "null"...) }

func jsonGUID(b []byte, v model.GUID) []byte {
	return append(v.AppendTo(append(b, '"')), '"')
}

func jsonOptGUID(b []byte, v model.Opt[model.GUID]) []byte {
	if !v.OK {
		return jsonNull(b)
	}
	return jsonGUID(b, v.V)
}

func jsonTime(b []byte, v model.Opt[model.FILETIME]) []byte {
	if _, ok := unixMicros(v); !ok {
		return jsonNull(b)
	}
	return append(appendTime(append(b, '"'), v.V), '"')
}

func jsonNumber[U unsigned](b []byte, v model.Opt[U]) []byte {
	if !v.OK {
		return jsonNull(b)
	}
	return strconv.AppendUint(b, uint64(v.V), 10)
}

func jsonDecimal[U unsigned](b []byte, v model.Opt[U]) []byte {
	if !v.OK {
		return jsonNull(b)
	}
	return append(strconv.AppendUint(append(b, '"'), uint64(v.V), 10), '"')
}

func jsonCount(b []byte, v uint64) []byte { return strconv.AppendUint(b, v, 10) }

func jsonText(b []byte, v model.Opt[string]) []byte {
	if !v.OK {
		return jsonNull(b)
	}
	return jsonString(b, v.V)
}

func jsonWord[S ~string](b []byte, v S) []byte {
	if v == "" {
		return jsonNull(b)
	}
	return jsonString(b, string(v))
}

func jsonName[E fmt.Stringer](b []byte, v model.Opt[E]) []byte {
	if !v.OK {
		return jsonNull(b)
	}
	return jsonString(b, v.V.String())
}

func jsonPrefix(b []byte, v model.Opt[netip.Prefix]) []byte {
	if !v.OK {
		return jsonNull(b)
	}
	return append(v.V.AppendTo(append(b, '"')), '"')
}

func jsonBound(b []byte, v model.Opt[[16]byte]) []byte {
	if !v.OK {
		return jsonNull(b)
	}
	return append(hex.AppendEncode(append(b, '"'), v.V[:]), '"')
}

func jsonBlob(b []byte, v []byte) []byte {
	if v == nil {
		return jsonNull(b)
	}
	return append(hex.AppendEncode(append(b, '"'), v), '"')
}

// separators is how U+2028, U+2029 and others of that block begin.
var separators = []byte{0xe2, 0x80}

// jsonObject appends JSON, in which U+2028 and U+2029 may stand as they are, as in Parquet:
// here they are escaped as in the other columns.
func jsonObject(b []byte, v []byte) []byte {
	if len(v) == 0 {
		return jsonNull(b)
	}
	for {
		i := bytes.Index(v, separators)
		if i < 0 || len(v) < i+3 {
			return append(b, v...)
		}
		if c := v[i+2]; c == 0xa8 || c == 0xa9 { // they stand in strings alone
			b = append(append(b, v[:i]...), `\u202`...)
			b = append(b, hexDigits[c&15])
		} else {
			b = append(b, v[:i+3]...)
		}
		v = v[i+3:]
	}
}

func jsonDiagnostics(b []byte, v []model.Diagnostic) []byte {
	b = append(b, '[')
	for i := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = jsonEscape(b, v[i].Code)
		if v[i].Detail != "" {
			b = append(b, ": "...)
			b = jsonEscape(b, v[i].Detail)
		}
		b = append(b, '"')
	}
	return append(b, ']')
}

func jsonCondition(b []byte, v *model.ConditionValue) []byte {
	if v == nil {
		return jsonNull(b)
	}
	return appendConditionValueJSON(b, v)
}

func jsonString(b []byte, s string) []byte {
	return append(jsonEscape(append(b, '"'), s), '"')
}

// jsonEscape appends s as the inside of a JSON string, the same bytes as
// encoding/json without its HTML escapes: U+2028 and U+2029 are escaped, since
// some programs take them for line ends, and a byte that is not UTF-8 is U+FFFD.
func jsonEscape(b []byte, s string) []byte {
	done := 0 // s[:done] is appended
	for i := 0; i < len(s); {
		c := s[i]
		if jsonPlain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[done:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\b':
				b = append(b, `\b`...)
			case '\f':
				b = append(b, `\f`...)
			case '\n':
				b = append(b, `\n`...)
			case '\r':
				b = append(b, `\r`...)
			case '\t':
				b = append(b, `\t`...)
			default:
				b = append(b, `\u00`...)
				b = append(b, hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			done = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, s[done:i]...)
			b = append(b, `\ufffd`...)
			done = i + n
		case r == '\u2028' || r == '\u2029':
			b = append(b, s[done:i]...)
			b = append(b, `\u202`...)
			b = append(b, hexDigits[r&15])
			done = i + n
		}
		i += n
	}
	return append(b, s[done:]...)
}

const hexDigits = "0123456789abcdef"

// jsonPlain has the bytes that stand for themselves in a JSON string.
var jsonPlain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()
