package export

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"unicode/utf8"

	"github.com/qmparse/qmparse/model"
)

func csvGUID(b []byte, v model.GUID) []byte { return v.AppendTo(b) }

func csvOptGUID(b []byte, v model.Opt[model.GUID]) []byte {
	if !v.OK {
		return b
	}
	return v.V.AppendTo(b)
}

func csvTime(b []byte, v model.Opt[model.FILETIME]) []byte {
	if _, ok := unixMicros(v); !ok {
		return b
	}
	return appendTime(b, v.V)
}

func csvNumber[U unsigned](b []byte, v model.Opt[U]) []byte {
	if !v.OK {
		return b
	}
	return strconv.AppendUint(b, uint64(v.V), 10)
}

func csvDecimal[U unsigned](b []byte, v model.Opt[U]) []byte { return csvNumber(b, v) }

func csvCount(b []byte, v uint64) []byte { return strconv.AppendUint(b, v, 10) }

func csvText(b []byte, v model.Opt[string]) []byte {
	if !v.OK {
		return b
	}
	return csvString(b, v.V)
}

func csvWord[S ~string](b []byte, v S) []byte {
	if v == "" {
		return b
	}
	return csvString(b, string(v))
}

func csvName[E fmt.Stringer](b []byte, v model.Opt[E]) []byte {
	if !v.OK {
		return b
	}
	return csvString(b, v.V.String())
}

func csvPrefix(b []byte, v model.Opt[netip.Prefix]) []byte {
	if !v.OK {
		return b
	}
	return v.V.AppendTo(b)
}

func csvBound(b []byte, v model.Opt[[16]byte]) []byte {
	if !v.OK {
		return b
	}
	return hex.AppendEncode(b, v.V[:])
}

func csvBlob(b []byte, v []byte) []byte {
	if v == nil {
		return b
	}
	if len(v) == 0 {
		return append(b, `""`...)
	}
	return hex.AppendEncode(b, v)
}

func csvObject(b []byte, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	return csvQuoted(b, v)
}

func csvDiagnostics(b []byte, v []model.Diagnostic) []byte {
	b = append(b, '"')
	for i := range v {
		if i > 0 {
			b = append(b, "; "...)
		}
		b = csvEscape(b, validText(v[i].String()))
	}
	return append(b, '"')
}

// csvString appends a field, in quotation marks if it would not be read as it
// is. Space at an end is among that: some readers cut it off.
func csvString(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = validText(s)
	}
	if s == "" || s[0] <= ' ' || s[len(s)-1] <= ' ' {
		return csvQuoted(b, s)
	}
	for i := range len(s) {
		switch s[i] {
		case '"', ',', '\r', '\n':
			return csvQuoted(b, s)
		}
	}
	return append(b, s...)
}

func csvQuoted[S []byte | string](b []byte, s S) []byte {
	return append(csvEscape(append(b, '"'), s), '"')
}

// csvEscape appends s with its quotation marks doubled.
func csvEscape[S []byte | string](b []byte, s S) []byte {
	done := 0
	for i := range len(s) {
		if s[i] == '"' {
			b = append(b, s[done:i+1]...)
			done = i // appended once more with what follows
		}
	}
	return append(b, s[done:]...)
}
