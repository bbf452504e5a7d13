package netsh

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// A document type is refused wherever it stands, and no entity is replaced.
func TestDoctypeIsRefused(t *testing.T) {
	laughs := `<!DOCTYPE netEvents [<!ENTITY a "ha">`
	for c := 'b'; c < 'l'; c++ {
		laughs += "<!ENTITY " + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`
	}
	laughs += "]>"
	for name, text := range map[string]string{
		"fixture":           fixture(t, "doctype.xml"),
		"laughs":            laughs + dump(strings.Replace(plain(), "13868", "&k;", 1)),
		"behind the events": dump() + `<!DOCTYPE x>`,
		"within the events": "<netEvents>" + `<!ENTITY x "y">` + plain() + "</netEvents>",
		"not closed":        "<!DOCTYPE netEvents",
		"external":          `<!DOCTYPE netEvents SYSTEM "file:///etc/passwd">` + dump(plain()),
	} {
		events, errs := readText(t, text)
		if len(events) > 0 {
			t.Errorf("%s: %d events", name, len(events))
		}
		wantErrors(t, errs, len(text), cursor.ErrUnsupported)
		if !strings.Contains(errs[0].Error(), "refused") {
			t.Errorf("%s: %v", name, errs[0])
		}
	}
	if events, errs := readText(t, dump(plain())+"<!DOCTYPE x>"); len(events) != 1 || len(errs) != 1 {
		t.Errorf("%d events before a document type: %v", len(events), errs)
	}
}

// A reference to an entity that nobody defined is a text, and said.
func TestUndefinedReferences(t *testing.T) {
	e := one(t, dump(strings.Replace(plain(), "13868", "&lol;", 1)))
	if e.NetEvent.QM.ErrorCode.OK {
		t.Error("a value")
	}
	if got := diagnostics(e); got != "text-not-escaped: failureErrorCode \"&lol;\"\nerror-code-unreadable: failureErrorCode \"&lol;\"" {
		t.Error(got)
	}
}

// repeated is a text n times over, without its memory.
type repeated struct {
	text string
	n    int
	at   int
}

func (r *repeated) Read(b []byte) (n int, err error) {
	for n < len(b) && r.n > 0 {
		m := copy(b[n:], r.text[r.at:])
		n += m
		if r.at += m; r.at == len(r.text) {
			r.at = 0
			r.n--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func around(before string, n int, text, after string) io.Reader {
	return io.MultiReader(strings.NewReader(before), &repeated{text: text, n: n}, strings.NewReader(after))
}

// Whatever is large costs no memory and no event but the one that it is in.
func TestHugeInputs(t *testing.T) {
	const size = 16 << 20
	head := "<netEvents>" + plain()
	tail := plain() + "</netEvents>"
	begin := plain()[:strings.Index(plain(), "</header>")]
	end := plain()[strings.Index(plain(), "</header>"):]
	for _, c := range []struct {
		name, before, text, after string
		events                    int
		errs                      []error
		says                      string
	}{
		{"white space", head, "        ", tail, 2, nil, ""},
		{"text between events", head, "xxxxxxxx", tail, 2, []error{cursor.ErrMalformed}, "text between elements"},
		{"text in an event", head + begin + "<x>", "xxxxxxxx", "</x>" + end + tail, 2, []error{cursor.ErrMalformed}, "an event too large"},
		{"elements in an event", head + begin, "<a></a>.", end + tail, 2, []error{cursor.ErrMalformed}, "text between"},
		{"comment", head + "<!--", "xxxxxxxx", "-->" + tail, 2, nil, ""},
		{"comment in an event", head + begin + "<!--", "xxxxxxxx", "-->" + end + tail, 2, []error{cursor.ErrMalformed}, "an event too large"},
		{"CDATA section", head + "<x><![CDATA[", "xxxxxxxx", "]]></x>" + tail, 2, nil, ""},
		{"name", head + "<", "xxxxxxxx", "/>" + tail, 2, []error{cursor.ErrMalformed}, "a name too long"},
		{"attribute", head + `<x y="`, "xxxxxxxx", `"/>` + tail, 2, []error{cursor.ErrMalformed}, "a tag too long"},
		{"instruction", head + `<?x `, "xxxxxxxx", `?>` + tail, 2, []error{cursor.ErrMalformed}, "processing instruction without"},
		{"start tags", head, "<abcdef>", tail, 2, []error{cursor.ErrMalformed, cursor.ErrTruncated}, "too many elements in each other"},
		{"end tags", head, "</abcde>", tail, 2, []error{cursor.ErrMalformed}, "without a start tag"},
		{"open <", head, "<<<<<<<<", tail, 2, []error{cursor.ErrMalformed}, "< "},
		{"headers", head, "<header>", tail, 2, []error{cursor.ErrMalformed, cursor.ErrTruncated}, "too many elements in each other"},
		{"zeros", head, "\x00\x00\x00\x00\x00\x00\x00\x00", tail, 2, []error{cursor.ErrMalformed}, "control character"},
		{"elements", head, "<a><b/></a>", tail, 2, nil, ""},
	} {
		n := size / len(c.text)
		if testing.Short() {
			n /= 4
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		events, errs := read(t, Events(around(c.before, n, c.text, c.after)))
		runtime.ReadMemStats(&after)
		if len(events) != c.events {
			t.Errorf("%s: %d events: %v", c.name, len(events), errs)
		}
		wantErrors(t, errs, size+len(c.before)+len(c.after), c.errs...)
		if len(errs) > 0 && !strings.Contains(errs[0].Error(), c.says) {
			t.Errorf("%s: %v", c.name, errs[0])
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 3*lastBuffer {
			t.Errorf("%s: %d bytes allocated", c.name, used)
		}
	}
}

// Elements nested just within the limit are read, and one level more is not.
func TestNesting(t *testing.T) {
	nested := func(levels int) string {
		return "<netEvents>" + strings.Replace(plain(), "</item>", strings.Repeat("<a>", levels)+strings.Repeat("</a>", levels)+"</item>", 1) + plain() + "</netEvents>"
	}
	const around = 2 // netEvents, item
	if events := sound(t, nested(maxDepth-around)); len(events) != 2 {
		t.Errorf("%d events", len(events))
	}
	events, errs := readText(t, nested(maxDepth-around+1))
	if len(events) != 1 {
		t.Errorf("%d events", len(events))
	}
	wantErrors(t, errs, 1<<20, cursor.ErrMalformed)
}

// An event may be as large as the limit says.
func TestEventSize(t *testing.T) {
	for _, c := range []struct{ size, events int }{{maxEvent, 2}, {maxEvent + 1, 1}} {
		pad := strings.Repeat(" ", c.size-len(plain()))
		big := strings.Replace(plain(), "</item>", pad+"</item>", 1)
		for _, behind := range []int{0, 1000, 1 << 20, 2<<20 - 100} { // where the buffer ends differs
			events, errs := readText(t, "<netEvents>"+strings.Repeat(" ", behind)+big+plain()+"</netEvents>")
			if len(events) != c.events || len(errs) != 2-c.events {
				t.Errorf("%d bytes behind %d: %d events, %v", c.size, behind, len(events), errs)
			}
		}
	}
}

func TestElementLimits(t *testing.T) {
	d := NewDecoder()
	for _, text := range []string{"", "x", "<a>", "<a></b>", "<a/><b/>", "</a>", "<a", "<!DOCTYPE a>", "<a><!-- </a>",
		strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1), "<a>" + strings.Repeat("<b/>", maxElements) + "</a>"} {
		e, err := d.Decode(&Element{Offset: 77, Text: text})
		var c *cursor.Error
		if e != nil || !errors.As(err, &c) || c.Offset != 77 || !errors.Is(err, cursor.ErrMalformed) {
			t.Errorf("%.20q: %v, %v", text, e, err)
		}
	}
	// What no reader yields decodes all the same.
	if e, err := d.Decode(&Element{Text: "<a/>"}); err != nil || e.NetEvent.Type != UnknownType || diagnostics(e) != "field-missing: type, header" {
		t.Errorf("%v, %v", e, err)
	}
}

// Values that are too long or too many are not read, and said.
func TestManyDiagnostics(t *testing.T) {
	flags := "<flags>" + strings.Repeat("<item>X</item>", 1000) + "</flags>"
	e := one(t, dump(event(flags, plainBody)))
	if n := len(e.Diagnostics); n != maxDiagnostics+1 || e.Diagnostics[n-1].Code != "diagnostics-cut" {
		t.Errorf("%d diagnostics, %v", n, e.Diagnostics[n-1])
	}
	long := "<flags><item>FWPM_NET_EVENT_FLAG_APP_ID_SET</item></flags><appId><data>" + strings.Repeat("41", maxText) + "</data></appId>"
	e = one(t, dump(event(long, plainBody)))
	if e.NetEvent.Header.AppID.OK || diagnostics(e) != "text-too-long: data 524288 bytes" {
		t.Errorf("%s", diagnostics(e))
	}
	if e.NetEvent.Type != model.NetEventIKEExtQMFailure {
		t.Error("the rest is lost")
	}
}
