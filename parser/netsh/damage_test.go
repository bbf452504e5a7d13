package netsh

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// Every strict prefix gives exactly the events that are whole in it, and one
// error.
func TestPrefixes(t *testing.T) {
	for _, name := range []string{"netevents.xml", "netevents-utf16le.xml", "wfpdiag.xml"} {
		text := fixture(t, name)
		want := sound(t, text)
		ends := make([]int, 0, len(want)) // of the events in the file
		for x := range NewReader(strings.NewReader(text)).Elements() {
			ends = append(ends, int(x.Offset+x.Size))
		}
		whole := strings.LastIndex(text, ">") + 1
		if strings.Contains(name, "utf16le") {
			whole++ // the zero behind it
		}
		step := 1
		if testing.Short() {
			step = 7
		}
		for n := 0; n < whole; n += step {
			if n == 1 && text[0] == 0xFF {
				continue // half a byte order mark says nothing
			}
			events, errs := readText(t, text[:n])
			k := 0
			for k < len(ends) && ends[k] <= n {
				k++
			}
			if !reflect.DeepEqual(events, want[:k:k]) && (len(events) > 0 || k > 0) {
				t.Fatalf("%s: %d bytes: %d events, want %d", name, n, len(events), k)
			}
			if len(errs) != 1 || !errors.Is(errs[0], cursor.ErrTruncated) {
				t.Fatalf("%s: %d bytes: %v", name, n, errs)
			}
			var e *cursor.Error
			if !errors.As(errs[0], &e) || e.Offset != int64(n) {
				t.Fatalf("%s: %d bytes: offset of %v", name, n, errs[0])
			}
		}
		if events, errs := readText(t, text[:whole]); len(errs) > 0 || !reflect.DeepEqual(events, want) {
			t.Errorf("%s: %d bytes are whole: %v", name, whole, errs)
		}
	}
}

// A byte that is not what it was costs at most the event that it lies in; if
// that one is gone, an error says so.
func TestFlips(t *testing.T) {
	file := fixture(t, "netevents.xml")
	var full string // the event with the most in it
	for x := range NewReader(strings.NewReader(file)).Elements() {
		full = x.Text
		break
	}
	text := dump(plain(), full, plain())
	want := sound(t, text)
	type extent struct{ from, to int }
	var extents []extent
	for x := range NewReader(strings.NewReader(text)).Elements() {
		extents = append(extents, extent{int(x.Offset), int(x.Offset + x.Size)})
	}
	flips := []byte{0x01, 0x80}
	if testing.Short() {
		flips = flips[:1]
	}
	for i := range len(text) {
		hit := -1
		for k, x := range extents {
			if x.from <= i && i < x.to {
				hit = k
			}
		}
		if hit != 1 {
			continue
		}
		for _, flip := range append(flips, text[i]^'<', text[i]^'>', text[i], text[i]^'?', text[i]^'!', text[i]^'/') {
			if flip == 0 {
				continue
			}
			b := []byte(text)
			b[i] ^= flip
			events, errs := readText(t, string(b))
			rest := events
			gone := true
			for k := range want {
				if k == hit {
					if len(rest) > 0 && rest[0].Offset == want[k].Offset {
						rest, gone = rest[1:], false
					}
					continue
				}
				if len(rest) == 0 || !reflect.DeepEqual(rest[0], want[k]) {
					t.Fatalf("byte %d %q to %q: event %d is not as it was, %d in all: %v", i, text[i], b[i], k, len(events), errs)
				}
				rest = rest[1:]
			}
			if len(rest) > 0 {
				t.Fatalf("byte %d %q to %q: %d events", i, text[i], b[i], len(events))
			}
			if gone != (len(errs) > 0) || len(errs) > 2 {
				t.Fatalf("byte %d %q to %q: event is gone: %t, errors %v", i, text[i], b[i], gone, errs)
			}
		}
	}
}

// Where the structure breaks, and what is read all the same. Events are named by
// their number; A is the damaged one.
func TestResynchronises(t *testing.T) {
	e := func(n int) string {
		return strings.Replace(plain(), "<qmFilterId>1<", fmt.Sprintf("<qmFilterId>%d<", n), 1)
	}
	cut := func(s, part string) string {
		if !strings.Contains(s, part) {
			t.Fatalf("no %q", part)
		}
		return strings.Replace(s, part, "", 1)
	}
	swap := func(s, from, to string) string { return strings.Replace(cut(s, from)[:0]+s, from, to, 1) }
	damaged := cursor.ErrMalformed
	for _, c := range []struct {
		name, text string
		want       []int
		errs       []error
		says       string
	}{
		{"sound", dump(e(1), e(2)), []int{1, 2}, nil, ""},
		{"end tag of the event missing", dump(e(1), cut(e(9), "</item>"), e(2)), []int{1, 2}, []error{damaged}, "<item> is not closed"},
		{"the last one's missing", dump(e(1), cut(e(9), "</item>")), []int{1}, []error{damaged}, "<item> is not closed"},
		{"two in a row missing", dump(e(1), cut(e(9), "</item>"), cut(e(9), "</item>"), e(2)), []int{1, 2}, []error{damaged}, "<item> is not closed"},
		{"two apart", dump(cut(e(9), "</item>"), e(1), cut(e(9), "</item>"), e(2)), []int{1, 2}, []error{damaged, damaged}, ""},
		{"start tag of the event missing", dump(e(1), cut(e(9), "<item>"), e(2)), []int{1, 2}, []error{damaged}, "</item> without a start tag"},
		{"cut in its header, the next one follows", dump(e(1), e(9)[:strings.Index(e(9), "</header>")], e(2)), []int{1, 2}, []error{damaged}, "<item> is not closed"},
		{"cut behind its header", dump(e(1), e(9)[:strings.Index(e(9), "<type>")], e(2)), []int{1, 2}, []error{damaged}, "<item> is not closed"},
		{"cut within a tag", dump(e(1), e(9)[:strings.Index(e(9), "flags")+3], e(2)), []int{1, 2}, []error{damaged}, "< within a tag"},
		{"end tag in the header missing", dump(e(1), cut(e(9), "</timeStamp>"), e(2)), []int{1, 2}, []error{damaged}, "text between elements"},
		{"end tag of the header missing", dump(e(1), cut(e(9), "</header>"), e(2)), []int{1, 2}, []error{damaged}, "<header> is not closed"},
		{"start tag in the body missing", dump(e(1), cut(e(9), "<saRole>"), e(2)), []int{1, 2}, []error{damaged}, "text between elements"},
		{"another end tag", dump(e(1), swap(e(9), "</saRole>", "</saRule>"), e(2)), []int{1, 2}, []error{damaged}, "</saRule> without a start tag"},
		{"text in the event", dump(e(1), swap(e(9), "</header>", "</header>x"), e(2)), []int{1, 2}, []error{damaged}, "text between elements"},
		{"zeros over its end and the next one's start",
			dump(e(1), e(9)[:strings.Index(e(9), "<saRole>")]+strings.Repeat("\x00", 200)+e(8)[strings.Index(e(8), "<saRole>"):], e(2)), []int{1, 2}, []error{damaged}, "control character"},
		{"a control character in a value", dump(e(1), swap(e(9), "13868", "138\x0768"), e(2)), []int{1, 2}, []error{damaged}, "control character"},
		{"zeros between events", dump(e(1), "\x00\x00", e(2)), []int{1, 2}, []error{damaged}, "control character"},
		{"text between events", dump(e(1), "lost", e(2)), []int{1, 2}, []error{damaged}, "text between elements"},
		{"a stray end tag between events", dump(e(1), "</x>", e(2)), []int{1, 2}, []error{damaged}, "</x> without a start tag"},
		{"the root closed in between", dump(e(1), "</netEvents>", e(2)), []int{1, 2}, []error{damaged}, "</netEvents> without a start tag"},
		{"junk behind the root", dump(e(1)) + "junk", []int{1}, []error{damaged}, "text outside of elements"},
		{"zeros behind the root", dump(e(1)) + strings.Repeat("\x00", 100), []int{1}, []error{damaged}, "control character"},
		{"two dumps in a row", dump(e(1)) + dump(e(2)), []int{1, 2}, nil, ""},
		{"no root", e(1) + e(2), []int{1, 2}, nil, ""},
		{"cut within the last one", "<netEvents>" + e(1) + e(2)[:100], []int{1}, []error{cursor.ErrTruncated}, "the file ends within <item>"},
		{"damage, then cut", "<netEvents>" + cut(e(9), "</header>") + e(1) + e(2)[:100], []int{1}, []error{damaged, cursor.ErrTruncated}, ""},
		{"comment without end", dump(e(1), "<!-- "+e(9), e(2)), []int{1}, []error{cursor.ErrTruncated}, "in a comment"},
		{"CDATA section without end", dump(e(1), "<![CDATA[ "+e(9), e(2)), []int{1}, []error{cursor.ErrTruncated}, "in a CDATA section"},
		{"instruction without end", dump(e(1), "<?x ", e(2)), []int{1, 2}, []error{damaged}, "processing instruction without an end"},
		{"a quote missing", dump(e(1), swap(e(9), "<flags/>", `<flags numItems="0><item>FWPM_NET_EVENT_FLAG_IP_VERSION_SET</item></flags>`), e(2)), []int{1, 2},
			[]error{damaged}, "< within a tag"},
		{"an item without header and structure", dump(e(1), "<item><type>FWPM_NET_EVENT_TYPE_CLASSIFY_DROP</type></item>", e(2)), []int{1, 2}, []error{damaged}, "<item> that is no event"},
		{"an item with a header alone", dump(e(1), "<item><header/></item>", e(2)), []int{1, 2}, []error{damaged}, "<item> that is no event"},
		{"another element beside events", dump(e(1), "<x><header/></x>", e(2)), []int{1, 2}, nil, ""},
		{"an event in another element of an event", dump(strings.Replace(e(1), "</item>", "<internalFields><x>"+swap(swap(e(9), "<item>", "<y>"), "</item>", "</y>")+"</x></internalFields></item>", 1), e(2)),
			[]int{1, 2}, nil, ""},
	} {
		events, errs := readText(t, c.text)
		var got []int
		for _, x := range events {
			got = append(got, int(x.NetEvent.QM.QMFilterID.V))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: events %v, want %v: %v", c.name, got, c.want, errs)
		}
		if len(errs) != len(c.errs) {
			t.Errorf("%s: %d errors, want %d: %v", c.name, len(errs), len(c.errs), errs)
			continue
		}
		wantErrors(t, errs, len(c.text), c.errs...)
		if len(errs) > 0 && !strings.Contains(errs[0].Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, errs[0], c.says)
		}
	}
}

// How much is not read is said in bytes of the file.
func TestDamageTellsBytes(t *testing.T) {
	bad := strings.Replace(plain(), "</header>", "", 1)
	for _, wide := range []bool{false, true} {
		text := "<netEvents>" + plain() + bad + plain() + "</netEvents>"
		at, size := strings.Index(text, bad), len(bad)
		lost := size - len("<item>")
		from := at + len("<item>")
		file, scale := text, 1
		if wide {
			file, scale = "\xff\xfe"+toUTF16(text), 2
			from = 2 + 2*from
		}
		_, errs := readText(t, file)
		wantErrors(t, errs, len(file), cursor.ErrMalformed)
		if want := fmt.Sprintf("%d bytes from offset %#x not read", lost*scale, from); !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%v, want %q", errs[0], want)
		}
	}
}

// toUTF16 is UTF-16LE.
func toUTF16(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// How the bytes come in changes nothing.
func TestReaders(t *testing.T) {
	for name, text := range fixtures(t) {
		want, wantErrs := readText(t, text)
		for _, r := range []io.Reader{
			iotest.OneByteReader(strings.NewReader(text)),
			iotest.HalfReader(strings.NewReader(text)),
			iotest.DataErrReader(strings.NewReader(text)),
		} {
			events, errs := read(t, Events(r))
			if !reflect.DeepEqual(events, want) || fmt.Sprint(errs) != fmt.Sprint(wantErrs) {
				t.Errorf("%s: %d events, errors %v, want %d, %v", name, len(events), errs, len(want), wantErrs)
			}
		}
	}
}

// An error of reading is reported as it is, even one that looks like an end.
func TestReadErrors(t *testing.T) {
	text := dump(plain(), plain())
	for _, cause := range []error{io.ErrUnexpectedEOF, fmt.Errorf("stream: %w", io.EOF), errors.New("disk")} {
		for _, file := range []string{text, "\xff\xfe" + toUTF16(text)} {
			events, errs := read(t, Events(io.MultiReader(strings.NewReader(file), iotest.ErrReader(cause))))
			if len(events) != 2 || len(errs) != 1 || !errors.Is(errs[0], cause) || errors.Is(errs[0], cursor.ErrTruncated) {
				t.Errorf("%v: %d events, %v", cause, len(events), errs)
			}
		}
	}
	if _, errs := read(t, Events(idle{})); len(errs) != 1 || !errors.Is(errs[0], io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", errs)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// Iteration can be stopped anywhere.
func TestStop(t *testing.T) {
	text := fixture(t, "damaged.xml")
	events, errs := readText(t, text)
	for stop := range len(events) + len(errs) {
		n := 0
		for range Events(strings.NewReader(text)) {
			if n == stop {
				break
			}
			n++
		}
		if n != stop {
			t.Errorf("stopped after %d, want %d", n, stop)
		}
	}
}

func TestNoDump(t *testing.T) {
	for _, text := range []string{"", " \n", "\xef\xbb\xbf", "\xff\xfe", "<?xml version=\"1.0\"?>", "<!-- -->"} {
		events, errs := readText(t, text)
		if len(events) > 0 {
			t.Errorf("%q: %d events", text, len(events))
		}
		wantErrors(t, errs, len(text), cursor.ErrTruncated)
	}
	if events, errs := readText(t, "<netEvents/>"); len(events)+len(errs) > 0 {
		t.Errorf("an empty dump: %v %v", events, errs)
	}
	for text, want := range map[string]error{
		`<?xml version="1.0" encoding="windows-1252"?><netEvents/>`:  cursor.ErrUnsupported,
		`<?xml version='1.0' encoding = 'IBM037' ?><netEvents/>`:     cursor.ErrUnsupported,
		`<?xml version="1.0" encoding="utf-8"?><netEvents/>`:         nil,
		`<?xml version="1.0" encoding="UTF-16"?><netEvents/>`:        nil,
		`<?xml-stylesheet encoding="windows-1252"?><netEvents/>`:     nil,
		"\xff\xfe" + toUTF16(`<?xml encoding="utf-8"?><netEvents/>`): nil,
	} {
		_, errs := readText(t, text)
		if want == nil {
			wantErrors(t, errs, len(text))
		} else {
			wantErrors(t, errs, len(text), want)
		}
	}
}

// One byte too many in UTF-16, and surrogates without their other half.
func TestUTF16Edges(t *testing.T) {
	text := dump(plain())
	events, errs := readText(t, "\xff\xfe"+toUTF16(text)+"\x0a")
	if len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
	wantErrors(t, errs, len(text)*2+3, cursor.ErrTruncated)

	lone := strings.Replace(plain(), "</ikeQmFailure>", "</ikeQmFailure><x>\uE000\uE001\U0001F600</x>", 1)
	file := toUTF16("<netEvents>" + lone + plain() + "</netEvents>")
	file = strings.NewReplacer("\x00\xE0", "\x00\xD8", "\x01\xE0", "\x00\xD9").Replace(file) // two high halves
	var sizes, ends []int64
	for x, err := range NewReader(strings.NewReader(file)).Elements() {
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, x.Size)
		ends = append(ends, x.Offset+x.Size)
	}
	last := int64(len(file) - 2*len("</netEvents>"))
	if len(sizes) != 2 || ends[1] != last || ends[0] != last-sizes[1] || sizes[1] != int64(2*len(plain())) {
		t.Errorf("sizes %d, ends %d, want the last at %d", sizes, ends, last)
	}
	if e := sound(t, file); len(e) != 2 || e[0].NetEvent.Type != model.NetEventIKEExtQMFailure {
		t.Errorf("%+v", e)
	}
}
