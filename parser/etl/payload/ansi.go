package payload

// windows1252 are the characters 0x80 to 0x9f of the code page; U+FFFD where it
// has none. The rest is Latin-1.
var windows1252 = [32]rune{
	'€', '\ufffd', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\ufffd', 'Ž', '\ufffd',
	'\ufffd', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\ufffd', 'ž', 'Ÿ',
}

// ansiRune returns a character of 8-bit text. The trace does not say which code
// page the provider had; Windows-1252 is what TraceLogging assumes.
func ansiRune(c byte) rune {
	if c >= 0x80 && c < 0xa0 {
		return windows1252[c-0x80]
	}
	return rune(c)
}

// ansi is 8-bit text, which has just been read.
func (d *Decoder) ansi(b []byte) value {
	for _, c := range b {
		if d.sayANSI(c) {
			break
		}
	}
	return value{form: formANSI, b: b}
}

// sayANSI says which code page was assumed, if it matters for the character.
func (d *Decoder) sayANSI(c byte) bool {
	if c < 0x80 {
		return false
	}
	d.say("ansi-code-page", "Windows-1252 assumed before offset %#x", d.c.Offset())
	return true
}
