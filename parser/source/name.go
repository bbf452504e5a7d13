package source

import (
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// decodeName undoes, once, the percent-encoding in which collection tools keep
// the names of files: "uploads/auto/C%3A/Windows/…-IKE%254Operational.evtx".
//
// Windows' own logs have names with a %4 in them, "…-IKE%4Operational.evtx", and
// "%4Ad" of "…%4Admin.evtx" looks like an escape. So a name is taken as encoded
// only if each % in it begins an escape and each escape stands for something that
// needs one, which letters and digits do not: %4A is a J. What would not be a
// valid name is left as it is.
func decodeName(name string) string {
	if !strings.Contains(name, "%") {
		return name
	}
	decoded := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		if name[i] != '%' {
			decoded = append(decoded, name[i])
			continue
		}
		if i+2 >= len(name) {
			return name
		}
		high, low := hexDigit(name[i+1]), hexDigit(name[i+2])
		if high < 0 || low < 0 {
			return name
		}
		b := byte(high<<4 | low)
		if b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' {
			return name
		}
		decoded = append(decoded, b)
		i += 2
	}
	if !utf8.Valid(decoded) {
		return name
	}
	return string(decoded)
}

func hexDigit(b byte) int { return strings.IndexByte("0123456789abcdef", lower(b)) }

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}

// plainName returns what a compressed file is called when it is unpacked beside
// itself: its last name without the suffix of the compression.
func plainName(s Source) string {
	name := filepath.Base(s.Path)
	if s.Member != "" {
		name = path.Base(s.Member)
	}
	for _, suffix := range []string{".gz", ".xz", ".zst"} {
		if n := len(name) - len(suffix); n > 0 && strings.EqualFold(name[n:], suffix) {
			return name[:n]
		}
	}
	return name
}

// cp437 are the upper half of code page 437, the one of names in a zip that does
// not say UTF-8.
var cp437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»" +
	"░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
	"αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")

// oldName decodes a name that does not say how it is encoded: as UTF-8 if it is
// valid, for many writers do not set the flag, else as code page 437.
func oldName(name []byte) string {
	if utf8.Valid(name) {
		return string(name)
	}
	var b strings.Builder
	for _, c := range name {
		if c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			b.WriteRune(cp437[c-utf8.RuneSelf])
		}
	}
	return b.String()
}
