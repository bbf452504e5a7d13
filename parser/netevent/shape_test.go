package netevent_test

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/build/rawbuild"
	"github.com/qmparse/qmparse/parser/netevent"
)

func shape(b []byte, pointerSize int) string {
	return string(netevent.AppendShape(nil, b, pointerSize))
}

func TestShape(t *testing.T) {
	flags, parts := rawHandParts()
	whole := rawHand()
	whole = append(whole[:240:240], append(parts, whole[240:]...)...)
	le.PutUint32(whole[8:], 0x106|flags)
	le.PutUint32(whole[64:], uint32(len(utf16z(`\device\a.exe`))))
	le.PutUint32(whole[120:], uint32(len(utf16z("vpn"))))

	unknown := append(rawHand()[:240:240], 1, 2, 3, 4, 0, 0, 0, 0) // an image of 248 bytes
	unknown = append(append(unknown, rawHand()[240:]...), 9, 0, 9)

	notOne := append([]byte("12345678\x00\x00\x00\x00\x01\x00\x00\x00"), utf16z("a secret")...)
	notOne = append(notOne, make([]byte, 6)...)
	notOne = append(notOne, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0, 7, 0, 0)

	for _, c := range []struct {
		name    string
		payload []byte
		pointer int
		want    string
	}{
		{"recognised", whole, 8, "size=432 pointers=8 raw_accepted base=240 body=88 | 0:time 8:flags=0x2d66,version=0 16:mask*5 56:mask,. " +
			"64:size=28,. 72:..*2 88:kind=0,. 96:..*3 120:size=8,. 128:.. 136:type=1,. 144:ptr 152:private=0x0,. 160:..*2 176:filters=0,. 184:..*7 " +
			"240:blob(28) 272:sid(1) 288:sid(2) 304:utf16(4) 320:blob(8) " +
			"328:x,point=2 336:module=2,state=1 344:role=0,traffic=1 352:type=0x100,. 360:ptr 368:type=0x100,. 376:ptr 384:x.*2 400:xx*2 416:subnets(8)"},
		{"of another size", unknown, 8, "size=355 pointers=8 raw_value_out_of_range | 0:time 8:flags=0x106,version=0 16:mask*5 56:mask,. 64:..*3 88:kind=0,. 96:..*5 " +
			"136:type=1,. 144:ptr 152:..*11 240:x. 248:x,point=2 256:module=2,state=1 264:role=0,traffic=1 272:type=0x100,. 280:ptr 288:type=0x100,. 296:ptr " +
			"304:x.*2 320:xx*4 352:x.x"},
		{"of another kind", notOne, 8, "size=59 pointers=8 raw_no_header | 0:xx 8:.x 16:utf16(8) 40:sid(2) 56:x.."},
		{"nothing", nil, 8, "size=0 pointers=8 raw_no_header |"},
		{"pointers of no size", []byte{1}, 7, "size=1 pointers=7 raw_no_header | 0:x"},
	} {
		if got := shape(c.payload, c.pointer); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestShapeEnumerators: what begins with an enumerator past the last one is no body.
func TestShapeEnumerators(t *testing.T) {
	payload := slices.Insert(rawHand(), 240, make([]byte, 8)...) // an image of 248 bytes
	for _, c := range []struct {
		name string
		at   int
		last uint32
	}{{"point", 4, 2}, {"module", 8, 2}, {"state", 12, 3}, {"role", 16, 1}, {"traffic", 20, 1}} {
		for v := range c.last + 2 {
			b := slices.Clone(payload)
			le.PutUint32(b[248+c.at:], v)
			got, want := shape(b, 8), c.name+"="+strconv.Itoa(int(v))
			if strings.Contains(got, want) != (v <= c.last) || strings.Contains(got, "point=") != (v <= c.last) {
				t.Errorf("%s: %s", want, got)
			}
		}
	}
}

// secrets marks the bytes of an event that its shape must not tell of: protocol,
// addresses, ports and scope, all parts, the error, identifiers, hashes and subnets.
// It returns too where the body and what is behind it begin.
func secrets(e rawbuild.Event, payload []byte) (m []byte, body, tail int) {
	m = make([]byte, len(payload))
	mark := func(at, n int) {
		for i := at; i < at+n && i < len(m); i++ {
			m[i] = 1
		}
	}
	mark(0, 8)
	mark(16, 44)
	bare := e
	bare.Header.Flags.V &^= 0x20 | 0x40 | 0x400 | 0x800 | 0x2000
	body = e.Base + len(payload) - len(bare.Payload())
	mark(e.Base, body-e.Base)
	tail = body + (e.BodySize+7)/8*8
	mark(tail, len(m))
	switch e.Type {
	case model.NetEventIKEExtQMFailure:
		mark(body, 4)
		ids := body + 24 + 4*e.PointerSize
		mark(ids, tail-ids)
	case model.NetEventIKEExtMMFailure, model.NetEventIKEExtEMFailure:
		mark(body, 4)
		mark(body+28, 36)
	case model.NetEventIPsecDoSPDrop:
		mark(body+4, 32)
	case model.NetEventClassifyDropMAC:
		mark(body, 12)
	}
	return m, body, tail
}

var (
	shapeHead  = regexp.MustCompile(`^size=\d+ pointers=[48] raw_[a-z_]+( base=\d+ body=\d+)? \|`)
	shapeUnit  = regexp.MustCompile(` (\d+):(\S+)`)
	shapeClass = regexp.MustCompile(`^(\.\.|x\.|\.x|xx|time|ptr|mask|[x.]{1,7})$|^(utf16|sid|blob|subnets)\(\d+\)$`)
	shapeHalf  = regexp.MustCompile(`^(flags|version|kind|type|size|private|filters|point|module|state|role|traffic)=(0x[0-9a-f]+|\d+)$`)
)

// shownBytes returns where the numbers in a shape are from, by their names. A
// shape has nothing else in it than classes and these.
func shownBytes(t *testing.T, s string) map[int]string {
	t.Helper()
	head := shapeHead.FindString(s)
	rest := strings.TrimPrefix(s, head)
	if head == "" || shapeUnit.ReplaceAllString(rest, "") != "" {
		t.Fatalf("no shape: %s", s)
	}
	shown := map[int]string{}
	for _, u := range shapeUnit.FindAllStringSubmatch(rest, -1) {
		at, _ := strconv.Atoi(u[1])
		token, times, _ := strings.Cut(u[2], "*")
		n := 1
		if times != "" {
			n, _ = strconv.Atoi(times)
		}
		if shapeClass.MatchString(token) {
			continue
		}
		for i, half := range strings.Split(token, ",") {
			switch {
			case half == "x" || half == "." || half == "mask":
			case !shapeHalf.MatchString(half):
				t.Fatalf("%q in %s", half, s)
			default:
				for k := range n {
					shown[at+8*k+4*i] = half
				}
			}
		}
	}
	return shown
}

// TestShapeMasks: whatever is written, recognised or not, no number that a shape
// shows comes from a byte that is a secret.
func TestShapeMasks(t *testing.T) {
	r := newRand(3)
	n := 10_000
	if testing.Short() {
		n = 3_000
	}
	numbers := 0
	for range n {
		e := rawbuild.Random(r)
		e.Garbage = false // so that what is undefined is no secret by chance
		for i := range e.AppID {
			e.AppID[i] |= 0x20 // no text has control characters
		}
		payload := e.Payload()
		secret, body, tail := secrets(e, payload)
		switch r.IntN(5) {
		case 0: // cut
			n := r.IntN(len(payload) + 1)
			payload, secret = payload[:n], secret[:n]
		case 1: // an image or a body of another size
			more := make([]byte, 8<<r.IntN(3))
			at := []int{e.Base, body, tail}[r.IntN(3)]
			payload, secret = slices.Insert(payload, at, more...), slices.Insert(secret, at, more...)
		case 2:
			if e.Base == 240 {
				payload, secret = slices.Delete(payload, 232, 240), slices.Delete(secret, 232, 240)
			}
		case 3: // something behind it
			payload, secret = append(payload, 0, 0, 0, 0, 1, 2, 3, 4), append(secret, make([]byte, 8)...)
		}
		s := shape(payload, e.PointerSize)
		for at, half := range shownBytes(t, s) {
			numbers++
			// A 0 says no more than a point would.
			if slices.Contains(secret[at:at+4], 1) && !strings.HasSuffix(half, "=0") {
				t.Fatalf("%s at %d is not to be shown: %s\n%x", half, at, s, payload)
			}
		}
	}
	if numbers < n {
		t.Errorf("%d numbers in all: hardly any header was taken for one", numbers)
	}
}

// TestShapeSame: events that differ in addresses, ports, SIDs and texts alone have
// one shape.
func TestShapeSame(t *testing.T) {
	r := newRand(4)
	n := 10_000
	if testing.Short() {
		n = 1_000
	}
	for range n {
		a := rawbuild.Random(r)
		b := otherSecrets(r, a)
		x, y := a.Payload(), b.Payload()
		if slices.Equal(x, y) {
			t.Fatal("the events are the same")
		}
		d := netevent.NewRawDecoder()
		m, _ := d.Match(x, a.PointerSize)
		if w, _ := d.Match(y, a.PointerSize); w != m || m.Ambiguous {
			continue // the secrets let it be taken for another
		}
		if p, q := shape(x, a.PointerSize), shape(y, a.PointerSize); p != q {
			t.Fatalf("shapes of\n%x\n%x\ndiffer:\n%s\n%s", x, y, p, q)
		}
	}
}

// otherSecrets returns the event with other addresses, ports, protocol, scope,
// SIDs, texts and subnets of the same sizes.
func otherSecrets(r *rand.Rand, e rawbuild.Event) rawbuild.Event {
	h := &e.Header
	for _, a := range []*model.Opt[netip.Addr]{&h.LocalAddr, &h.RemoteAddr} {
		b := a.V.AsSlice()
		scramble(r, b)
		a.V, _ = netip.AddrFromSlice(b)
	}
	h.IPProtocol.V, h.LocalPort.V, h.RemotePort.V, h.ScopeID.V = ^h.IPProtocol.V, uint16(r.Uint32()), uint16(r.UintN(10)), r.Uint32N(20)
	for _, sid := range []*model.Opt[string]{&h.UserID, &h.PackageSID} {
		subs := strings.Count(sid.V, "-") - 2
		sid.V = "S-1-" + strconv.Itoa(r.IntN(9))
		for range subs {
			sid.V += "-" + strconv.Itoa(r.IntN(1<<r.IntN(31)))
		}
	}
	for _, text := range []*model.Opt[string]{&h.AppID, &h.EnterpriseID, &h.EffectiveName} {
		text.V = strings.Map(func(c rune) rune {
			if c > 0xFFFF {
				return c
			}
			return rune('!' + r.IntN(90))
		}, text.V)
	}
	if e.AppID != nil {
		e.AppID = slices.Clone(e.AppID)
		scramble(r, e.AppID)
	}
	if e.QM != nil {
		q := *e.QM
		q.LocalSubNet, q.RemoteSubNet = otherSubnet(r, q.LocalSubNet), otherSubnet(r, q.RemoteSubNet)
		e.QM = &q
	}
	return e
}

func otherSubnet(r *rand.Rand, v *model.ConditionValue) *model.ConditionValue {
	if v == nil {
		return nil
	}
	o := *v
	switch a := v.Value.(type) {
	case model.V4AddrMask:
		o.Value = model.V4AddrMask{Addr: ^a.Addr, Mask: r.Uint32()}
	case model.V6AddrMask:
		scramble(r, a.Addr[:])
		a.PrefixLength = uint8(r.UintN(129))
		o.Value = a
	}
	return &o
}

func scramble(r *rand.Rand, b []byte) {
	for i := range b {
		b[i] = byte(r.UintN(256) >> r.UintN(8))
	}
}

// TestShapeText: text and SIDs of every length, at the end of what is known or of
// the payload, leave no character or sub-authority behind.
func TestShapeText(t *testing.T) {
	for n := range 40 {
		for _, end := range []string{"", "\x00\x00", "\x00\x00\x01\x02\x03\x04"} {
			b := make([]byte, 8)
			for i := range n {
				b = le.AppendUint16(b, uint16('a'+i%26))
			}
			b = append(b, end...)
			for at := range b {
				s := shape(b[at:], 8)
				if shown := shownBytes(t, s); len(shown) > 0 {
					t.Errorf("%v in %s", shown, s)
				}
			}
		}
		sid := []byte{1, byte(n % 16), 0, 0, 0, 0, 0, 5}
		for i := range n % 16 {
			sid = le.AppendUint32(sid, uint32(i))
		}
		for cut := range sid {
			if shown := shownBytes(t, shape(sid[:cut+1], 8)); len(shown) > 0 {
				t.Errorf("%v of %x", shown, sid[:cut+1])
			}
		}
	}
}

// TestShapeScripts has the first and the last unit of each range that text has, and those
// around it.
func TestShapeScripts(t *testing.T) {
	for _, r := range [][2]uint16{{0x20, 0x7E}, {0xA0, 0x24F}, {0x370, 0x5FF}, {0x3040, 0x30FF}, {0x4E00, 0x9FFF}, {0xAC00, 0xDFFF}} {
		for u, want := range map[uint16]bool{r[0] - 1: false, r[0]: true, r[1]: true, r[1] + 1: false} {
			b := le.AppendUint16([]byte("a\x00b\x00c\x00"), u)
			if got := shape(b, 8); strings.HasSuffix(got, " 0:utf16(4)") != want {
				t.Errorf("%#x: %s", u, got)
			}
		}
	}
}

// Text of another script than Latin is not taken for text, however long, and costs no more
// than what is none.
func BenchmarkShapeOfText(b *testing.B) {
	payload := bytes.Repeat([]byte{0x30, 0x04}, 32<<10) // CYRILLIC SMALL LETTER A
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		netevent.AppendShape(nil, payload, 8)
	}
}
