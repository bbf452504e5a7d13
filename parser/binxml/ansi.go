package binxml

import "bytes"

// windows1252 are the characters 0x80 to 0x9f of the code page; U+FFFD where it
// has none. The rest is Latin-1.
var windows1252 = [32]rune{
	'€', '\ufffd', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\ufffd', 'Ž', '\ufffd',
	'\ufffd', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\ufffd', 'ž', 'Ÿ',
}

// ansiRune returns a character of an AnsiString. The log does not say which code
// page it was written in; Windows-1252 is the commonest, and a diagnostic says
// that it was assumed where it matters.
func ansiRune(c byte) rune {
	if c >= 0x80 && c < 0xa0 {
		return windows1252[c-0x80]
	}
	return rune(c)
}

// ansi returns the bytes of an AnsiString without terminating NULs.
func (d *Decoder) ansi(v *Value) []byte {
	b := bytes.TrimRight(v.Data, "\x00")
	for _, c := range b {
		if c >= 0x80 {
			d.diagnose("ansi-code-page", "Windows-1252 assumed at offset %#x", d.whole.Offset()+int64(v.Pos))
			break
		}
	}
	return b
}
