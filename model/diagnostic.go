package model

import (
	"strconv"
	"unicode/utf8"
)

// Diagnostic is one thing about a row that decoded but looks wrong. It travels
// on the row; what could not be decoded is an error instead.
type Diagnostic struct {
	Code   string // lower-case words joined by hyphens, stable: "mask-not-contiguous"
	Detail string // the value at fault, for a person
}

// ProviderUnknown is the code of an event whose provider nothing tells: not its template, which
// is gone, and not what values it has.
const ProviderUnknown = "provider-unknown"

// String returns "code: detail", or the code alone.
func (d Diagnostic) String() string {
	if d.Detail == "" {
		return d.Code
	}
	return d.Code + ": " + d.Detail
}

// quoteLimit keeps a hostile value from filling a diagnostic.
const quoteLimit = 256

// Quote returns text in double quotes for a diagnostic's detail, control
// characters escaped, and cut after 256 bytes, which "…" behind it shows.
func Quote(text string) string {
	if len(text) <= quoteLimit {
		return strconv.Quote(text)
	}
	n := quoteLimit
	for n > quoteLimit-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return strconv.Quote(text[:n]) + "…"
}
