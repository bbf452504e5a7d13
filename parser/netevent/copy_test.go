package netevent_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/netevent"
)

// pages is memory that counts reads and gives bytes of its own.
type pages struct {
	memory
	reads []int
}

func (p *pages) Read(address uint64, n int) ([]byte, bool) {
	p.reads = append(p.reads, n)
	b, ok := p.memory.Read(address, n)
	return bytes.Clone(b), ok
}

// TestCopyPlain: a copy of what has nothing undefined is what it was.
func TestCopyPlain(t *testing.T) {
	for _, p := range abis {
		b := p.payload(7)
		got, err := netevent.Copy(memory{16, b[16:]}, 16, layout(t, 5, p.pointer))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, b) {
			t.Errorf("pointers of %d:\n got %x\nwant %x", p.pointer, got, b)
		}
	}
}

// TestCopyUndefined: padding, arms of unions that are not chosen, and what has no
// flag are zero in a copy, so that it holds nothing of the memory around.
func TestCopyUndefined(t *testing.T) {
	b := eventBytes(7)
	want := bytes.Clone(b)
	for i := range b[16:168] {
		switch {
		case i >= 17 && i < 20, i >= 24 && i < 36, i >= 40 && i < 52: // padding, rest of the addresses' unions
		case i >= 60 && i < 64, i >= 64 && i < 88: // padding, appId and userId
		case i >= 92 && i < 96, i >= 96 && i < 104, i >= 104 && i < 112: // padding, packageSid, enterpriseId
		case i >= 120 && i < 136, i >= 140 && i < 144: // effectiveName, padding
		default:
			continue
		}
		b[16+i] = 0xCD
	}
	copy(b[168+28:], []byte{0xCD, 0xCD, 0xCD, 0xCD}) // behind the types of the subnets
	copy(b[168+44:], []byte{0xCD, 0xCD, 0xCD, 0xCD})
	got, err := netevent.Copy(memory{16, b[16:]}, 16, layout(t, 5, 8))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("\n got %x\nwant %x", got, want)
	}

	le.PutUint32(b[168+20:], 0) // transport
	for i := 168 + 24; i < 168+56; i++ {
		b[i] = 0xCD
	}
	le.PutUint32(want[168+20:], 0)
	clear(want[168+24 : 168+56])
	got, err = netevent.Copy(memory{16, b[16:]}, 16, layout(t, 5, 8))
	if err != nil || !bytes.Equal(got, want[:256]) {
		t.Errorf("transport: %v\n got %x\nwant %x", err, got, want[:256])
	}
}

// TestCopyTypes: bodies that are not decoded are copied too, with what they point
// to.
func TestCopyTypes(t *testing.T) {
	b := make([]byte, 16+152)
	ev := b[16:]
	le.PutUint32(ev[136:], 3) // CLASSIFY_DROP2 with a vSwitchId
	body := make([]byte, 56)
	le.PutUint64(body, 4711)
	le.PutUint16(body[8:], 44)
	le.PutUint32(body[32:], 5)
	le.PutUint32(body[52:], 9)
	at := add(&b, body)
	le.PutUint64(b[16+144:], at)
	le.PutUint64(b[at+40:], add(&b, []byte("vswit")))
	got, err := netevent.Copy(memory{16, b[16:]}, 16, layout(t, 5, 8))
	if err != nil || !bytes.Equal(got, b) {
		t.Errorf("drop: %v\n got %x\nwant %x", err, got, b)
	}

	b = make([]byte, 16+152)
	le.PutUint32(b[16+136:], 5) // DOSP_DROP0: addresses by its own ipVersion
	body = bytes.Repeat([]byte{0xAB}, 44)
	for version, zero := range map[uint32][2]int{0: {8, 20}, 1: {0, 0}, 2: {4, 36}} {
		le.PutUint32(body, version)
		b := bytes.Clone(b)
		at := add(&b, body)
		le.PutUint64(b[16+144:], at)
		got, err := netevent.Copy(memory{16, b[16:]}, 16, layout(t, 5, 8))
		if err != nil {
			t.Fatal(err)
		}
		clear(b[int(at)+zero[0] : int(at)+zero[1]])
		if version == 0 {
			clear(b[at+24 : at+36])
		}
		if !bytes.Equal(got, b) {
			t.Errorf("DOSP %d:\n got %x\nwant %x", version, got, b)
		}
	}

	// A token: arrays of SIDs, each with its pointer.
	b = eventBytes(7)
	le.PutUint32(b[168+24:], 15)
	token := make([]byte, 32)
	le.PutUint32(token, 2)
	at = add(&b, token)
	le.PutUint64(b[168+32:], at)
	le.PutUint64(b[at+8:], add(&b, make([]byte, 32)))
	sids := le.Uint64(b[at+8:])
	le.PutUint64(b[sids:], add(&b, someSID))
	le.PutUint32(b[sids+8:], 7)
	le.PutUint64(b[sids+16:], add(&b, someSID))
	got, err = netevent.Copy(memory{16, b[16:]}, 16, layout(t, 5, 8))
	if err != nil {
		t.Fatal(err)
	}
	at = le.Uint64(got[168+32:])
	sids = le.Uint64(got[at+8:])
	first, second := le.Uint64(got[sids:]), le.Uint64(got[sids+16:])
	if le.Uint32(got[at:]) != 2 || le.Uint32(got[sids+8:]) != 7 || first == second ||
		!bytes.HasPrefix(got[first:], someSID) || !bytes.HasPrefix(got[second:], someSID) {
		t.Errorf("token: %x", got)
	}
}

// TestCopyHeader1: what is reserved for Ethernet is copied with its family alone.
func TestCopyHeader1(t *testing.T) {
	for family, kept := range map[uint32]bool{0: false, 2: true} {
		b := make([]byte, 16+160)
		le.PutUint32(b[16+88:], family)
		for _, f := range [][2]int{{96, 108}, {108, 116}, {116, 118}, {120, 128}, {128, 130}, {136, 144}} {
			for i := f[0]; i < f[1]; i++ {
				b[16+i] = 0xAB
			}
		}
		got, err := netevent.Copy(memory{16, b[16:]}, 16, layout(t, 1, 8))
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Clone(b)
		if !kept {
			clear(want[16+96:])
		}
		if !bytes.Equal(got, want) {
			t.Errorf("family %d:\n got %x\nwant %x", family, got, want)
		}
	}
}

// TestCopyLimits: what is too long becomes a pointer that leads nowhere, and the
// rest is kept.
func TestCopyLimits(t *testing.T) {
	const base = 0x7FFE_0000_0000
	b := make([]byte, 152)
	le.PutUint32(b[8:], netevent.FlagAppID|netevent.FlagEnterpriseID|netevent.FlagEffectiveName)
	le.PutUint32(b[64:], netevent.MaxEvent)
	le.PutUint32(b[120:], 4)
	le.PutUint32(b[136:], 3)
	at := add(&b, bytes.Repeat([]byte{'x'}, 3<<20)) // text without an end
	for _, p := range []int{72, 104, 128, 144} {
		le.PutUint64(b[p:], base+at)
	}
	got, err := netevent.Copy(memory{base, b}, base, layout(t, 5, 8))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) > netevent.MaxEvent {
		t.Fatalf("%d bytes", len(got))
	}
	const nowhere = ^uint64(0)
	if a := le.Uint64(got[16+72:]); a != nowhere {
		t.Errorf("appId at %#x", a)
	}
	if a := le.Uint64(got[16+104:]); a != nowhere {
		t.Errorf("enterpriseId at %#x", a)
	}
	if a := le.Uint64(got[16+128:]); a == nowhere || !bytes.Equal(got[a:a+4], []byte("xxxx")) {
		t.Errorf("effectiveName at %#x", a)
	}

	if _, err := netevent.Copy(memory{base, b[:151]}, base, layout(t, 5, 8)); !errors.Is(err, cursor.ErrTruncated) {
		t.Errorf("an event that cannot be read: %v", err)
	}
}

// TestCopyText: text is found up to the last byte that can be read, wherever it
// begins, and not a unit at a time but at the end.
func TestCopyText(t *testing.T) {
	for shift := range 130 {
		b := make([]byte, 152+shift)
		le.PutUint32(b[8:], netevent.FlagEnterpriseID)
		le.PutUint32(b[136:], 99)
		le.PutUint64(b[104:], uint64(0x10000+len(b)))
		b = append(b, utf16z("enterprise.example, a text longer than a step")...)
		m := &pages{memory: memory{0x10000, b}}
		p, err := netevent.Copy(m, 0x10000, layout(t, 5, 8))
		if err != nil {
			t.Fatal(err)
		}
		got := one(t, 5, 8, p)
		if e := got.Header.EnterpriseID; e != model.Some("enterprise.example, a text longer than a step") {
			t.Errorf("shift %d: %q", shift, e.V)
		}
		if len(m.reads) > 3+2*len("enterprise.example, a text longer than a step") {
			t.Errorf("shift %d: %d reads", shift, len(m.reads))
		}
	}
}
