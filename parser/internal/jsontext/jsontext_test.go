package jsontext_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/qmparse/qmparse/parser/internal/jsontext"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{`a"b\c`, `"a\"b\\c"`},
		{"\n\r\t", `"\n\r\t"`},
		{"\x00\x01\x1f\x7f", `"\u0000\u0001\u001f` + "\x7f" + `"`},
		{"Grüße €😀", `"Grüße €😀"`},
		{"</script>&\u2028", "\"</script>&\u2028\""},                                   // as it stands: no HTML here
		{"a\xffb\xe2\x82c\xed\xa0\x80", "\"a\ufffdb\ufffd\ufffdc\ufffd\ufffd\ufffd\""}, // byte by byte
	} {
		if got := string(jsontext.AppendText([]byte("before"), c.text)); got != "before"+c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// What Escape is given before the index stays, even if it needs escapes, and
// escaping in place and rune by rune are the same.
func TestEscape(t *testing.T) {
	for _, text := range []string{"", "a", "\n", "a\nb", "ab\"", "é", "\xc3", "x\xc3\xa9\\", strings.Repeat("\x02é", 100)} {
		head := `"` + "\n"
		var runes []byte
		for _, r := range text {
			runes = jsontext.AppendRune(runes, r)
		}
		if got := string(jsontext.Escape([]byte(head+text), len(head))); got != head+string(runes) {
			t.Errorf("%q: %q, want %q", text, got, head+string(runes))
		}
	}
}

func TestAppendRune(t *testing.T) {
	for r, want := range map[rune]string{-1: "\ufffd", 0xd800: "\ufffd", utf8.MaxRune + 1: "\ufffd", 0: `\u0000`, '/': "/", '\u0080': "\u0080"} {
		if got := string(jsontext.AppendRune(nil, r)); got != want {
			t.Errorf("%#x: %q, want %q", r, got, want)
		}
	}
}

func TestHex(t *testing.T) {
	if got := string(jsontext.AppendHex([]byte{'x'}, []byte{0, 0x9a, 0xff})); got != "x009AFF" {
		t.Error(got)
	}
}

// FuzzText: a JSON reader reads the text back.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", `"\`, "\x00\x1f", "é\xff", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var back string
		b := jsontext.AppendText(nil, text)
		if err := json.Unmarshal(b, &back); err != nil || !utf8.Valid(b) {
			t.Fatalf("%q: %v", b, err)
		}
		if want := string([]rune(text)); back != want {
			t.Errorf("%q, want %q", back, want)
		}
	})
}

func TestAppendFloat(t *testing.T) {
	for _, c := range []struct {
		f    float64
		bits int
		want string
	}{
		{0.1, 64, "0.1"}, {float64(float32(0.1)), 32, "0.1"}, {float64(float32(0.1)), 64, "0.10000000149011612"}, {-1e300, 64, "-1e+300"},
		{math.NaN(), 32, "NaN"}, {math.Inf(1), 64, "INF"}, {math.Inf(-1), 32, "-INF"},
	} {
		if got := string(jsontext.AppendFloat([]byte("before"), c.f, c.bits)); got != "before"+c.want {
			t.Errorf("%v of %d bits: %s, want %s", c.f, c.bits, got, c.want)
		}
	}
}
