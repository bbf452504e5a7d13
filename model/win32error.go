package model

import (
	"sort"
	"strings"
	"sync"
)

// Win32Error is a system error code as found: a Win32 code of winerror.h, or,
// from 0x80000000 up, an HRESULT.
type Win32Error uint32

// errorEntry is one line of errors.tsv. errorEntries is sorted by value; of
// one value the symbol of class ipsec stands first, then file order decides,
// and the first is the one that names the value.
type errorEntry struct {
	value   uint32
	ipsec   bool
	symbol  string
	message string
}

// Symbol returns the name in winerror.h, ERROR_IPSEC_IKE_POLICY_MATCH, and
// false if the code has none that is known here. An HRESULT 0x8007nnnn has the
// symbol of the Win32 code nnnn in it.
func (e Win32Error) Symbol() (string, bool) {
	if x := e.entry(); x != nil {
		return x.symbol, true
	}
	return "", false
}

// Message returns the system's English text of the code that [Win32Error.Symbol]
// names, with its inserts (%1) unfilled.
func (e Win32Error) Message() (string, bool) {
	if x := e.entry(); x != nil {
		return x.message, true
	}
	return "", false
}

func (e Win32Error) entry() *errorEntry {
	v := uint32(e)
	if v>>16 == 0x8007 { // FACILITY_WIN32
		v &= 0xFFFF
		if v == 0 {
			return nil // a failure cannot hold ERROR_SUCCESS
		}
	}
	i := sort.Search(len(errorEntries), func(i int) bool { return errorEntries[i].value >= v })
	if i == len(errorEntries) || errorEntries[i].value != v {
		return nil
	}
	return &errorEntries[i]
}

// ErrorBySymbol returns the code that has that symbol, and false if none is known to.
func ErrorBySymbol(symbol string) (Win32Error, bool) {
	e, ok := errorsBySymbol()[symbol]
	return e, ok
}

// errorsBySymbol holds the symbols that name no code, too, as another of the same code does.
var errorsBySymbol = sync.OnceValue(func() map[string]Win32Error {
	codes := make(map[string]Win32Error, len(errorEntries))
	for i := range errorEntries {
		codes[errorEntries[i].symbol] = Win32Error(errorEntries[i].value)
	}
	return codes
})

// ErrorsByText returns the codes that a text may stand for, lowest first; none
// if it is unknown, several if the system has one text for several codes.
//
// A text that is a number in whole, decimal or hexadecimal with 0x, is that
// code. Otherwise it is compared with the system's English messages, ignoring
// the case of A to Z, white space at both ends, a final full stop, and how wide
// white space inside is. Codes of class ipsec come first: if there are any, the
// others are no candidates.
func ErrorsByText(text string) []Win32Error {
	// No message is as long as this; nor is a text that could match one,
	// unless most of it is white space.
	var buf [1024]byte
	key := normalize(buf[:0], text)
	if len(key) == 0 || len(key) > len(buf) {
		return nil
	}
	if v, ok := ParseUint(string(key), 32); ok {
		return []Win32Error{Win32Error(v)}
	}
	return append([]Win32Error(nil), errorsByText()[string(key)]...)
}

// errorsByText holds the candidates of each normalized message.
var errorsByText = sync.OnceValue(func() map[string][]Win32Error {
	all := make(map[string][]Win32Error, len(errorEntries))
	ipsec := make(map[string]bool)
	for i := range errorEntries {
		e := &errorEntries[i]
		key := string(normalize(nil, e.message))
		if e.ipsec && !ipsec[key] {
			ipsec[key], all[key] = true, nil
		}
		if e.ipsec || !ipsec[key] {
			codes := all[key]
			if len(codes) == 0 || codes[len(codes)-1] != Win32Error(e.value) {
				all[key] = append(codes, Win32Error(e.value))
			}
		}
	}
	return all
})

// normalize appends text in lower case, each run of white space as one space,
// without white space at its ends and without a final full stop. It stops
// early once dst is full, when nothing can match any more.
func normalize(dst []byte, text string) []byte {
	text = strings.Trim(text, asciiSpace)
	text = strings.TrimRight(strings.TrimSuffix(text, "."), asciiSpace)
	limit := cap(dst)
	for i := 0; i < len(text); i++ {
		c := text[i]
		if strings.IndexByte(asciiSpace, c) >= 0 {
			if dst[len(dst)-1] == ' ' { // text begins with no space: dst is not empty
				continue
			}
			c = ' '
		}
		dst = append(dst, lower(c))
		if limit > 0 && len(dst) > limit {
			break
		}
	}
	return dst
}
