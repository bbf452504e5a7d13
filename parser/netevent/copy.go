package netevent

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// eventAt is where an EVENT has its FWPM_NET_EVENTn. Nothing points to what is
// before it, so that NULL stays NULL.
const eventAt = 16

// Copy returns the FWPM_NET_EVENTn at an address, with all it points to, as the
// payload of an EVENT: a run of memory from address 0 on in which the event is
// at 16 and every pointer is an offset.
//
// It copies what is defined: a union's arm that its switch names, what a flag of
// the header says is there, and the subnets of tunnels alone; padding and the
// rest is zero. A pointer that cannot be followed, and one whose target would
// make the payload too long, is all ones, which resolves nowhere. The only error
// is that the event itself cannot be read; it wraps the parser's "truncated".
func Copy(m Memory, address uint64, l *Layout) (payload []byte, err error) {
	src, ok := m.Read(address, l.Size())
	if !ok {
		return nil, fmt.Errorf("FWPM_NET_EVENT%d at address %#x cannot be read: %w", l.version, address, cursor.ErrTruncated)
	}
	c := copier{m: m, l: l}
	at, _ := c.alloc(eventAt + l.Size())
	c.structure(l.event, image(bytes.Clone(src)), at+eventAt)
	return c.out, nil
}

type copier struct {
	m   Memory
	l   *Layout
	out []byte
}

// alloc adds n zero bytes to the payload; false if it would be too long.
func (c *copier) alloc(n int) (at int, ok bool) {
	at = padded(len(c.out))
	if n > MaxEvent-at {
		return 0, false
	}
	c.out = append(c.out, make([]byte, at+n-len(c.out))...)
	return at, true
}

// read returns memory of its own with the n bytes at an address.
func (c *copier) read(address uint64, n int) (image, bool) {
	if n > MaxEvent {
		return nil, false
	}
	b, ok := c.m.Read(address, n)
	if !ok || len(b) != n {
		return nil, false
	}
	return image(bytes.Clone(b)), true
}

// put writes a pointer at dst.
func (c *copier) put(dst int, pointer uint64) {
	if c.l.pointerSize == 4 {
		binary.LittleEndian.PutUint32(c.out[dst:], uint32(pointer))
		return
	}
	binary.LittleEndian.PutUint64(c.out[dst:], pointer)
}

// unresolved is what a pointer becomes that leads nowhere.
const unresolved = ^uint64(0)

// structure copies the defined fields of s to dst, where there are zeros.
func (c *copier) structure(s *structure, src image, dst int) {
	switch {
	case strings.HasPrefix(s.name, "FWPM_NET_EVENT_HEADER"):
		c.header(s, src, dst)
		return
	case s.name == "FWP_VALUE0", s.name == "FWP_CONDITION_VALUE0":
		c.value(src, dst, s.name == "FWP_CONDITION_VALUE0")
		return
	case s.name == "FWP_BYTE_BLOB":
		c.blob(src, dst)
		return
	case s.name == "FWP_TOKEN_INFORMATION":
		c.counted(s, src, dst, "sidCount", "sids", "SID_AND_ATTRIBUTES")
		c.counted(s, src, dst, "restrictedSidCount", "restrictedSids", "SID_AND_ATTRIBUTES")
		return
	}
	for i := range s.fields {
		if f := &s.fields[i]; f.union == "" {
			c.field(s, f, src, dst)
		}
	}
	abi := c.l.abi
	switch {
	case s == c.l.event:
		if body := c.l.bodyOf(src.u32(c.l.typ)); body != nil {
			c.follow(body.name, src.pointer(c.l, c.l.body), dst+c.l.body)
		} else if src.pointer(c.l, c.l.body) != 0 {
			c.put(dst+c.l.body, unresolved)
		}
	case strings.HasPrefix(s.name, "FWPM_NET_EVENT_IKEEXT_QM_FAILURE"):
		if model.TrafficType(src.u32(c.l.qm.trafficType)) == model.TrafficTypeTunnel {
			c.arms(s, src, dst, "localSubNet", "remoteSubNet")
		}
	case s.name == "FWPM_NET_EVENT_IPSEC_DOSP_DROP0":
		switch model.IPVersion(src.u32(s.offset(abi, "ipVersion"))) {
		case model.IPVersionV4:
			c.arms(s, src, dst, "publicHostV4Addr", "internalHostV4Addr")
		case model.IPVersionV6:
			c.arms(s, src, dst, "publicHostV6Addr", "internalHostV6Addr")
		}
	}
}

// arms copies the named members of unions.
func (c *copier) arms(s *structure, src image, dst int, names ...string) {
	for _, name := range names {
		if f := s.field(name); f != nil {
			c.field(s, f, src, dst)
		}
	}
}

// field copies one field, and what it points to.
func (c *copier) field(s *structure, f *field, src image, dst int) {
	e := f.at[c.l.abi]
	b := src[e.offset : e.offset+e.size]
	dst += e.offset
	switch {
	case f.name == "localPrincipalGroupSids":
		c.counted(s, src, dst-e.offset, "numLocalPrincipalGroupSids", f.name, "wchar_t*")
	case f.name == "remotePrincipalGroupSids":
		c.counted(s, src, dst-e.offset, "numRemotePrincipalGroupSids", f.name, "wchar_t*")
	case f.name == "Sid":
		c.follow("SID", b.pointer(c.l, 0), dst)
	case strings.HasSuffix(f.typ, "*"):
		c.follow(f.typ[:len(f.typ)-1], b.pointer(c.l, 0), dst)
	default:
		if inner := structureNamed(f.typ); inner != nil {
			c.structure(inner, b, dst)
			return
		}
		copy(c.out[dst:], b)
	}
}

// pointerFlags are the flags of the header's fields that have a pointer.
var pointerFlags = map[string]uint32{
	"appId": FlagAppID, "userId": FlagUserID, "packageSid": FlagPackageID,
	"enterpriseId": FlagEnterpriseID, "effectiveName": FlagEffectiveName,
}

// header copies FWPM_NET_EVENT_HEADERn: what needs a flag to mean something only
// with that flag if it is in a union or a pointer.
func (c *copier) header(s *structure, src image, dst int) {
	flags := src.u32(c.l.header.flags)
	for i := range s.fields {
		f := &s.fields[i]
		if f.union == "" && flags&pointerFlags[f.name] == pointerFlags[f.name] {
			c.field(s, f, src, dst)
		}
	}
	if flags&FlagIPVersion != 0 {
		v4 := model.IPVersion(src.u32(c.l.header.ipVersion)) == model.IPVersionV4
		v6 := model.IPVersion(src.u32(c.l.header.ipVersion)) == model.IPVersionV6
		switch {
		case flags&FlagLocalAddr == 0:
		case v4:
			c.arms(s, src, dst, "localAddrV4")
		case v6:
			c.arms(s, src, dst, "localAddrV6")
		}
		switch {
		case flags&FlagRemoteAddr == 0:
		case v4:
			c.arms(s, src, dst, "remoteAddrV4")
		case v6:
			c.arms(s, src, dst, "remoteAddrV6")
		}
	}
	// FWPM_NET_EVENT_HEADER1: an address family, and what it has for Ethernet.
	const familyEther = 2 // FWP_AF_ETHER
	if family := s.offset(c.l.abi, "reserved1"); family != none {
		c.arms(s, src, dst, "reserved1")
		if src.u32(family) == familyEther {
			c.arms(s, src, dst, "reserved2", "reserved3", "reserved4", "reserved5", "reserved6",
				"reserved7", "reserved8", "reserved9", "reserved10")
		}
	}
}

// value copies FWP_VALUE0 or FWP_CONDITION_VALUE0.
func (c *copier) value(src image, dst int, condition bool) {
	copy(c.out[dst:], src[:4]) // type
	arm := src[c.l.arm:]
	dst += c.l.arm
	a := armOf(model.DataType(src.u32(0)), condition)
	switch {
	case a.target != "":
		c.follow(a.target, arm.pointer(c.l, 0), dst)
	case a.inline >= 0:
		copy(c.out[dst:], arm[:a.inline])
	default:
		copy(c.out[dst:], arm)
	}
}

// blob copies FWP_BYTE_BLOB.
func (c *copier) blob(src image, dst int) {
	size := src.u32(0)
	copy(c.out[dst:], src[:4])
	if size == 0 {
		return
	}
	address := src.pointer(c.l, c.l.blobData)
	if address == 0 {
		return
	}
	c.put(dst+c.l.blobData, unresolved)
	if size > MaxEvent {
		return
	}
	b, ok := c.read(address, int(size))
	if !ok {
		return
	}
	if at, ok := c.alloc(int(size)); ok {
		copy(c.out[at:], b)
		c.put(dst+c.l.blobData, uint64(at))
	}
}

// counted copies a count and the array that a pointer beside it points to.
func (c *copier) counted(s *structure, src image, dst int, count, pointer, element string) {
	at := s.offset(c.l.abi, count)
	n := src.u32(at)
	copy(c.out[dst+at:], src[at:at+4])
	at = s.offset(c.l.abi, pointer)
	address := src.pointer(c.l, at)
	if n == 0 || address == 0 {
		return
	}
	dst += at
	c.put(dst, unresolved)
	size := c.l.pointerSize
	inner := structureNamed(element)
	if inner != nil {
		size = inner.size[c.l.abi]
	}
	if n > maxGroups {
		return
	}
	b, ok := c.read(address, int(n)*size)
	if !ok {
		return
	}
	array, ok := c.alloc(len(b))
	if !ok {
		return
	}
	c.put(dst, uint64(array))
	for i := range int(n) {
		one := b[i*size : (i+1)*size]
		if inner != nil {
			c.structure(inner, one, array+i*size)
		} else {
			c.follow(element[:len(element)-1], one.pointer(c.l, 0), array+i*size)
		}
	}
}

// follow copies what a pointer points to and writes the pointer to the copy at
// dst.
func (c *copier) follow(target string, address uint64, dst int) {
	if address == 0 {
		return
	}
	c.put(dst, unresolved)
	var b image
	ok := false
	s := structureNamed(target)
	switch target {
	case "wchar_t":
		b, ok = c.text(address)
		s = nil
	case "SID":
		if b, ok = c.read(address, sidHeader); ok && b.u8(1) <= maxSubAuthorities {
			b, ok = c.read(address, sidHeader+4*int(b.u8(1)))
		}
		s = nil
	case "UINT64", "INT64", "double":
		b, ok = c.read(address, 8)
	default:
		if s != nil {
			b, ok = c.read(address, s.size[c.l.abi])
		}
	}
	if !ok {
		return
	}
	at, ok := c.alloc(len(b))
	if !ok {
		return
	}
	c.put(dst, uint64(at))
	if s != nil {
		c.structure(s, b, at)
	} else {
		copy(c.out[at:], b)
	}
}

// text reads UTF-16 text up to its NUL, which is part of what it returns. It
// asks for memory up to the next multiple of 64, which is never in another page,
// and for single units only where that much cannot be read.
func (c *copier) text(address uint64) (image, bool) {
	const step = 64
	var all image
	for len(all) <= MaxEvent {
		n := step - int(address%step)&^1
		b, ok := c.m.Read(address, n)
		if !ok {
			n = 2
			if b, ok = c.m.Read(address, n); !ok {
				return nil, false
			}
		}
		if end := nulAt(b); end >= 0 {
			return append(all, b[:end+2]...), true
		}
		all = append(all, b...)
		if address > unresolved-uint64(n) {
			return nil, false
		}
		address += uint64(n)
	}
	return nil, false
}

// nulAt returns where in UTF-16 text its first NUL is, or -1.
func nulAt(b []byte) int {
	for i := 0; i+1 < len(b); i += 2 {
		if b[i]|b[i+1] == 0 {
			return i
		}
	}
	return -1
}
