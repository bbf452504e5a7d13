package netsh

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// tree is an element as encoding/xml, which shares no code with this package,
// reads it.
type tree struct {
	Name     string
	Text     string // of an element without children
	Children []*tree
}

var errDirective = errors.New("a declaration")

// oracle reads all elements of a text; an error is a text that is not
// well-formed.
func oracle(text string) (roots []*tree, err error) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var open []*tree
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			if len(open) > 0 {
				return nil, io.ErrUnexpectedEOF
			}
			return roots, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			x := &tree{Name: fullName(t.Name)}
			if len(open) > 0 {
				p := open[len(open)-1]
				p.Children = append(p.Children, x)
			} else {
				roots = append(roots, x)
			}
			open = append(open, x)
		case xml.EndElement:
			n := len(open)
			if n == 0 || open[n-1].Name != fullName(t.Name) {
				return nil, errors.New("end tag")
			}
			x := open[n-1]
			x.Text = strings.Trim(strings.ReplaceAll(x.Text, "\r\n", "\n"), space)
			if x.Children != nil {
				x.Text = ""
			}
			open = open[:n-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].Text += string(t)
			} else if strings.Trim(string(t), space) != "" {
				return nil, errors.New("text outside of elements")
			}
		case xml.Directive:
			return nil, errDirective
		}
	}
}

func fullName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// treeOf is the same of the package's own tree.
func (d *Decoder) treeOf(i int32) *tree {
	n := &d.nodes[i]
	x := &tree{Name: n.name}
	for k := n.child; k != 0; k = d.nodes[k].next {
		x.Children = append(x.Children, d.treeOf(k))
	}
	if n.child == 0 {
		x.Text, _ = plainText(n.inner)
		x.Text = strings.Trim(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(x.Text), space)
	}
	return x
}

// events counts what is an event by the rule alone.
func (x *tree) events() int {
	header, typed, n := false, false, 0
	for _, c := range x.Children {
		header, typed = header || c.Name == "header", typed || c.Name == "type"
		n += c.events()
	}
	if header && typed {
		return 1
	}
	return n
}

func TestAgreesWithEncodingXML(t *testing.T) {
	checked := 0
	for name, text := range fixtures(t) {
		if strings.Contains(name, "utf16") {
			continue
		}
		for x, err := range NewReader(strings.NewReader(text)).Elements() {
			if err != nil {
				continue
			}
			want, err := oracle(x.Text)
			if err != nil {
				t.Errorf("%s: element of offset %d: %v", name, x.Offset, err)
				continue
			}
			d := NewDecoder()
			if err := d.parse(x.Text); err != nil || !reflect.DeepEqual(d.treeOf(0), want[0]) {
				t.Errorf("%s: element of offset %d: another tree: %v", name, x.Offset, err)
			}
			checked++
		}
		if roots, err := oracle(text); err == nil {
			n := 0
			for _, r := range roots {
				n += r.events()
			}
			if events := sound(t, text); len(events) != n {
				t.Errorf("%s: %d events, want %d", name, len(events), n)
			}
		}
	}
	if checked < 20 {
		t.Errorf("%d elements compared", checked)
	}
}

// The dumps that Microsoft's documentation shows.
func TestSamples(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/samples/text/*.xml")
	if len(files) == 0 {
		t.Skip("no samples in ../shared/samples/text")
	}
	dumps := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if known := Sniff(b); known != strings.Contains(string(b), "<netEvent>") {
			t.Errorf("%s: a dump: %t", name, known)
		}
		if !strings.Contains(string(b), "<netEvent>") {
			continue
		}
		dumps++
		e := one(t, string(b))
		h := &e.NetEvent.Header
		if e.Offset != int64(strings.LastIndex(string(b), "<netEvent>")) || h.Flags != model.Some[uint32](0x57F) || !h.LocalAddr.OK || !h.RemoteAddr.OK || h.ScopeID.OK {
			t.Errorf("%s: %d %+v", name, e.Offset, h)
		}
		switch {
		case strings.Contains(name, "v6"):
			if e.NetEvent.Type != model.NetEventClassifyAllow || h.LocalAddr != addr("2001:4898:30:3:256c:e5ba:12f3:beb1") || h.RemotePort.V != 443 ||
				diagnostics(e) != "text-odd-size: appId 15 bytes" || h.AppID.V != `\device` { // its data are shortened there
				t.Errorf("%s: %+v %s", name, h, diagnostics(e))
			}
		default:
			if e.NetEvent.Type != model.NetEventClassifyDrop || h.RemoteAddr != addr("10.195.33.252") || h.IPProtocol != model.Some[uint8](17) ||
				h.TimeStamp != ticks("2020-10-07T01:03:56.281Z") || h.UserID != model.Some("S-1-5-19") || h.AppID != model.Some(`\dem32\svchost.exe`) || len(e.Diagnostics) > 0 {
				t.Errorf("%s: %+v %s", name, h, diagnostics(e))
			}
		}
	}
	if dumps < 3 {
		t.Errorf("%d dumps", dumps)
	}
}
